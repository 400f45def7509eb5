/** Our client against an Active Directory domain: Samba's KDC, with Active Directory's rules for names. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import type { KerberosOptions } from "../../../../provider/auth/kerberos/client";
import { resolveAuth } from "../../../../provider/connect/auth";
import { assertTold } from "../../../support/pages/diagnosis-table";
import { accepts, reservePort } from "../../../support/hosts/ports";
import { PYTHON, skipUnless, skipUnlessRoot } from "../../ntlm/installed";
import { clientFailure, ClientProcess, GssPeer, skipWithoutKerberos } from "../client-process";
import type { RealmEnv } from "../realm";
import { expireSince, shiftClock } from "../caches/ticket-cache";

const skip = skipWithoutKerberos() || skipWithoutSambaAd();
const REALM = "AD.TEST";
const HOST = "host.ad.test";
const PASSWORD = "Made-up Pässwörd 3";
const UPN = "ops.person@mail.example";
const OPS = { kind: "password", principal: `ops@${REALM}`, password: PASSWORD } as const;

let folder: string;
let kdc: ChildProcess | undefined;
let env: RealmEnv;
before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), "samba-ad-"));
  const { port, release } = await reservePort();
  const names = { realm: REALM, domain: "ADTEST", service: `HTTP/${HOST}`, user: "ops", upn: UPN, password: PASSWORD };
  const script = join(__dirname, "../../../../../test/peers/kerberos/realms/samba_ad.py");
  execFileSync(PYTHON, [script], {
    input: JSON.stringify({ folder, port, ...names }),
    stdio: ["pipe", "ignore", "ignore"],
  });
  await release();
  kdc = spawn("samba", ["-i", "--no-process-group", "-M", "single", `--configfile=${folder}/etc/smb.conf`], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
  });
  await listening(port, kdc);
  const config = ["[libdefaults]", `default_realm = ${REALM}`, "dns_lookup_kdc = false", "dns_lookup_realm = false"];
  const names2 = ["dns_canonicalize_hostname = false", "rdns = false", "[realms]"];
  const realms = [`${REALM} = {`, `kdc = 127.0.0.1:${port}`, "}", "[domain_realm]", `.ad.test = ${REALM}`, ""];
  writeFileSync(`${folder}/krb5.conf`, [...config, ...names2, ...realms].join("\n"));
  env = {
    KRB5_CONFIG: `${folder}/krb5.conf`,
    KRB5CCNAME: `FILE:${folder}/no-such-cache`,
    KRB5_KTNAME: `${folder}/service.keytab`,
    KRB5RCACHEDIR: folder,
  };
});
after(async () => {
  if (kdc !== undefined && kdc.exitCode === null) {
    const ended = once(kdc, "exit");
    kdc.kill("SIGKILL");
    await ended;
  }
  if (skip === false) rmSync(folder, { recursive: true, force: true });
});

function client(t: TestContext): ClientProcess {
  const process = new ClientProcess(env);
  t.after(() => process.stop());
  return process;
}

async function logsOn(t: TestContext, options: Partial<KerberosOptions>, principal: string): Promise<void> {
  const [ours, peer] = [client(t), await GssPeer.start("accept", env, { mechs: ["spnego"] })];
  t.after(() => peer.stop());
  await ours.open({ options: { host: HOST, credential: OPS, ...options }, spnego: true });
  const answer = await peer.step((await ours.step()).token);
  assert.equal(answer.peer, principal);
  assert.equal((await ours.step(answer.token)).done, true);
  const sealed = await ours.seal(Buffer.from("<s:Envelope/>"));
  assert.equal(sealed.signature.length, 60);
  assert.equal((await peer.unseal(sealed)).toString(), "<s:Envelope/>");
  assert.equal((await ours.unseal(await peer.seal(Buffer.from("answer")))).toString(), "answer");
}

suite("our client in an Active Directory domain", { skip }, () => {
  test("an account logs on with its password, by the host's name or by its address with the SPN given", async (t) => {
    await logsOn(t, {}, OPS.principal);
    await logsOn(t, { host: "127.0.0.1", spn: { host: HOST, realm: REALM } }, OPS.principal);
  });

  test("a user principal name whose suffix is not the realm logs on as an enterprise name", async (t) => {
    const shown = `ops.person\\@mail.example@${REALM}`;
    await logsOn(t, { credential: { ...OPS, principal: UPN, enterprise: true } }, shown);
    // As a program says it.
    const auth = resolveAuth({
      ...{ host: HOST, method: "kerberos", username: UPN, password: () => PASSWORD, certificate: undefined },
      ...{
        auth: { kerberos: { realm: REALM.toLowerCase() } },
        trusted: false,
        transport: "https",
        kerberosLibrary: "koffi",
      },
    });
    assert.ok(auth.method === "kerberos");
    // It goes to another process as JSON, which shows the password of a copy only.
    await logsOn(t, { credential: { ...auth.kerberos.credential } }, shown);
    const ours = client(t);
    await ours.open({ options: { host: HOST, credential: { ...OPS, principal: UPN } } });
    await assert.rejects(ours.step(), {
      reason: "unknown-realm",
      message: /auth\.kerberos\.realm/,
    });
  });

  test("a wrong password, an unknown account and an unknown service are told apart", async (t) => {
    const cases = [
      [{ credential: { ...OPS, password: "wrong" } }, "wrong-password", "Kerberos: wrong password (24)"],
      [{ credential: { ...OPS, principal: `nobody@${REALM}` } }, "unknown-account", "Kerberos: unknown account (6)"],
      [{ host: "nobody.ad.test" }, "unknown-service", "Kerberos: unknown SPN (7)"],
      [{ host: "127.0.0.1" }, "unknown-service", "Kerberos: unknown SPN (7)"],
    ] as const;
    for (const [options, reason, row] of cases) {
      const ours = client(t);
      const whole = { host: HOST, credential: OPS, ...options } as const;
      await ours.open({ options: whole });
      const error = await clientFailure(ours.step());
      assert.equal(error.reason, reason);
      assertTold(row, error, `HTTP/${whole.host}`);
    }
  });
});

const TROUBLE_ROWS = {
  "account-revoked": "Kerberos: account locked, disabled or expired (18)",
  "password-expired": "Kerberos: password expired (23)",
} as const;

suite("an account in trouble in an Active Directory domain", { skip }, () => {
  const troubles = [
    ["disabled", "account-revoked"],
    ["locked", "account-revoked"],
    // As Windows: one number of the protocol for all three.
    ["expired", "account-revoked"],
    ["stale", "password-expired"],
  ] as const;
  for (const [account, reason] of troubles) {
    test(`that is ${account} is refused as ${reason}, and the error names it`, async (t) => {
      const ours = client(t);
      const credential = { ...OPS, principal: `${account}@${REALM}` };
      await ours.open({ options: { host: HOST, credential } });
      const message =
        reason === "account-revoked" ? new RegExp(`the account (is|has) ${account}`) : /password of stale/;
      const error = await clientFailure(ours.step());
      assert.equal(error.reason, reason);
      assert.match(error.message, message);
      assertTold(TROUBLE_ROWS[reason], error);
    });
  }
});

suite("a wrong password in an Active Directory domain", { skip }, () => {
  test("is counted once by the domain, for three hosts at once, also where NTLM could follow", async (t) => {
    const ours = client(t);
    const account = `counted@${REALM}`;
    const credential = { kind: "password", principal: account, password: "Not-the-password-1" } as const;
    const ntlm = { account: "ADTEST\\counted", password: credential.password };
    const ids = ["1", "2", "3"];
    for (const id of ids) await ours.open({ options: { host: HOST, credential }, ntlm }, id);
    for (const { error } of await ours.together(ids.map((id) => ({ op: "step", id })))) {
      assert.ok(typeof error === "object");
      assert.deepEqual([error.code, error.reason], ["WINRM_E_LOGON_DENIED", "wrong-password"]);
    }
    assert.equal(badPasswords("counted"), 1);
  });
});

suite("tickets of an Active Directory domain", { skip }, () => {
  const kinit = (path: string): void => {
    const inTheDomain = { ...process.env, ...env };
    execFileSync("kinit", ["-c", `FILE:${path}`, OPS.principal], { env: inTheDomain, input: `${PASSWORD}\n` });
  };
  const stepWith = async (t: TestContext, path: string) => {
    const ours = client(t);
    const credential = { kind: "cache", cache: `FILE:${path}` } as const;
    await ours.open({ options: { host: HOST, credential } });
    return ours.step();
  };

  test("log on from a cache", async (t) => {
    const path = `${folder}/ops-cache`;
    kinit(path);
    const peer = await GssPeer.start("accept", env);
    t.after(() => peer.stop());
    assert.equal((await peer.step((await stepWith(t, path)).token)).peer, OPS.principal);
  });

  test("are called expired when they are", async (t) => {
    const path = `${folder}/expired-cache`;
    const before = Math.floor(Date.now() / 1000);
    kinit(path);
    expireSince(path, before);
    assertTold("Kerberos: ticket expired (32)", await clientFailure(stepWith(t, path)));
  });

  test("are no use while this machine's clock is off, which the domain says", async (t) => {
    const path = `${folder}/skewed-cache`;
    kinit(path);
    shiftClock(path, 3600);
    assertTold("Kerberos: clock skew (37)", await clientFailure(stepWith(t, path)));
  });
});

/** The account's `badPwdCount`, read from the domain's database. */
function badPasswords(account: string): number {
  const script = [
    "import sys",
    "from samba.auth import system_session",
    "from samba.param import LoadParm",
    "from samba.samdb import SamDB",
    "lp = LoadParm()",
    "lp.load(sys.argv[1] + '/etc/smb.conf')",
    "samdb = SamDB(url=sys.argv[1] + '/private/sam.ldb', session_info=system_session(), lp=lp)",
    "found = samdb.search(expression='(sAMAccountName=%s)' % sys.argv[2], attrs=['badPwdCount'])",
    "print(int(found[0].get('badPwdCount', [b'0'])[0]))",
  ];
  return Number(execFileSync(PYTHON, ["-c", script.join("\n"), folder, account], { encoding: "utf8" }));
}

/** Samba's port is open: tried again when the connection is refused, as long as the process lives. */
async function listening(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1000 && server.exitCode === null; tries++) {
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("samba did not start");
}

function skipWithoutSambaAd(): string | false {
  const install = "apt-get install samba samba-ad-provision samba-dsdb-modules python3-samba";
  const files = "test -x /usr/sbin/samba && test -e /usr/share/samba/setup/provision.ldif";
  return (
    skipUnless([PYTHON, "-c", "import samba.provision, samba.samdb"], install) ||
    skipUnless(["sh", "-c", files], install) ||
    skipUnlessRoot("Samba's domain controller starts for nobody else")
  );
}
