/** Our acceptor, which the simulated host uses: against MIT's initiator, and against our own client. */
import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { encodeNegTokenResp, OIDS } from "../../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "../../../simulator/auth/spnego-tokens";
import { assertTold } from "../../support/pages/diagnosis-table";
import { clientFailure, ClientProcess, GssPeer, skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, Realm, REALM, type RealmEnv } from "./realm";

const skip = skipWithoutKerberos();
const BINDING = Buffer.from("tls-server-end-point:0123456789abcdef0123456789abcdef", "ascii");
const OTHER = Buffer.from("tls-server-end-point:fedcba9876543210fedcba9876543210", "ascii");
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;

let realm: Realm;
let withTickets: RealmEnv;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  const cache = `FILE:${realm.folder}/cache`;
  realm.kinit("alice", cache);
  withTickets = realm.env({ cache });
});
after(async () => {
  if (skip === false) await realm.stop();
});

function ours(t: TestContext): ClientProcess {
  const process = new ClientProcess(realm.env());
  t.after(() => process.stop());
  return process;
}

async function initiator(t: TestContext, bindings?: Buffer): Promise<GssPeer> {
  const peer = await GssPeer.start("initiate", withTickets, { host: HOST, ...(bindings && { bindings }) });
  t.after(() => peer.stop());
  return peer;
}

suite("our acceptor with a keytab", { skip }, () => {
  test("MIT's initiator logs on, and messages pass sealed in both directions", async (t) => {
    const [acceptor, peer] = [ours(t), await initiator(t)];
    await acceptor.accept({ keytab: realm.keytab });
    const { token, done, principal } = await acceptor.step((await peer.step()).token);
    assert.deepEqual({ done, principal }, { done: true, principal: ALICE.principal });
    assert.equal((await peer.step(token)).done, true);
    for (const text of ["<s:Envelope/>", "", "x".repeat(3000)]) {
      assert.equal((await peer.unseal(await acceptor.seal(Buffer.from(text)))).toString(), text);
      assert.equal((await acceptor.unseal(await peer.seal(Buffer.from(text)))).toString(), text);
    }
  });

  test("our client logs on to it", async (t) => {
    const both = ours(t);
    await both.accept({ keytab: realm.keytab }, "host");
    await both.open({ options: { host: HOST, credential: ALICE } }, "client");
    const { token } = await both.step((await both.step(undefined, "client")).token, "host");
    assert.equal((await both.step(token, "client")).done, true);
    const sealed = await both.seal(Buffer.from("hello"), "client");
    assert.equal((await both.unseal(sealed, "host")).toString(), "hello");
  });

  test("MIT's SPNEGO initiator is understood, and understands the answer", async (t) => {
    const acceptor = ours(t);
    const peer = await GssPeer.start("initiate", withTickets, { host: HOST, mechs: ["spnego"] });
    t.after(() => peer.stop());
    await acceptor.accept({ keytab: realm.keytab });
    const { mechTypes, mechToken } = decodeNegTokenInit((await peer.step()).token ?? Buffer.alloc(0));
    assert.equal(mechTypes[0], OIDS.KRB5);
    const { token } = await acceptor.step(mechToken);
    assert.ok(token);
    const answer = { negState: "accept-completed", supportedMech: OIDS.KRB5, responseToken: token } as const;
    assert.equal((await peer.step(encodeNegTokenResp(answer))).done, true);
    assert.equal((await acceptor.unseal(await peer.seal(Buffer.from("hello")))).toString(), "hello");
  });

  test("a refusal carries a token from which the client learns the reason", async (t) => {
    const both = ours(t);
    await both.accept({ keytab: realm.keytab }, "host");
    await both.open({ options: { host: "other.winrm.test", credential: ALICE } }, "client");
    const refusal = await clientFailure(both.step((await both.step(undefined, "client")).token, "host"));
    assert.ok(refusal.token);
    const error = await clientFailure(both.step(refusal.token, "client"));
    assert.equal(error.reason, "wrong-service-key");
    assertTold("Kerberos: SPN of another account (41)", error, "HTTP/other.winrm.test");
  });

  const cases = [
    ["Strict", "the right", BINDING, true],
    ["Strict", "a wrong", OTHER, false],
    ["Strict", "no", undefined, false],
    ["Relaxed", "the right", BINDING, true],
    ["Relaxed", "a wrong", OTHER, false],
    ["Relaxed", "no", undefined, true],
  ] as const;
  for (const [level, what, bindings, accepted] of cases) {
    test(`${what} channel binding is ${accepted ? "let in" : "refused"} at ${level}`, async (t) => {
      const [acceptor, peer] = [ours(t), await initiator(t, bindings)];
      const channelBinding = BINDING.toString("hex");
      await acceptor.accept({ keytab: realm.keytab, channelBinding, requireChannelBinding: level === "Strict" });
      const step = acceptor.step((await peer.step()).token);
      if (accepted) assert.equal((await step).done, true);
      else assertTold("Kerberos: wrong channel binding", await clientFailure(step));
    });
  }

  test("a changed or random token is refused", async (t) => {
    const [acceptor, peer] = [ours(t), await initiator(t)];
    const { token } = await peer.step();
    assert.ok(token);
    const changed = Buffer.from(token);
    changed[token.length - 10] = (changed[token.length - 10] ?? 0) ^ 1;
    for (const bad of [changed, Buffer.from("random"), Buffer.alloc(1), token.subarray(0, 40)]) {
      await acceptor.accept({ keytab: realm.keytab });
      await assert.rejects(acceptor.step(bad), { code: /WINRM_E/ });
    }
    await acceptor.accept({ keytab: realm.keytab });
    assert.equal((await acceptor.step(token)).done, true);
  });
});
