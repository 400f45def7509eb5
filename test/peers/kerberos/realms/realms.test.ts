/** Our client among several realms of MIT's KDC, of which one takes the other's tickets. */
import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { ClientProcess, GssPeer, type OpenRequest, skipWithoutKerberos } from "../client-process";
import { CAROL, HOST, PARTNER, PASSWORDS, Realm, REALM } from "../realm";

const skip = skipWithoutKerberos();
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;

let realm: Realm;
before(async () => {
  if (skip === false) realm = await Realm.start({ partner: true });
});
after(async () => {
  if (skip === false) await realm.stop();
});

function client(t: TestContext): ClientProcess {
  const ours = new ClientProcess(realm.env());
  t.after(() => ours.stop());
  return ours;
}

async function acceptor(t: TestContext): Promise<GssPeer> {
  const peer = await GssPeer.start("accept", realm.env());
  t.after(() => peer.stop());
  return peer;
}

const request = (host: string, credential: OpenRequest["options"]["credential"]): OpenRequest => ({
  options: { host, credential },
});

suite("our client among several realms", { skip }, () => {
  test("logs an account of one realm on to a host of another that trusts it, and seals", async (t) => {
    const [ours, peer] = [client(t), await acceptor(t)];
    await ours.open(request(PARTNER.host, ALICE));
    const answer = await peer.step((await ours.step()).token);
    assert.equal(answer.peer, ALICE.principal);
    assert.deepEqual(await ours.step(answer.token), { done: true });
    const message = Buffer.from("across realms");
    assert.deepEqual(await peer.unseal(await ours.seal(message)), message);
    assert.deepEqual(await ours.unseal(await peer.seal(message)), message);
    assert.match(realm.log, new RegExp(`TGS_REQ.*krbtgt/${PARTNER.realm}@${REALM}`));
  });

  test("logs accounts of two realms on in one process at the same time, each with its own realm", async (t) => {
    const ours = client(t);
    const logons = [request(HOST, ALICE), request(PARTNER.host, CAROL), request(PARTNER.host, ALICE)];
    const ids = logons.map((_, index) => String(index));
    await ours.together(ids.map((id, index) => ({ op: "open", id, ...logons[index]! })));
    const first = await ours.together(ids.map((id) => ({ op: "step", id })));
    for (const [index, id] of ids.entries()) {
      const peer = await acceptor(t);
      const answer = await peer.step(Buffer.from(first[index]?.token ?? "", "hex"));
      const { credential } = logons[index]!.options;
      assert.equal(answer.peer, "principal" in credential ? credential.principal : undefined);
      assert.deepEqual(await ours.step(answer.token, id), { done: true });
    }
  });

  test("explains a host whose realm has no trust in the account's", async (t) => {
    const ours = client(t);
    await ours.open(request(HOST, CAROL));
    await assert.rejects(ours.step(), {
      code: "WINRM_E_KERBEROS",
      reason: "unknown-service",
      message: /\btrust\b/,
    });
  });
});
