/** Our client with tickets that a KCM daemon holds: Heimdal's, asked by MIT's library. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { after, before, suite, test, type TestContext } from "node:test";
import { accepts } from "../../../support/hosts/ports";
import { skipFor, skipUnless, skipUnlessRoot } from "../../ntlm/installed";
import { skipWithoutKerberos } from "../client-process";
import { ALICE, BOB, fill, hasNone, logsOnAs, servesAllAtOnce, servesEach } from "./collection";
import { Realm } from "../realm";

/** Both libraries have it built in; Heimdal's daemon takes no other, whatever its option says. */
const SOCKET = "/var/run/.heim_org.h5l.kcm-socket";
/** All caches of this user. */
const COLLECTION = "KCM:";
const CACHE = "KCM:0:pulumi-winrm-tests";
const skip = skipWithoutKerberos() || skipWithoutKcm();

let realm: Realm;
let daemon: ChildProcess | undefined;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  daemon = await startDaemon();
});
after(async () => {
  if (daemon?.exitCode === null && daemon.signalCode === null) {
    const ended = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await ended;
    rmSync(SOCKET, { force: true });
  }
  if (skip === false) await realm.stop();
});

suite("tickets in KCM", { skip }, () => {
  test("log on as their owner, by the name of their cache", async (t) => {
    t.after(() => {
      realm.kdestroy(CACHE);
    });
    realm.kinit("alice", CACHE);
    const [env, here] = [realm.env(), realm.env({ cache: CACHE })];
    await logsOnAs(t, ALICE, { credential: { kind: "cache", cache: CACHE, principal: ALICE }, env });
    await logsOnAs(t, ALICE, { credential: { kind: "default" }, env: here });
    await hasNone(t, { kind: "cache", cache: CACHE, principal: BOB }, env);
  });

  test("of nobody are missing credentials", async (t) => {
    realm.kdestroy(CACHE);
    await hasNone(t, { kind: "cache", cache: CACHE, principal: ALICE }, realm.env({ cache: CACHE }));
  });
});

suite("a KCM collection", { skip }, () => {
  const forTwo = (title: string, run: (t: TestContext) => Promise<void>): void => {
    test(title, async (t) => {
      if (daemon === undefined) {
        t.skip(skipFor("stop the system's KCM daemon: all tickets in it would be in these tests' hands"));
        return;
      }
      fill(t, realm, COLLECTION);
      await run(t);
    });
  };

  forTwo("gives each principal's own tickets, and the primary's to nobody in particular", (t) =>
    servesEach(t, realm, COLLECTION),
  );

  forTwo("gives several principals theirs at the same time, whatever the process's own cache is", (t) =>
    servesAllAtOnce(t, realm, COLLECTION),
  );

  forTwo("is not searched when one of its caches is named", async (t) => {
    const [env, cache] = [realm.env(), realm.cacheOf("alice", COLLECTION)];
    await logsOnAs(t, ALICE, { credential: { kind: "cache", cache, principal: ALICE }, env });
    await hasNone(t, { kind: "cache", cache, principal: BOB }, env);
  });
});

/** `undefined` where the system runs one already. */
async function startDaemon(): Promise<ChildProcess | undefined> {
  if (await accepts(SOCKET)) return undefined;
  const kcm = spawn("/usr/sbin/kcm", ["--config-file=/dev/null"], { stdio: "ignore" });
  for (let tries = 0; tries < 1000 && kcm.exitCode === null; tries++) {
    if (await accepts(SOCKET)) return kcm;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("kcm did not start");
}

function skipWithoutKcm(): string | false {
  return (
    skipUnless(["/usr/sbin/kcm", "--version"], "apt-get install heimdal-kcm") ||
    skipUnlessRoot("the daemon's socket is the system's")
  );
}
