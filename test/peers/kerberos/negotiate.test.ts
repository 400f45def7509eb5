/** Our SPNEGO against MIT's, with Kerberos and with gss-ntlmssp inside, and against Samba's. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import type { AuthContext } from "../../../provider/auth/auth-context";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { createNegotiateContext, MECHANISMS } from "../../../provider/auth/spnego/negotiate";
import { decodeNegTokenResp, encodeNegTokenResp } from "../../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "../../../simulator/auth/spnego-tokens";
import { skipWithoutGssNtlm, skipWithoutNtlmAuth } from "../ntlm/installed";
import { ACCOUNT as SAMBA_ACCOUNT, SambaPeer } from "../ntlm/samba-peer";
import { ClientProcess, GssPeer, PeerError, skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, Realm, REALM, type RealmEnv } from "./realm";

const skip = skipWithoutKerberos() || skipWithoutGssNtlm();
const ACCOUNT = { domain: "DOM", user: "Jürgen", password: "Pässwörd ☃" } as const;
const NAME = `${ACCOUNT.domain}\\${ACCOUNT.user}`;
const NTLM = { account: NAME, password: ACCOUNT.password };
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;
const NO_TICKET = { kind: "default" } as const;
const MESSAGES = ["<s:Envelope/>", "x".repeat(3000), "x"].map((text) => Buffer.from(text));

let realm: Realm;
let env: RealmEnv;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  const users = join(realm.folder, "users");
  writeFileSync(users, `${ACCOUNT.domain}:${ACCOUNT.user}:${ACCOUNT.password}\n`, { mode: 0o600 });
  env = { ...realm.env(), NTLM_USER_FILE: users, LANG: "C.UTF-8", PYTHONIOENCODING: "utf-8" };
});
after(async () => {
  if (skip === false) await realm.stop();
});

function client(t: TestContext): ClientProcess {
  const process = new ClientProcess(env);
  t.after(() => process.stop());
  return process;
}

async function acceptor(t: TestContext, mechs: readonly ("krb5" | "spnego" | "ntlm")[]): Promise<GssPeer> {
  const peer = await GssPeer.start("accept", env, { mechs });
  t.after(() => peer.stop());
  return peer;
}

interface Steps {
  step(token?: Buffer): Promise<{ readonly token?: Buffer; readonly done: boolean }>;
}

/** Tokens to and fro until both ends say that they are done; how many the client sent. */
async function logOn(ours: Steps, peer: Steps, change = (token: Buffer) => token): Promise<number> {
  let step = await ours.step();
  for (let sent = 1; ; sent++) {
    assert.ok(step.token, "our side has nothing to send");
    const answer = await peer.step(step.token);
    if (step.done) {
      assert.equal(answer.done, true);
      return sent;
    }
    step = await ours.step(answer.token && change(answer.token));
    if (step.token === undefined) {
      assert.deepEqual([step.done, answer.done], [true, true]);
      return sent;
    }
  }
}

