/** `pulumi-winrm doctor` in a realm of MIT's KDC, against the simulated host that has the keytab. */
import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { type CommandResult, runThere } from "../../support/processes/command-line";
import { type DoctorReport, filesFor, reportOf, runDoctor, stepOf, verdictsOf } from "../../support/processes/doctor";
import { skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM, Realm } from "./realm";

const skip = skipWithoutKerberos();
const ALICE = `alice@${REALM}`;
const SPN = ["--realm", REALM, "--spn-host", HOST];
const PASSWORD = ["--username", ALICE, "--password-env", "ALICE_PASSWORD"];
const ALL_OK = "name ok, tcp ok, offers ok, method ok, logon ok, rights ok, config ok, clock ok";
const LOGON_FAILED = "name ok, tcp ok, offers ok, method ok, logon failed, rights skipped, config skipped, clock ok";

let realm: Realm;
before(async () => {
  if (skip === false) realm = await Realm.start();
});
after(async () => {
  if (skip === false) await realm.stop();
});

async function hostFor(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ https: true, kerberos: { keytab: realm.keytab }, ...options });
  t.after(() => host.stop());
  return host;
}

/** A host in no domain, with a local account of her name and password. */
async function workgroupFor(t: TestContext): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [{ name: "alice", password: PASSWORDS.alice }] });
  t.after(() => host.stop());
  return host;
}

/** Inside the realm, without tickets, with a password in the environment. */
function doctor(words: readonly string[], password: string = PASSWORDS.alice): Promise<CommandResult> {
  return runDoctor(["localhost", ...words], { ...realm.env(), ALICE_PASSWORD: password }, runThere);
}

function overHttp(host: SimulatedHost): string[] {
  return ["--transport", "http", "--port", String(host.http?.port)];
}

async function examined(words: readonly string[], password?: string): Promise<DoctorReport> {
  return reportOf(await doctor([...words, "--json"], password));
}

/** Wrong passwords that the KDC has seen. */
function refusedByDomain(): number {
  return realm.log.split("PREAUTH_FAILED").length - 1;
}

