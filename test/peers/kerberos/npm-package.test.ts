/** The npm package `kerberos`, built from npm, as the library of our client: against MIT's KDC and acceptor, and hosts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { runThere } from "../../support/processes/command-line";
import { type DoctorReport, filesFor, reportOf, runDoctor, stepOf, verdictsOf } from "../../support/processes/doctor";
import { skipUnless } from "../ntlm/installed";
import { ClientProcess, clientFailure, GssPeer, skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM, Realm, type RealmEnv } from "./realm";

const MODULES = join(__dirname, "../../../npm-kerberos/node_modules");
const skip =
  skipWithoutKerberos() ||
  skipUnless(
    [process.execPath, "-e", `require(${JSON.stringify(join(MODULES, "kerberos"))})`],
    "apt-get install libkrb5-dev, and npm run npm-kerberos",
  );
const DEFAULT = { kind: "default" } as const;

let realm: Realm;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  realm.kinit("alice", cacheOf("alice"));
});
after(async () => {
  if (skip === false) await realm.stop();
});

function cacheOf(account: string): string {
  return `FILE:${realm.folder}/npm-${account}`;
}

/** A process in the realm that finds the package beside koffi, and is told to take it. */
function env(cache = cacheOf("alice")): RealmEnv {
  return { ...realm.env({ cache }), NODE_PATH: MODULES, WINRM_KERBEROS: "kerberos" };
}

function client(t: TestContext, cache?: string): ClientProcess {
  const ours = new ClientProcess(env(cache));
  t.after(() => ours.stop());
  return ours;
}

async function acceptor(t: TestContext): Promise<GssPeer> {
  const peer = await GssPeer.start("accept", realm.env());
  t.after(() => peer.stop());
  return peer;
}

async function joinedHost(t: TestContext, hardening: "None" | "Relaxed" | "Strict"): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ https: true, kerberos: { keytab: realm.keytab } });
  t.after(() => host.stop());
  host.config.set("service/auth/CbtHardeningLevel", hardening);
  return host;
}

async function doctor(t: TestContext, host: SimulatedHost): Promise<DoctorReport> {
  return reportOf(await runDoctor([...overHttps(t, host), "--json"], env(), runThere));
}

const LOGON = ["localhost", "--spn-host", HOST, "--method", "kerberos"];

function overHttps(t: TestContext, host: SimulatedHost): string[] {
  const { port, certificatePem } = host.https!;
  return [...LOGON, "--port", String(port), "--ca", filesFor(t)("ca.pem", certificatePem)];
}

suite("the npm package kerberos against MIT Kerberos", { skip, timeout: 120_000 }, () => {
  test("the ticket of the cache gives a mutual context with MIT's acceptor", async (t) => {
    const [ours, peer] = [client(t), await acceptor(t)];
    await ours.open({ options: { host: HOST, credential: DEFAULT, library: "kerberos", requireSealing: false } });
    const first = await ours.step();
    assert.equal(first.done, false);
    const answer = await peer.step(first.token);
    assert.equal(answer.peer, `alice@${REALM}`);
    assert.equal(answer.flags & 2, 2);
    assert.deepEqual(await ours.step(answer.token), { done: true });
  });

  test("a named principal gets its own tickets out of a collection of caches", async (t) => {
    const collection = `DIR:${realm.folder}`;
    for (const account of ["alice", "bob"] as const) realm.kinit(account, `DIR::${realm.folder}/tkt-${account}`);
    for (const account of ["alice", "bob"] as const) {
      const [ours, peer] = [client(t, collection), await acceptor(t)];
      const credential = { kind: "cache", principal: `${account}@${REALM}` } as const;
      await ours.open({ options: { host: HOST, credential, library: "kerberos", requireSealing: false } });
      assert.equal((await peer.step((await ours.step()).token)).peer, `${account}@${REALM}`);
    }
  });

  test("a host that answers with a changed token has not proven itself", async (t) => {
    const [ours, peer] = [client(t), await acceptor(t)];
    await ours.open({ options: { host: HOST, credential: DEFAULT, library: "kerberos", requireSealing: false } });
    const { token } = await peer.step((await ours.step()).token);
    assert.ok(token);
    token[token.length - 1] = (token.at(-1) ?? 0) ^ 1;
    assert.equal((await clientFailure(ours.step(token))).code, "WINRM_E_KERBEROS");
  });

  test("without a ticket, and for a service that the domain does not know, the library's own text is shown", async (t) => {
    for (const [cache, host] of [
      [`FILE:${realm.folder}/none`, HOST],
      [cacheOf("alice"), "nobody.winrm.test"],
    ] as const) {
      const ours = client(t, cache);
      await ours.open({ options: { host, credential: DEFAULT, library: "kerberos", requireSealing: false } });
      const { code, context } = await clientFailure(ours.step());
      assert.equal(code, "WINRM_E_KERBEROS");
      assert.equal(context.causes?.length, 4);
    }
  });
});

suite("a host through the npm package kerberos", { skip, timeout: 120_000 }, () => {
  for (const level of ["None", "Relaxed"] as const) {
    test(`at CbtHardeningLevel ${level}: doctor logs on over https, says which library served, and warns that nothing binds the logon`, async (t) => {
      const host = await joinedHost(t, level);
      const report = await doctor(t, host);
      assert.equal(
        verdictsOf(report),
        "name ok, tcp ok, tls ok, offers ok, method ok, logon ok, rights ok, config ok, clock ok",
      );
      assert.match(stepOf(report, "method").facts["library"] ?? "", /\bkerberos\b/);
      assert.equal(report.warnings.length, 1);
      assert.match(report.warnings[0] ?? "", /\bStrict\b/);
      assert.equal(host.journal.requests().at(-1)?.account?.toLowerCase(), `alice@${REALM}`.toLowerCase());
    });
  }

  test("at Strict: the host refuses the unbound logon, and the package is named as the cause", async (t) => {
    const report = await doctor(t, await joinedHost(t, "Strict"));
    const logon = stepOf(report, "logon");
    assert.equal(logon.verdict, "failed");
    assert.match(logon.causes[0] ?? "", /npm package kerberos.*Strict/);
    assert.match(logon.advice.join(" "), /install koffi/);
  });

  for (const [what, words] of [
    ["http", ["--transport", "http"]],
    ["a password", ["--username", `alice@${REALM}`, "--password-env", "ALICE_PASSWORD"]],
    ["a keytab", ["--username", `alice@${REALM}`, "--keytab", "/etc/alice.keytab"]],
    ["a named cache", ["--ticket-cache", "FILE:/tmp/other"]],
  ] as const) {
    test(`${what} is refused by name before the host hears anything`, async (t) => {
      const host = await joinedHost(t, "None");
      const way =
        what === "http" ? [...LOGON, "--port", String(host.http?.port), ...words] : [...overHttps(t, host), ...words];
      const run = await runDoctor(way, { ...env(), ALICE_PASSWORD: PASSWORDS.alice }, runThere);
      assert.notEqual(run.code, 0);
      assert.match(run.stdout + run.stderr, /WINRM_E_METHOD_UNSUPPORTED/);
      assert.match(run.stdout + run.stderr, /npm install koffi/);
      assert.equal(host.journal.length, 0);
    });
  }
});
