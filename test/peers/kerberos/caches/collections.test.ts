/** Our client with collections of ticket caches: in a directory and in the kernel. KCM's are in kcm.test.ts. */
import { mkdtempSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { skipWithoutKerberos } from "../client-process";
import { fill, hasNone, logsOnAs, ALICE, BOB, servesAllAtOnce, servesEach, skipWithoutKeyrings } from "./collection";
import { Realm } from "../realm";

const skip = skipWithoutKerberos();

let realm: Realm;
before(async () => {
  if (skip === false) realm = await Realm.start();
});
after(async () => {
  if (skip === false) await realm.stop();
});

const TYPES = {
  DIR: { missing: false, make: () => `DIR:${mkdtempSync(`${realm.folder}/collection-`)}` },
  KEYRING: { missing: skip === false && skipWithoutKeyrings(), make: () => `KEYRING:session:winrm-${process.pid}` },
} as const;

for (const [type, { missing, make }] of Object.entries(TYPES)) {
  suite(`a ${type} collection`, { skip: skip === false ? missing : skip }, () => {
    test("gives each principal's own tickets, and the primary's to nobody in particular", async (t) => {
      const cache = make();
      fill(t, realm, cache);
      await servesEach(t, realm, cache);
    });

    test("gives several principals theirs at the same time, whatever the process's own cache is", async (t) => {
      const cache = make();
      fill(t, realm, cache);
      await servesAllAtOnce(t, realm, cache);
    });

    test("is not searched when one of its caches is named", async (t) => {
      const cache = make();
      fill(t, realm, cache);
      const [env, single] = [realm.env(), realm.cacheOf("alice", cache)];
      await logsOnAs(t, ALICE, { credential: { kind: "cache", cache: single, principal: ALICE }, env });
      await logsOnAs(t, ALICE, { credential: { kind: "cache", cache: single }, env });
      await hasNone(t, { kind: "cache", cache: single, principal: BOB }, env);
    });
  });
}