suite("doctor with Kerberos", { skip, timeout: 120_000 }, () => {
  test("logs on with a keytab, bound to the channel", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const { port, certificatePem } = host.https!;
    const ca = ["--ca", filesFor(t)("ca.pem", certificatePem)];
    const keytab = ["--username", ALICE, "--keytab", realm.aliceKeytab];
    const report = await examined(["--port", String(port), ...ca, ...keytab, ...SPN]);
    assert.equal(verdictsOf(report), ALL_OK.replace("tcp ok", "tcp ok, tls ok"));
    const { detail, facts } = stepOf(report, "method");
    assert.match(detail, /^kerberos\b/);
    assert.ok(facts["tickets"]?.includes(realm.aliceKeytab));
    assert.equal(facts["service"], `HTTP/${HOST}@${REALM}`);
    assert.equal(host.journal.requests().at(-1)?.account?.toLowerCase(), ALICE.toLowerCase());
  });

  test("logs on with the tickets of a cache, sealed over http, as whoever owns them", async (t) => {
    const host = await hostFor(t);
    const cache = `FILE:${realm.folder}/doctor-cache`;
    realm.kinit("alice", cache);
    const report = await examined([...overHttp(host), "--ticket-cache", cache, ...SPN]);
    assert.equal(verdictsOf(report), ALL_OK);
    assert.match(stepOf(report, "method").detail, /^kerberos\b/);
    assert.ok(stepOf(report, "method").facts["tickets"]?.includes(cache));
    assert.equal(host.journal.requests().at(-1)?.account?.toLowerCase(), ALICE.toLowerCase());
  });

  test("says which mechanism came of Negotiate: Kerberos, or NTLM and why", async (t) => {
    const joined = await hostFor(t);
    const kerberos = await examined([...overHttp(joined), ...PASSWORD, ...SPN]);
    assert.equal(verdictsOf(kerberos), ALL_OK);
    assert.match(stepOf(kerberos, "logon").detail, /^alice@WINRM\.TEST by negotiate \(Kerberos\)/);
    const workgroup = await workgroupFor(t);
    const unknown = ["--username", "WEB01\\alice", "--password-env", "ALICE_PASSWORD", "--realm", REALM];
    const ntlm = await examined([...overHttp(workgroup), ...unknown, "--spn-host", "nobody.winrm.test"]);
    assert.equal(verdictsOf(ntlm), ALL_OK);
    const { detail, facts } = stepOf(ntlm, "logon");
    assert.match(detail, /^WEB01\\alice by negotiate \(NTLM\b/);
    assert.match(facts["kerberos"] ?? "", /HTTP\/nobody\.winrm\.test/);
  });

  test("says that NTLM came of Negotiate because the host chose it", async (t) => {
    const host = await workgroupFor(t);
    const words = ["--username", "WEB01\\alice", "--password-env", "ALICE_PASSWORD", ...SPN];
    const report = await examined([...overHttp(host), ...words]);
    const { detail, facts } = stepOf(report, "logon");
    assert.match(detail, /^WEB01\\alice by negotiate \(NTLM\b/);
    assert.equal(facts["kerberos"], undefined, "Kerberos did not fail");
  });

  test("a wrong password is refused by the domain once, and the host is not asked", async (t) => {
    const host = await hostFor(t);
    const before = refusedByDomain();
    const wrong = "Not-her-password-4";
    const report = await examined([...overHttp(host), ...PASSWORD, ...SPN, "--method", "kerberos"], wrong);
    assert.equal(verdictsOf(report), LOGON_FAILED);
    assert.match(stepOf(report, "logon").detail, /\[WINRM_E_LOGON_DENIED\]$/);
    assert.ok(!JSON.stringify(report).includes(wrong));
    assert.equal(refusedByDomain() - before, 1);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("names the option for a principal that nobody has, and for a host that gives no name", async (t) => {
    const host = await hostFor(t);
    const nobody = ["--spn-host", "nobody.winrm.test", "--realm", REALM, "--method", "kerberos"];
    const report = await examined([...overHttp(host), ...PASSWORD, ...nobody]);
    assert.match(stepOf(report, "logon").detail, /HTTP\/nobody\.winrm\.test.*\[WINRM_E_KERBEROS\]$/);
    assert.equal(stepOf(report, "method").facts["service"], `HTTP/nobody.winrm.test@${REALM}`);
    const keytab = ["--username", ALICE, "--keytab", realm.aliceKeytab];
    const address = await runDoctor(["127.0.0.1", ...keytab], realm.env(), runThere);
    assert.equal(address.code, 2);
    assert.match(address.stderr, /--spn-host \(auth\.kerberos\.host\)/);
  });

  test("an account of the domain without rights logs on and may not read, and no token filter is blamed", async (t) => {
    const host = await hostFor(t, { kerberos: { keytab: realm.keytab, accounts: { [ALICE]: false } } });
    const report = await examined([...overHttp(host), ...PASSWORD, ...SPN]);
    assert.equal(
      verdictsOf(report),
      "name ok, tcp ok, offers ok, method ok, logon ok, rights failed, config skipped, clock ok",
    );
    const { detail, causes } = stepOf(report, "rights");
    assert.match(detail, /\[WINRM_E_ACCESS_DENIED\]$/);
    assert.match(causes[0] ?? "", /Administrators/);
    assert.doesNotMatch(causes.join(), /LocalAccountTokenFilterPolicy/);
  });

  test("a host at Strict refuses a logon that is not bound, and the option is the first cause", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const { port, fingerprintSha256 } = host.https!;
    const words = ["--port", String(port), "--pin", fingerprintSha256, ...PASSWORD, ...SPN, "--no-channel-binding"];
    const report = await examined([...words, "--method", "kerberos"]);
    const { detail, causes } = stepOf(report, "logon");
    assert.match(detail, /\[WINRM_E_LOGON_DENIED\]$/);
    assert.match(causes[0] ?? "", /^--no-channel-binding \(auth\.channelBinding\) is false/);
  });
});
