/** `pulumi-winrm doctor` in a realm of MIT's KDC, against the simulated host that has the keytab. */
import assert from "node:assert/strict";
import { after, before, suite, test, type TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { type CommandResult, runThere } from "../../support/processes/command-line";
import {
  type DoctorReport,
  filesFor,
  reportOf,
  runDoctor,
  steadied,
  stepOf,
  verdictsOf,
} from "../../support/processes/doctor";
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
  test("logs on with a keytab, bound to the channel, and looks like this", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const { port, certificatePem } = host.https!;
    const ca = ["--ca", filesFor(t)("ca.pem", certificatePem)];
    const keytab = ["--username", ALICE, "--keytab", realm.aliceKeytab];
    const { code, stdout } = await doctor(["--port", String(port), ...ca, ...keytab, ...SPN]);
    const text = steadied(stdout, port).replace(realm.aliceKeytab, "./alice.keytab");
    assert.equal(text.replace(/::1, 127\.0\.0\.1|127\.0\.0\.1, ::1/, "127.0.0.1"), KEYTAB);
    assert.equal(code, 0);
  });

  test("logs on with the tickets of a cache, sealed over http, as whoever owns them", async (t) => {
    const host = await hostFor(t);
    const cache = `FILE:${realm.folder}/doctor-cache`;
    realm.kinit("alice", cache);
    const report = await examined([...overHttp(host), "--ticket-cache", cache, ...SPN]);
    assert.equal(verdictsOf(report), ALL_OK);
    assert.equal(stepOf(report, "method").detail, "kerberos, because a ticket cache is given");
    assert.equal(stepOf(report, "method").facts["tickets"], `from the cache ${cache}, for its owner`);
    assert.match(stepOf(report, "logon").detail, /^the owner of the ticket by kerberos, messages sealed; /);
    assert.equal(host.journal.requests().at(-1)?.account?.toLowerCase(), ALICE.toLowerCase());
  });

  test("says which mechanism came of Negotiate: Kerberos, or NTLM and why", async (t) => {
    const joined = await hostFor(t);
    const kerberos = await examined([...overHttp(joined), ...PASSWORD, ...SPN]);
    assert.equal(verdictsOf(kerberos), ALL_OK);
    assert.match(stepOf(kerberos, "logon").detail, /^alice@WINRM\.TEST by negotiate \(Kerberos\), messages sealed; /);
    const workgroup = await workgroupFor(t);
    const unknown = ["--username", "WEB01\\alice", "--password-env", "ALICE_PASSWORD", "--realm", REALM];
    const ntlm = await examined([...overHttp(workgroup), ...unknown, "--spn-host", "nobody.winrm.test"]);
    assert.equal(verdictsOf(ntlm), ALL_OK);
    const { detail, facts } = stepOf(ntlm, "logon");
    assert.match(detail, /^WEB01\\alice by negotiate \(NTLM, because Kerberos could not be used\), messages sealed; /);
    assert.match(facts["kerberos"] ?? "", /^No account in the domain owns the service HTTP\/nobody\.winrm\.test/);
  });

  test("says that NTLM came of Negotiate because the host chose it", async (t) => {
    const host = await workgroupFor(t);
    const words = ["--username", "WEB01\\alice", "--password-env", "ALICE_PASSWORD", ...SPN];
    const report = await examined([...overHttp(host), ...words]);
    assert.match(
      stepOf(report, "logon").detail,
      /^WEB01\\alice by negotiate \(NTLM, because the host chose it\), messages sealed; /,
    );
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
    assert.match(stepOf(report, "logon").detail, /^No account in the domain owns the service .*\[WINRM_E_KERBEROS\]$/);
    assert.equal(stepOf(report, "method").facts["service"], `HTTP/nobody.winrm.test@${REALM}`);
    const keytab = ["--username", ALICE, "--keytab", realm.aliceKeytab];
    const address = await runDoctor(["127.0.0.1", ...keytab], realm.env(), runThere);
    assert.equal(address.code, 2);
    assert.match(address.stderr, /next: connect by the name, or set --spn-host \(auth\.kerberos\.host\) to the name/);
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
    assert.match(causes[0] ?? "", /not a member of the host's Administrators group/);
    assert.doesNotMatch(causes.join(), /remote UAC/);
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

const KEYTAB = `localhost:PORT: kerberos as alice@WINRM.TEST over https

  ok          # ms  name    127.0.0.1
  ok          # ms  tcp     port PORT accepts connections
  ok          # ms  tls     TLSv1.3, and the certificate is trusted
                            chain     issued by itself (CN=WEB01), trusted through the given authorities; valid until 2031-01-11
                            name      DNS:WEB01, DNS:localhost, IP Address:127.0.0.1, which covers localhost
                            pin       SHA-256 5f0c…; none is set
                            binding   the logon is bound to this certificate
  ok          # ms  offers  Negotiate, Kerberos
  ok          # ms  method  kerberos, because a keytab is given
                            tickets   fetched with the keytab ./alice.keytab, for alice@WINRM.TEST
                            service   HTTP/host.winrm.test@WINRM.TEST
                            library   the system's, through koffi
  ok          # ms  logon   alice@WINRM.TEST by kerberos, inside TLS, bound to the channel; OS: 10.0.20348 SP: 0.0 Stack: 3.0
  ok          # ms  rights  the account may read winrm/config
  ok          # ms  config  44 settings
                            methods   on: Kerberos, Negotiate; off: Basic, Certificate, CredSSP
                            messages  AllowUnencrypted is false: over http messages must be sealed
                            binding   CbtHardeningLevel is Strict
                            policy    Group Policy owns none
  ok          # ms  clock   agrees with this machine

All checks passed.`;
