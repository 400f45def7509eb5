/** The provider and the CLI in Node for Windows, under Wine, against the simulated host on this system. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { skipWithoutKerberos } from "../kerberos/client-process";
import { HOST, PASSWORDS, REALM, Realm, type RealmEnv } from "../kerberos/realm";
import type { ProviderRequest } from "./provider-main";
import { skipWithoutWine, windowsPath, Wine } from "./wine";

const skip = skipWithoutKerberos() || skipWithoutWine();
const LOCAL = { name: "ops", password: "A-local-password-1" };
const CLI = join(__dirname, "../../../provider/cli/main.js");
const SERVICE_LEAF = "service/auth/Certificate";

let realm: Realm;
let wine: Wine;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  // The host's end of Kerberos reads the realm's settings from the environment.
  Object.assign(process.env, realm.env());
  wine = new Wine();
});
after(async () => {
  if (skip !== false) return;
  wine.stop();
  await realm.stop();
});

async function hostFor(
  t: TestContext,
  options: Parameters<typeof SimulatedHost.start>[0] = {},
): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [LOCAL], https: true, ...options });
  t.after(() => host.stop());
  return host;
}

interface Answer {
  readonly platform?: string;
  readonly step?: string;
  readonly outputs?: Record<string, unknown>;
  readonly error?: string;
}

/** The provider's process on Windows, with the settings of a runner. */
async function provider(t: TestContext, env: RealmEnv): Promise<(request: ProviderRequest) => Promise<Answer>> {
  const lines = await wine.lines(join(__dirname, "provider-main.js"), env);
  t.after(() => lines.stop());
  return async (request) => JSON.parse(await lines.ask(JSON.stringify(request))) as Answer;
}

function connection(host: SimulatedHost, transport: "http" | "https", auth: object): object {
  const port = host[transport]?.port;
  const tls = transport === "https" ? { tls: { ca: host.https?.certificatePem } } : {};
  return { host: "localhost", port, transport, auth, ...tls };
}

const NTLM = { method: "ntlm", username: LOCAL.name } as const;
const SPN = { host: HOST, realm: REALM };
const DOMAIN_USER = { method: "kerberos", username: `alice@${REALM}`, kerberos: SPN } as const;

suite("the provider in Node for Windows", { skip }, () => {
  test("creates, changes, reads and restores over http, and every message is sealed with NTLM", async (t) => {
    const host = await hostFor(t);
    const ask = await provider(t, { WINRM_PASSWORD: LOCAL.password, WINRM_TRUSTED_HOSTS: "localhost" });
    const args = (certificate: boolean) => ({
      connection: connection(host, "http", NTLM),
      service: { certificate },
    });
    const made = await ask({ op: "up", type: "AuthConfig", args: args(true) });
    assert.deepEqual([made.error, made.platform, made.step], [undefined, "win32", "created"]);
    assert.equal(host.config.get(SERVICE_LEAF), "true");
    assert.equal((await ask({ op: "up", type: "AuthConfig", args: args(true) })).step, "unchanged");
    host.config.set(SERVICE_LEAF, "false");
    assert.equal((await ask({ op: "refresh" })).error, undefined);
    assert.equal((await ask({ op: "up", type: "AuthConfig", args: args(true) })).step, "updated");
    assert.equal(host.config.get(SERVICE_LEAF), "true");
    assert.equal((await ask({ op: "destroy" })).error, undefined);
    assert.equal(host.config.get(SERVICE_LEAF), "false");
    assert.ok(host.journal.requests().length > 5);
    assert.ok(host.journal.requests().every(({ sealed }) => sealed));
    assert.ok(!JSON.stringify(made).includes(LOCAL.password));
  });

  test("is let in by a host at Strict over https: NTLM is bound to the channel", async (t) => {
    const host = await hostFor(t);
    host.config.set("service/auth/CbtHardeningLevel", "Strict");
    const ask = await provider(t, { WINRM_PASSWORD: LOCAL.password });
    const args = { connection: connection(host, "https", NTLM), entries: ["a.example.com"], mode: "entries" };
    const made = await ask({ op: "up", type: "TrustedHosts", args });
    assert.deepEqual([made.error, made.step], [undefined, "created"]);
    assert.equal(host.config.get("client/TrustedHosts"), "a.example.com");
  });

  test("logs on with Kerberos over https, with a password and as the running account", async (t) => {
    const cache = `FILE:${realm.folder}/windows-account`;
    realm.kinit("alice", cache);
    const users = [
      { auth: DOMAIN_USER, env: { ...realm.env(), WINRM_PASSWORD: PASSWORDS.alice } },
      { auth: { method: "kerberos", kerberos: SPN }, env: realm.env({ cache }) },
    ];
    for (const { auth, env } of users) {
      const host = await hostFor(t, { kerberos: { keytab: realm.keytab } });
      const ask = await provider(t, env);
      const args = { connection: connection(host, "https", auth), service: { certificate: true } };
      const made = await ask({ op: "up", type: "AuthConfig", args });
      assert.deepEqual([made.error, made.step], [undefined, "created"]);
      const accounts = new Set(
        host.journal.requests().map(({ auth: by, account }) => `${by} ${account?.toLowerCase()}`),
      );
      assert.deepEqual([...accounts], [`Kerberos alice@${REALM}`.replace(REALM, REALM.toLowerCase())]);
    }
  });

  test("a wrong password for Kerberos is one refusal at the domain, and the host is not asked", async (t) => {
    const host = await hostFor(t, { kerberos: { keytab: realm.keytab } });
    const before = realm.log.split("PREAUTH_FAILED").length;
    const ask = await provider(t, { ...realm.env(), WINRM_PASSWORD: "Not-her-password-1" });
    const args = { connection: connection(host, "https", DOMAIN_USER), service: { certificate: true } };
    const { error } = await ask({ op: "up", type: "AuthConfig", args });
    assert.match(error ?? "", /alice@WINRM\.TEST/);
    assert.ok(error?.includes("Not-her-password-1") === false);
    assert.equal(realm.log.split("PREAUTH_FAILED").length - before, 1);
    assert.deepEqual(host.journal.requests(), []);
  });

  test("doctor explains the way to a host, with a certificate and a password from Windows paths", async (t) => {
    const host = await hostFor(t);
    const [ca, password] = [join(realm.folder, "host.pem"), join(realm.folder, "password")];
    writeFileSync(ca, host.https?.certificatePem ?? "");
    writeFileSync(password, `${LOCAL.password}\r\n`);
    const args = [
      "doctor",
      "localhost",
      "--port",
      String(host.https?.port),
      "--method",
      "ntlm",
      "--username",
      LOCAL.name,
    ];
    const files = ["--ca", windowsPath(ca), "--password-file", windowsPath(password)];
    const { code, stdout } = await wine.run(CLI, [...args, ...files, "--json"]);
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: { name: string; verdict: string }[] };
    assert.deepEqual([code, ok], [0, true]);
    assert.ok(steps.every(({ verdict }) => verdict === "ok"));
    assert.ok(steps.some(({ name }) => name === "rights"));
    assert.ok(!stdout.includes(LOCAL.password));
  });
});
