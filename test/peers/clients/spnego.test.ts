/** NTLM inside SPNEGO by programs that nobody here wrote, sealed over http, against the simulated host. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test, type TestContext } from "node:test";
import type { SealedMessage } from "../../../provider/auth/auth-context";
import { tlsServerEndPoint } from "../../../provider/auth/channel-binding";
import { NtlmSealing } from "../../../provider/auth/ntlm/sealing";
import { decodeNegTokenResp, encodeNegTokenResp, type NegTokenResp } from "../../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "../../../simulator/auth/spnego-tokens";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { type Answer, frame, headerLines, SEALED_TYPE, unframe, type Wire, wireTo } from "../../unit/simulator/wire";
import { GssPeer } from "../kerberos/client-process";
import { skipWithoutGssNtlm, skipWithoutNtlmAuth } from "../ntlm/installed";
import { ACCOUNT, SambaPeer } from "../ntlm/samba-peer";
import { gssNtlm } from "./gss-ntlm";
import { getMessage } from "./messages";

async function startHost(
  t: TestContext,
  options: HostOptions = {},
): Promise<{ readonly host: SimulatedHost; readonly wire: Wire }> {
  const accounts = [{ name: ACCOUNT.user, password: ACCOUNT.password }];
  const host = await SimulatedHost.start({ name: ACCOUNT.domain, accounts, ...options });
  t.after(() => host.stop());
  return { host, wire: wireTo(t, host.http!.url) };
}

/** One token of the client's, and the host's answer to it. */
async function leg(wire: Wire, token: Buffer | undefined): Promise<{ answer: Answer; token: Buffer | undefined }> {
  assert.ok(token);
  const answer = await wire.send("", { Authorization: `Negotiate ${token.toString("base64")}` });
  const [, text] = /^Negotiate (\S+)$/.exec(headerLines(answer, "WWW-Authenticate")[0] ?? "") ?? [];
  return { answer, token: text === undefined ? undefined : Buffer.from(text, "base64") };
}

/** Sends a message that the peer sealed, and gives the sealed answer. */
async function exchange(wire: Wire, message: SealedMessage): Promise<SealedMessage> {
  const answer = await wire.send(frame(message), { "Content-Type": SEALED_TYPE });
  assert.deepEqual([answer.status, answer.headers["content-type"]], [200, SEALED_TYPE]);
  return unframe(answer.body);
}

const SEALED_SESSION = [
  ["handshake", "NTLM", undefined, false],
  ["handshake", "NTLM", ACCOUNT.user, false],
  ["request", "NTLM", ACCOUNT.user, true],
  ["request", "NTLM", ACCOUNT.user, true],
];

function journal(host: SimulatedHost): unknown[] {
  return host.journal.entries().map(({ phase, auth, account, sealed }) => [phase, auth, account, sealed]);
}

suite("Samba's gss-spnego-client on the simulated host", { skip: skipWithoutNtlmAuth() }, () => {
  async function logOn(t: TestContext, wire: Wire, password?: string) {
    const peer = await SambaPeer.initiator(password, "gss-spnego-client");
    t.after(() => peer.stop());
    const init = (await peer.ask("YR")).bytes;
    const challenge = await leg(wire, init);
    const answer = await peer.ask("TT", challenge.token);
    return { peer, init, sent: answer.bytes, last: await leg(wire, answer.bytes) };
  }

  test("its signature over the list is verified, it verifies the host's, and messages pass sealed over http", async (t) => {
    const { host, wire } = await startHost(t);
    const { peer, init, sent, last } = await logOn(t, wire);
    assert.equal(last.answer.status, 200);
    assert.equal((await peer.ask("TT", last.token)).word, "AF");
    // The key and the flags are Samba's; its own sealing is not to be had from ntlm_auth.
    const { bytes: exportedSessionKey } = await peer.ask("GK");
    const flags = Number((await peer.ask("GF")).rest);
    const client = new NtlmSealing({ exportedSessionKey, flags, role: "initiate" });
    const { mechListBytes } = decodeNegTokenInit(init);
    assert.deepEqual(decodeNegTokenResp(sent).mechListMic, client.signMechList(mechListBytes));
    client.verifyMechList(mechListBytes, decodeNegTokenResp(last.token!).mechListMic!);
    for (const sequence of [1, 2]) {
      const message = client.seal(Buffer.from(getMessage()));
      assert.equal(message.signature.readUInt32LE(12), sequence);
      assert.match(client.unseal(await exchange(wire, message)).toString(), /<cfg:Config /);
    }
    assert.deepEqual(journal(host), SEALED_SESSION);
  });

  test("it refuses a host whose signature over the list has a wrong bit", async (t) => {
    const { wire } = await startHost(t);
    const { peer, last } = await logOn(t, wire);
    assert.equal((await peer.ask("TT", withWrongBit(last.token!))).word, "BH");
  });

  test("a wrong password is one failed logon", async (t) => {
    const { host, wire } = await startHost(t);
    assert.equal((await logOn(t, wire, "another")).last.answer.status, 401);
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [[ACCOUNT.user, "NTLM"]],
    );
  });
});

