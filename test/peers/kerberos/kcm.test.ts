/** Our client with tickets that a KCM daemon holds: Heimdal's, asked by MIT's library. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { after, before, suite, test, type TestContext } from "node:test";
import { accepts } from "../../support/ports";
import { skipBecause, skipUnless } from "../ntlm/installed";
import { ClientProcess, GssPeer, skipWithoutKerberos } from "./client-process";
import { HOST, Realm, REALM } from "./realm";

/** Both libraries have it built in; Heimdal's daemon takes no other, whatever its option says. */
const SOCKET = "/var/run/.heim_org.h5l.kcm-socket";
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
  test("log on as their owner, named and by default", async (t) => {
    realm.kinit("alice", CACHE);
    const principal = `alice@${REALM}`;
    for (const credential of [{ kind: "cache", cache: CACHE, principal }, { kind: "default" }] as const) {
      const ours = startClient(t);
      const peer = await GssPeer.start("accept", realm.env(), { mechs: ["krb5"] });
      t.after(() => peer.stop());
      await ours.open({ options: { host: HOST, credential, form: "kerberos" } }, "1");
      const first = await ours.step(undefined, "1");
      const answer = await peer.step(first.token);
      assert.equal(answer.done, true);
      assert.deepEqual(await ours.step(answer.token, "1"), { done: true });
      assert.equal(answer.peer, principal);
    }
  });

  test("of several principals are found by the name of their collection", async (t) => {
    const caches = { alice: `${CACHE}-alice`, bob: `${CACHE}-bob` } as const;
    for (const user of ["alice", "bob"] as const) realm.kinit(user, caches[user]);
    t.after(() => {
      for (const cache of Object.values(caches)) realm.kdestroy(cache);
    });
    for (const user of ["alice", "bob"] as const) {
      const principal = `${user}@${REALM}`;
      const ours = startClient(t);
      const peer = await GssPeer.start("accept", realm.env(), { mechs: ["krb5"] });
      t.after(() => peer.stop());
      const credential = { kind: "cache", cache: "KCM:", principal } as const;
      await ours.open({ options: { host: HOST, credential, form: "kerberos" } }, "1");
      assert.equal((await peer.step((await ours.step(undefined, "1")).token)).peer, principal);
    }
  });

  test("of nobody are missing credentials", async (t) => {
    realm.kdestroy(CACHE);
    const ours = startClient(t);
    const credential = { kind: "cache", cache: CACHE, principal: `alice@${REALM}` } as const;
    await ours.open({ options: { host: HOST, credential, form: "kerberos" } }, "1");
    await assert.rejects(ours.step(undefined, "1"), { code: "WINRM_E_CREDENTIALS_REQUIRED" });
  });
});

function startClient(t: TestContext): ClientProcess {
  const ours = new ClientProcess(realm.env({ cache: CACHE }));
  t.after(() => ours.stop());
  return ours;
}

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
  if (process.getuid?.() !== 0) return skipBecause("the daemon's socket is the system's, so only root can start it");
  return skipUnless(["/usr/sbin/kcm", "--version"], "apt-get install heimdal-kcm");
}