suite("our SPNEGO against the acceptor of MIT", { skip }, () => {
  test("NTLM alone: the list of mechanisms is signed, and the first message has sequence number 1", async (t) => {
    const peer = await acceptor(t, ["spnego"]);
    const ours = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: ntlm() }] });
    assert.equal(await logOn(ours, peer), 2);
    const first = ours.protection().seal(Buffer.from("first"));
    assert.equal(first.signature.readUInt32LE(12), 1);
    assert.equal((await peer.unwrap(Buffer.concat([first.signature, first.sealed]))).toString(), "first");
    for (const message of MESSAGES) {
      const { signature, sealed } = ours.protection().seal(message);
      assert.deepEqual(await peer.unwrap(Buffer.concat([signature, sealed])), message);
      const wrapped = await peer.wrap(message);
      const received = { signature: wrapped.subarray(0, 16), sealed: wrapped.subarray(16) };
      assert.deepEqual(ours.protection().unseal(received), message);
    }
  });

  test("Kerberos and NTLM on offer: a host that takes Kerberos gets it, in one round", async (t) => {
    const [ours, peer] = [client(t), await acceptor(t, ["spnego"])];
    await ours.open({ options: { host: HOST, credential: ALICE }, ntlm: NTLM });
    assert.equal(await logOn(ours, peer), 1);
    assert.equal((await peer.unseal(await ours.seal(Buffer.from("hello")))).toString(), "hello");
  });

  test("Kerberos and NTLM on offer: a host without Kerberos changes to NTLM, and the change is signed", async (t) => {
    const noKeytab = { ...env, KRB5_KTNAME: "FILE:/no/such/keytab" };
    const ours = client(t);
    const peer = await GssPeer.start("accept", noKeytab, { mechs: ["spnego"] });
    t.after(() => peer.stop());
    await ours.open({ options: { host: HOST, credential: ALICE }, ntlm: NTLM });
    assert.equal(await logOn(ours, peer), 3);
    const { signature, sealed } = await ours.seal(Buffer.from("hello"));
    assert.equal(signature.readUInt32LE(12), 1);
    assert.equal((await peer.unwrap(Buffer.concat([signature, sealed]))).toString(), "hello");
  });

  test("without a ticket, or for a host that the domain does not know, NTLM alone is offered", async (t) => {
    for (const options of [
      { host: HOST, credential: NO_TICKET },
      { host: "nobody.winrm.test", credential: ALICE },
    ]) {
      const [ours, peer] = [client(t), await acceptor(t, ["spnego"])];
      await ours.open({ options: options, ntlm: NTLM });
      assert.equal(await logOn(ours, peer), 2);
    }
  });

  test("a wrong Kerberos password is never followed by NTLM", async (t) => {
    const ours = client(t);
    const credential = { ...ALICE, password: "wrong" };
    await ours.open({ options: { host: HOST, credential }, ntlm: NTLM });
    await assert.rejects(ours.step(), { code: "WINRM_E_LOGON_DENIED", reason: "wrong-password" });
    await assert.rejects(ours.step(), { code: "WINRM_E_INTERNAL" });
  });

  test("a refused Kerberos logon is not followed by NTLM, and its reason is told", async (t) => {
    const [ours, peer] = [client(t), await acceptor(t, ["spnego"])];
    await ours.open({ options: { host: "other.winrm.test", credential: ALICE }, ntlm: NTLM });
    const { token } = await ours.step();
    const refusal = await peer.step(token).catch((error: unknown) => error);
    assert.ok(refusal instanceof PeerError && refusal.token !== undefined);
    assert.equal(decodeNegTokenResp(refusal.token).negState, "reject");
    await assert.rejects(ours.step(refusal.token), { code: "WINRM_E_KERBEROS", reason: "wrong-service-key" });
  });

  test("a wrong bit in the signature over the list is refused", async (t) => {
    const peer = await acceptor(t, ["spnego"]);
    const ours = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: ntlm() }] });
    const spoil = (token: Buffer): Buffer => {
      const answer = decodeNegTokenResp(token);
      if (answer.mechListMic === undefined) return token;
      const mechListMic = Buffer.from(answer.mechListMic);
      mechListMic[5] = (mechListMic[5] ?? 0) ^ 1;
      return encodeNegTokenResp({ ...answer, mechListMic });
    };
    await assert.rejects(logOn(ours, peer, spoil), { code: "WINRM_E_MESSAGE_INTEGRITY" });
  });

  test("a mechanism taken off our list on the way is noticed by the host", async (t) => {
    const peer = await acceptor(t, ["spnego"]);
    const ours = createNegotiateContext({
      mechs: [{ oid: MECHANISMS.ntlm.oid, aliases: ["1.2.3.4"], context: ntlm() }],
    });
    const first = await ours.step();
    assert.ok(first.token);
    const { mechToken } = decodeNegTokenInit(first.token);
    const alone = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: fixed(mechToken) }] });
    const answer = await peer.step((await alone.step()).token);
    const last = await ours.step(answer.token);
    await assert.rejects(peer.step(last.token));
  });
});

suite("our SPNEGO against Samba's ntlm_auth", { skip: skip || skipWithoutNtlmAuth() }, () => {
  test("NTLM inside SPNEGO is accepted, and a wrong password is not", async (t) => {
    for (const password of [SAMBA_ACCOUNT.password, "wrong"]) {
      const verifier = SambaPeer.verifier("gss-spnego");
      t.after(() => verifier.stop());
      const context = createNtlmContext({
        account: `${SAMBA_ACCOUNT.domain}\\${SAMBA_ACCOUNT.user}`,
        password,
        spn: "HTTP/x",
        requireSealing: true,
      });
      const ours = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context }] });
      const challenge = await verifier.ask("YR", (await ours.step()).token);
      assert.equal(challenge.word, "TT");
      const verdict = await verifier.ask("KK", (await ours.step(challenge.bytes)).token);
      if (password === SAMBA_ACCOUNT.password) {
        assert.equal(verdict.word, "AF");
        assert.deepEqual(await ours.step(verdict.bytes), { done: true });
        assert.equal(ours.protection().seal(Buffer.from("x")).signature.readUInt32LE(12), 1);
      } else assert.equal(verdict.word, "NA");
    }
  });
});

function ntlm(): AuthContext {
  return createNtlmContext({ ...NTLM, spn: `HTTP/${HOST}`, requireSealing: true });
}

/** A mechanism that sends this first. */
function fixed(token: Buffer | undefined): AuthContext {
  return { ...ntlm(), scheme: "Negotiate", step: () => Promise.resolve({ done: false, ...(token && { token }) }) };
}