suite("gss-ntlmssp inside MIT's SPNEGO on the simulated host", { skip: skipWithoutGssNtlm() }, () => {
  async function logOn(
    t: TestContext,
    wire: Wire,
    { password = ACCOUNT.password, bindings }: { password?: string; bindings?: Buffer } = {},
  ) {
    const { KRB5CCNAME = "", NTLM_USER_FILE = "" } = gssNtlm(t, `${ACCOUNT.domain}:${ACCOUNT.user}:${password}`);
    const options = { mechs: ["spnego"], host: "host.test", ...(bindings && { bindings }) } as const;
    const peer = await GssPeer.start("initiate", { KRB5CCNAME, NTLM_USER_FILE }, options);
    t.after(() => peer.stop());
    const challenge = await leg(wire, (await peer.step()).token);
    const answer = await peer.step(challenge.token);
    return { peer, last: await leg(wire, answer.token) };
  }

  test("signatures over the list pass in both directions, and messages pass sealed over http", async (t) => {
    const { host, wire } = await startHost(t);
    const { peer, last } = await logOn(t, wire);
    assert.equal(last.answer.status, 200);
    assert.ok(decodeNegTokenResp(last.token!).mechListMic);
    assert.equal((await peer.step(last.token)).done, true);
    for (const sequence of [1, 2]) {
      const sealed = await peer.wrap(Buffer.from(getMessage()));
      const message = { signature: sealed.subarray(0, 16), sealed: sealed.subarray(16) };
      assert.equal(message.signature.readUInt32LE(12), sequence);
      const { signature, sealed: received } = await exchange(wire, message);
      assert.match((await peer.unwrap(Buffer.concat([signature, received]))).toString(), /<cfg:Config /);
    }
    assert.deepEqual(journal(host), SEALED_SESSION);
  });

  test("it refuses a host whose signature over the list has a wrong bit", async (t) => {
    const { wire } = await startHost(t);
    const { peer, last } = await logOn(t, wire);
    await assert.rejects(peer.step(withWrongBit(last.token!)));
  });

  test("a wrong password is one failed logon", async (t) => {
    const { host, wire } = await startHost(t);
    assert.equal((await logOn(t, wire, { password: "another" })).last.answer.status, 401);
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [[ACCOUNT.user, "NTLM"]],
    );
  });

  const bound = [
    ["the right", 200],
    ["a wrong", 401],
    ["no", 401],
  ] as const;
  for (const [sent, status] of bound) {
    test(`${sent} channel binding gets ${status} over https at Strict`, async (t) => {
      const { host } = await startHost(t, { https: true, config: { "service/auth/CbtHardeningLevel": "Strict" } });
      const { url, certificatePem } = host.https!;
      const right = tlsServerEndPoint(new X509Certificate(certificatePem).raw);
      const bindings = { "the right": right, "a wrong": Buffer.from("tls-server-end-point:another"), no: undefined }[
        sent
      ];
      const { last } = await logOn(t, wireTo(t, url, certificatePem), bindings && { bindings });
      assert.equal(last.answer.status, status);
      assert.equal(host.journal.logonFailures().length, 0);
    });
  }
});

function withWrongBit(token: Buffer): Buffer {
  const answer: NegTokenResp = decodeNegTokenResp(token);
  const mechListMic = Buffer.from(answer.mechListMic!);
  mechListMic[5] = (mechListMic[5] ?? 0) ^ 1;
  return encodeNegTokenResp({ ...answer, mechListMic });
}
