/** Our client and our acceptor against gss-ntlmssp, an implementation of [MS-NLMP] that nobody here wrote. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { MessageProtection } from "../../../provider/auth/auth-context";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { ntHash } from "../../../provider/auth/ntlm/crypto";
import {
  createNtlmAcceptor,
  type NtlmAcceptor,
  type NtlmAcceptorOptions,
  type NtlmAcceptorStep,
} from "../../../simulator/auth/ntlm-acceptor";
import { ACCOUNT, CHANNEL_BOUND, GssPeer, type GssStep } from "./gss-peer";
import { skipWithoutGssNtlm } from "./installed";

const skip = skipWithoutGssNtlm();
const OURS = Buffer.from("tls-server-end-point:0123456789abcdef0123456789abcdef", "ascii");
const OTHER = Buffer.from("tls-server-end-point:fedcba9876543210fedcba9876543210", "ascii");
const MESSAGES = ["<s:Envelope/>", "", "the second message, longer: ☃".repeat(400), "x"].map((text) =>
  Buffer.from(text),
);

async function peerFor(t: TestContext, starting: Promise<GssPeer>): Promise<GssPeer> {
  const peer = await starting;
  t.after(() => peer.stop());
  return peer;
}

function ourClient(options: { password?: string; channelBinding?: Buffer } = {}) {
  return createNtlmContext({
    account: `${ACCOUNT.domain}\\${ACCOUNT.user}`,
    password: options.password ?? ACCOUNT.password,
    spn: "HTTP/server.test",
    requireSealing: true,
    ...(options.channelBinding !== undefined && { channelBinding: options.channelBinding }),
  });
}

async function logOnTo(peer: GssPeer, client = ourClient(), change = (token: Buffer) => token): Promise<GssStep> {
  const challenge = await peer.step((await client.step()).token);
  const { token, done } = await client.step(challenge.token);
  assert.ok(token !== undefined && done);
  return peer.step(change(token));
}

function ourAcceptor(options: Partial<NtlmAcceptorOptions> = {}): NtlmAcceptor {
  return createNtlmAcceptor({
    computerName: "SRV",
    domainName: "DOM",
    dnsComputerName: "srv.dom.test",
    dnsDomainName: "dom.test",
    cbtLevel: "Relaxed",
    lookup: ({ domain, user }) =>
      domain === ACCOUNT.domain && user === ACCOUNT.user ? ntHash(ACCOUNT.password) : undefined,
    ...options,
  });
}

async function logOnToOurs(peer: GssPeer, acceptor: NtlmAcceptor, first = { mic: true }): Promise<NtlmAcceptorStep> {
  const negotiate = await peer.step(undefined, first);
  assert.ok(negotiate.token);
  const { token: challenge } = acceptor.step(negotiate.token);
  const { token: authenticate } = await peer.step(challenge);
  assert.ok(authenticate);
  return acceptor.step(authenticate);
}

async function talk(peer: GssPeer, ours: MessageProtection): Promise<void> {
  for (const message of MESSAGES) {
    assert.deepEqual(await peer.unseal(ours.seal(message)), message);
    // gss-ntlmssp reads an empty message but does not write one.
    if (message.length > 0) assert.deepEqual(ours.unseal(await peer.seal(message)), message);
    assert.deepEqual(await peer.unseal(ours.seal(message)), message);
  }
}

suite("our client against the acceptor of gss-ntlmssp", { skip }, () => {
  test("the context is established and messages pass sealed in both directions", async (t) => {
    const peer = await peerFor(t, GssPeer.accept());
    const client = ourClient();
    const { done, peer: name } = await logOnTo(peer, client);
    assert.equal(done, true);
    assert.equal(name, `${ACCOUNT.domain}\\${ACCOUNT.user}`);
    await talk(peer, client.protection());
  });

  test("a wrong password is refused", async (t) => {
    const peer = await peerFor(t, GssPeer.accept());
    await assert.rejects(logOnTo(peer, ourClient({ password: "wrong" })), /gss-ntlmssp/);
  });

  test("a MIC with one wrong bit is refused", async (t) => {
    const peer = await peerFor(t, GssPeer.accept());
    await assert.rejects(
      logOnTo(peer, ourClient(), (token) => {
        token[72] = (token[72] ?? 0) ^ 1;
        return token;
      }),
      /gss-ntlmssp/,
    );
  });

  test("a matching channel binding is verified, and the context says so", async (t) => {
    const peer = await peerFor(t, GssPeer.accept(OURS));
    const { done, flags } = await logOnTo(peer, ourClient({ channelBinding: OURS }));
    assert.equal(done, true);
    assert.equal(flags & CHANNEL_BOUND, CHANNEL_BOUND);
  });

  test("a channel binding to another certificate is refused", async (t) => {
    const peer = await peerFor(t, GssPeer.accept(OURS));
    await assert.rejects(logOnTo(peer, ourClient({ channelBinding: OTHER })), /gss-ntlmssp/);
  });

  test("an absent channel binding is let in, unbound", async (t) => {
    const peer = await peerFor(t, GssPeer.accept(OURS));
    const { done, flags } = await logOnTo(peer);
    assert.equal(done, true);
    assert.equal(flags & CHANNEL_BOUND, 0);
  });

  test("a sealed message that was changed is refused by either side", async (t) => {
    const peer = await peerFor(t, GssPeer.accept());
    const client = ourClient();
    await logOnTo(peer, client);
    const sent = client.protection().seal(Buffer.from("message"));
    sent.sealed[0] = (sent.sealed[0] ?? 0) ^ 1;
    await assert.rejects(peer.unseal(sent), /gss-ntlmssp/);
    const received = await peer.seal(Buffer.from("message"));
    received.sealed[0] = (received.sealed[0] ?? 0) ^ 1;
    assert.throws(() => client.protection().unseal(received), { code: "WINRM_E_MESSAGE_INTEGRITY" });
  });
});

suite("the initiator of gss-ntlmssp against our acceptor", { skip }, () => {
  test("the context is established with a MIC and messages pass sealed in both directions", async (t) => {
    const peer = await peerFor(t, GssPeer.initiate());
    const acceptor = ourAcceptor();
    assert.deepEqual(await logOnToOurs(peer, acceptor), {
      done: true,
      account: { domain: ACCOUNT.domain, user: ACCOUNT.user },
    });
    await talk(peer, acceptor.protection());
  });

  test("a wrong password is refused", async (t) => {
    const peer = await peerFor(t, GssPeer.initiate({ password: "wrong" }));
    assert.equal((await logOnToOurs(peer, ourAcceptor())).rejected, "wrong-password");
  });

  test("a client that leaves the MIC out is refused where the MIC is required, and let in where it is not", async (t) => {
    for (const requireMic of [true, false]) {
      const peer = await peerFor(t, GssPeer.initiate());
      const step = await logOnToOurs(peer, ourAcceptor({ requireMic }), { mic: false });
      assert.equal(step.rejected, requireMic ? "bad-mic" : undefined);
      assert.equal(step.done, !requireMic);
    }
  });

  const cases = [
    ["Strict", "the right", OURS, undefined],
    ["Strict", "a wrong", OTHER, "bad-binding"],
    ["Strict", "no", undefined, "missing-binding"],
    ["Relaxed", "the right", OURS, undefined],
    ["Relaxed", "a wrong", OTHER, "bad-binding"],
    ["Relaxed", "no", undefined, undefined],
    ["None", "a wrong", OTHER, undefined],
    ["None", "no", undefined, undefined],
  ] as const;
  for (const [cbtLevel, what, bindings, rejected] of cases) {
    test(`${what} channel binding is ${rejected === undefined ? "let in" : "refused"} at ${cbtLevel}`, async (t) => {
      const peer = await peerFor(t, GssPeer.initiate(bindings === undefined ? {} : { bindings }));
      const step = await logOnToOurs(peer, ourAcceptor({ cbtLevel, channelBinding: OURS }));
      assert.equal(step.rejected, rejected);
      assert.equal(step.done, rejected === undefined);
    });
  }
});
