/**
 * Our SSPI client in Node for Windows under Wine, against MIT's KDC and acceptor. Wine is not Windows: it cuts a sealed
 * message after the first bytes of the token instead of before its last, ignores channel bindings, and has statuses of its own.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { ClientProcess, GssPeer, type OpenRequest, skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, Realm, REALM, type RealmEnv } from "./realm";
import { skipWithoutWine, Wine } from "../windows/wine";

const skip = skipWithoutKerberos() || skipWithoutWine();
const CLIENT = join(__dirname, "client-main.js");
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;
const MESSAGES = ["<s:Envelope/>", "x", "the second message, longer: ☃".repeat(400)].map((text) => Buffer.from(text));

let realm: Realm;
let wine: Wine;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  wine = new Wine();
});
after(async () => {
  if (skip !== false) return;
  wine.stop();
  await realm.stop();
});

async function start(t: TestContext): Promise<{ ours: ClientProcess; env: RealmEnv }> {
  const env = realm.env({ cache: `FILE:${realm.folder}/wine-${t.name.length}` });
  const ours = new ClientProcess(env, await wine.lines(CLIENT, env));
  t.after(() => ours.stop());
  return { ours, env };
}

suite("our client in Node for Windows, under Wine, against MIT Kerberos", { skip }, () => {
  for (const spnego of [false, true]) {
    test(`a password gives a mutual context ${spnego ? "inside SPNEGO" : "in bare tokens"}, and messages pass sealed in both directions`, async (t) => {
      const { ours, env } = await start(t);
      const peer = await GssPeer.start("accept", env, { mechs: [spnego ? "spnego" : "krb5"] });
      t.after(() => peer.stop());
      const open: OpenRequest = { options: { host: HOST, credential: ALICE }, spnego };
      await ours.open(open);
      const first = await ours.step();
      assert.equal(first.done, false);
      const answer = await peer.step(first.token);
      assert.equal(answer.done, true);
      assert.equal(answer.peer, ALICE.principal);
      assert.equal(answer.flags & 62, 62);
      assert.deepEqual(await ours.step(answer.token), { done: true });
      for (const message of MESSAGES) {
        const { signature, sealed } = await ours.seal(message);
        assert.equal(sealed.length, message.length);
        assert.deepEqual(await peer.unwrap(Buffer.concat([sealed, signature])), message);
        assert.deepEqual(await ours.unseal(cut(await peer.wrap(message), message.length)), message);
      }
      const { signature, sealed } = cut(await peer.wrap(Buffer.from("message")), 7);
      const changed = Buffer.from(signature);
      changed[30] = (changed[30] ?? 0) ^ 1;
      await assert.rejects(ours.unseal({ signature: changed, sealed }), { code: "WINRM_E_MESSAGE_INTEGRITY" });
      await assert.rejects(ours.unseal({ signature, sealed }), { code: "WINRM_E_MESSAGE_INTEGRITY" });
    });
  }

  test("a wrong password is one refused logon at the KDC, for three hosts at once, and is not in the error", async (t) => {
    const { ours } = await start(t);
    const credential = { kind: "password", principal: `bob@${REALM}`, password: "not Bob's" } as const;
    const ids = ["1", "2", "3"];
    for (const id of ids) await ours.open({ options: { host: HOST, credential } }, id);
    const answers = await ours.together(ids.map((id) => ({ op: "step", id })));
    for (const { error } of answers) {
      assert.ok(typeof error === "object");
      assert.match(error.shown, /SSPI 0xC0000001/);
      assert.ok(!error.shown.includes(credential.password));
    }
    assert.equal(
      realm.log
        .split("\n")
        .filter((line) => /PREAUTH_FAILED|Preauthentication failed/i.test(line) && line.includes("bob@")).length,
      1,
    );
  });

  test("the running account's ticket logs on without credentials", async (t) => {
    const { ours, env } = await start(t);
    realm.kinit("alice", env["KRB5CCNAME"] ?? "");
    const peer = await GssPeer.start("accept", env, { mechs: ["krb5"] });
    t.after(() => peer.stop());
    await ours.open({ options: { host: HOST, credential: { kind: "default" } } });
    const answer = await peer.step((await ours.step()).token);
    assert.equal(answer.peer, ALICE.principal);
    assert.deepEqual(await ours.step(answer.token), { done: true });
  });
});

/** A stream token as Wine's DecryptMessage wants it: DATA is its first bytes, TOKEN the rest. */
function cut(token: Buffer, length: number) {
  return { sealed: token.subarray(0, length), signature: token.subarray(length) };
}
