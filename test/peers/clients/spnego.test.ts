/** SPNEGO with NTLM inside, as MIT with gss-ntlmssp and as Samba speak it, against the simulated host over http. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { NtlmSealing } from "../../../provider/auth/ntlm/sealing";
import { decodeNegTokenInit, decodeNegTokenResp, encodeMechTypeList } from "../../../provider/auth/spnego/tokens";
import type { SimulatedHost } from "../../../simulator";
import {
  frame,
  headerLines,
  NtlmWire,
  SEALED_TYPE,
  startHost,
  unframe,
  type Wire,
  wireTo,
} from "../../unit/simulator/wire";
import { GssPeer } from "../kerberos/client-process";
import { skipWithoutGssNtlm, skipWithoutNtlmAuth } from "../ntlm/installed";
import { ACCOUNT, SambaPeer } from "../ntlm/samba-peer";
import { gssNtlm } from "./gss-ntlm";
import { getMessage } from "./messages";

const SIGNATURE_LENGTH = 16;

function start(t: TestContext): Promise<SimulatedHost> {
  return startHost(t, { name: ACCOUNT.domain, accounts: [{ name: ACCOUNT.user, password: ACCOUNT.password }] });
}

/** One leg: the status of the answer, and its token. */
async function leg(wire: Wire, token: Buffer | undefined): Promise<{ status: number; token: Buffer }> {
  assert.ok(token !== undefined);
  const answer = await wire.send("", { Authorization: `Negotiate ${token.toString("base64")}` });
  const [line = ""] = headerLines(answer, "WWW-Authenticate").filter((text) => text.startsWith("Negotiate "));
  return { status: answer.status, token: Buffer.from(line.slice("Negotiate ".length), "base64") };
}

/** What the host saw: phase, method and whether the message was sealed. */
const seen = (host: SimulatedHost) => host.journal.entries().map(({ phase, auth, sealed }) => [phase, auth, sealed]);

suite("MIT's SPNEGO with gss-ntlmssp inside", { skip: skipWithoutGssNtlm() }, () => {
  async function initiator(t: TestContext, password: string): Promise<GssPeer> {
    const env = gssNtlm(t, `${ACCOUNT.domain}:${ACCOUNT.user}:${password}`) as Record<string, string>;
    const peer = await GssPeer.start("initiate", env, { mechs: ["spnego"], host: "web01.test" });
    t.after(() => peer.stop());
    return peer;
  }

  test("logs on, and messages pass sealed in both directions", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.http!.url);
    const peer = await initiator(t, ACCOUNT.password);
    const challenge = await leg(wire, (await peer.step()).token);
    assert.equal(challenge.status, 401);
    const last = await leg(wire, (await peer.step(challenge.token)).token);
    assert.equal(last.status, 200);
    assert.equal((await peer.step(last.token)).done, true);
    for (const resource of ["", "/service/auth"]) {
      const wrapped = await peer.wrap(Buffer.from(getMessage(resource)));
      const message = { signature: wrapped.subarray(0, SIGNATURE_LENGTH), sealed: wrapped.subarray(SIGNATURE_LENGTH) };
      const answer = await wire.send(frame(message), { "Content-Type": SEALED_TYPE });
      assert.equal(answer.status, 200);
      const { signature, sealed } = unframe(answer.body);
      assert.match((await peer.unwrap(Buffer.concat([signature, sealed]))).toString(), /GetResponse/);
    }
    assert.deepEqual(seen(host), [
      ["handshake", "NTLM", false],
      ["handshake", "NTLM", false],
      ["request", "NTLM", true],
      ["request", "NTLM", true],
    ]);
  });

  test("is refused with a wrong password, which counts once", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.http!.url);
    const peer = await initiator(t, "another password");
    const challenge = await leg(wire, (await peer.step()).token);
    assert.equal((await leg(wire, (await peer.step(challenge.token)).token)).status, 401);
    assert.equal(host.journal.logonFailures().length, 1);
  });
});

suite("Samba's gss-spnego-client", { skip: skipWithoutNtlmAuth() }, () => {
  async function initiator(t: TestContext, password?: string): Promise<SambaPeer> {
    const peer = await SambaPeer.initiator(password, "gss-spnego-client");
    t.after(() => peer.stop());
    return peer;
  }

  test("logs on, signs its list of mechanisms, and messages pass sealed with its key", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.http!.url);
    const peer = await initiator(t);
    const first = (await peer.ask("YR")).bytes;
    const challenge = await leg(wire, first);
    assert.equal(challenge.status, 401);
    const proof = (await peer.ask("TT", challenge.token)).bytes;
    const last = await leg(wire, proof);
    assert.equal(last.status, 200);
    assert.equal((await peer.ask("TT", last.token)).word, "AF");

    const exportedSessionKey = (await peer.ask("GK")).bytes;
    const flags = Number((await peer.ask("GF")).rest);
    const sealing = new NtlmSealing({ exportedSessionKey, flags, role: "initiate" });
    const list = encodeMechTypeList(decodeNegTokenInit(first).mechTypes);
    assert.deepEqual(sealing.signMechList(list), decodeNegTokenResp(proof).mechListMic);
    const { mechListMic } = decodeNegTokenResp(last.token);
    assert.ok(mechListMic !== undefined);
    sealing.verifyMechList(list, mechListMic);
    const session = new NtlmWire(wire);
    session.use(sealing);
    assert.match((await session.send(getMessage())).text, /<cfg:Config /);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("is refused with a wrong password, which counts once", async (t) => {
    const host = await start(t);
    const wire = wireTo(t, host.http!.url);
    const peer = await initiator(t, "another password");
    const challenge = await leg(wire, (await peer.ask("YR")).bytes);
    assert.equal((await leg(wire, (await peer.ask("TT", challenge.token)).bytes)).status, 401);
    assert.equal(host.journal.logonFailures().length, 1);
  });
});
