/** What a process loads: the declaring half nothing that talks to hosts, and a session the code of its own method only. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { asn1, pkcs12, pki, util } from "node-forge";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import type { SimulatedHost } from "../../simulator";
import { clientCertificate } from "../support/hosts/client-certificates";
import { ADMIN, startHost } from "../support/processes/recorded-process";

const PROVIDER = join(projectRoot, "dist", "provider");

/** What one method needs and another must do without. */
const METHOD_CODE = {
  ntlm: /dist\/provider\/auth\/ntlm\//,
  spnego: /dist\/provider\/auth\/spnego\//,
  kerberos: /dist\/provider\/auth\/kerberos\//,
  digest: /dist\/provider\/(?:auth\/digest|session\/logon\/digest-logon)\.js/,
  koffi: /node_modules\/(?:koffi|@koromix)\//,
  "node-forge": /node_modules\/node-forge\//,
} as const;

type Part = keyof typeof METHOD_CODE;

interface Loaded {
  readonly files: readonly string[];
}

/** Runs a script in a new process; it answers with what it loaded, Node's own modules left out. */
async function child(script: string, env: NodeJS.ProcessEnv = {}): Promise<Loaded> {
  const run = promisify(execFile)(process.execPath, ["-e", script], { env: { ...process.env, ...env } });
  const { stdout } = await run;
  const loaded = JSON.parse(stdout) as Loaded;
  return { ...loaded, files: loaded.files.map((file) => file.replaceAll("\\", "/")) };
}

function partsOf({ files }: Loaded): Part[] {
  return (Object.keys(METHOD_CODE) as Part[]).filter((part) => files.some((file) => METHOD_CODE[part].test(file)));
}

/** One read of a host as the provider process makes it, whether or not the logon succeeds. */
function readOnce(connection: object, env: NodeJS.ProcessEnv = {}): Promise<Loaded> {
  const script = `
    const { AuthConfig } = require(${JSON.stringify(join(PROVIDER, "runtime.js"))});
    const props = ${JSON.stringify({ connection })};
    AuthConfig.read("winrm/auth", props).catch(() => undefined).then(() => {
      process.stdout.write(JSON.stringify({ files: Object.keys(require.cache) }), () => process.exit(0));
    });`;
  return child(script, env);
}

function local(host: SimulatedHost, method: string) {
  const auth = { method, username: ADMIN.name, password: ADMIN.password };
  return { host: "127.0.0.1", transport: "http", port: host.http!.port, auth };
}

/** A Kerberos configuration that finds no domain, whatever the machine is joined to. */
function nowhere(t: TestContext): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), "winrm-krb5-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "krb5.conf");
  writeFileSync(file, "[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n");
  return { KRB5_CONFIG: file };
}

function koffiIsInstalled(): boolean {
  try {
    require.resolve("koffi");
    return true;
  } catch {
    return false;
  }
}

/** What the class Provider judges its arguments with: plain functions. */
const CHECKS_OF_SETTINGS =
  /provider\/(?:contract\/(?:provider-settings|checks|unknown|connection|settings)|session\/(?:target|transport\/proxy))\.js$/;

suite("loaded modules", () => {
  test("a program that declares resources loads no session, no HTTP client, no XML and no authentication", async () => {
    const index = JSON.stringify(join(PROVIDER, "index.js"));
    const { files } = await child(
      `require(${index}); process.stdout.write(JSON.stringify({ files: Object.keys(require.cache) }));`,
    );
    assert.ok(files.some((file) => file.endsWith("dist/provider/program/resources/auth-config.js")));
    assert.deepEqual(
      files
        .filter((file) => !CHECKS_OF_SETTINGS.test(file))
        .filter((file) =>
          /dist\/(?:provider\/(?:session|wsman|auth|host|x509|connect|program\/preflight|lifecycle|engine|fleet)|simulator)\/|node_modules\/(?:undici|saxes|fast-xml-[a-z]+|node-forge|koffi|commander)\//.test(
            file,
          ),
        ),
      [],
    );
  });

  test("the runtime by itself loads no method at all", async () => {
    const runtime = JSON.stringify(join(PROVIDER, "runtime.js"));
    const loaded = await child(
      `require(${runtime}); process.stdout.write(JSON.stringify({ files: Object.keys(require.cache) }));`,
    );
    assert.ok(loaded.files.some((file) => file.endsWith("dist/provider/session/session.js")));
    assert.deepEqual(partsOf(loaded), []);
    assert.deepEqual(
      loaded.files.filter((file) => /dist\/simulator\/|node_modules\/(?:@pulumi|@grpc|commander)\//.test(file)),
      [],
    );
  });

  test("Basic loads nothing of the others", async (t) => {
    const host = await startHost(t, { https: true, config: { "service/auth/Basic": true } });
    const { port, fingerprintSha256 } = host.https!;
    const connection = { ...local(host, "basic"), transport: "https", port, tls: { pinnedSha256: fingerprintSha256 } };
    const loaded = await readOnce(connection);
    assert.deepEqual(partsOf(loaded), []);
    assert.equal(host.journal.requests().at(-1)?.auth, "Basic");
  });

  test("Digest loads its own code, and nothing of the others", async (t) => {
    const host = await startHost(t);
    const loaded = await readOnce({ ...local(host, "digest"), allowUnencrypted: true });
    assert.deepEqual(partsOf(loaded), ["digest"]);
  });

  test("a client certificate loads nothing of the others, and what opens PFX files for a PFX only", async (t) => {
    const host = await startHost(t, { https: true });
    const { certPem, keyPem } = clientCertificate();
    const pfx = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(keyPem), pki.certificateFromPem(certPem), "for-the-test");
    const forms = [
      [{ certificatePem: certPem, privateKeyPem: keyPem }, []],
      [{ pfx: util.encode64(asn1.toDer(pfx).getBytes()), passphrase: "for-the-test" }, ["node-forge"]],
    ] as const;
    for (const [form, parts] of forms) {
      const { port, fingerprintSha256 } = host.https!;
      const auth = { method: "certificate", ...form };
      const loaded = await readOnce({ host: "127.0.0.1", port, auth, tls: { pinnedSha256: fingerprintSha256 } });
      assert.deepEqual(partsOf(loaded), parts);
      assert.equal(host.journal.entries().at(-1)?.status, 401);
    }
  });

  for (const method of ["ntlm", "negotiate"]) {
    test(`${method} with a local account loads NTLM, and nothing of Kerberos`, async (t) => {
      const host = await startHost(t);
      const loaded = await readOnce(local(host, method));
      assert.deepEqual(partsOf(loaded), ["ntlm"]);
      assert.equal(host.journal.requests().at(-1)?.auth, "NTLM");
    });
  }

  for (const [method, expected] of [
    ["kerberos", ["kerberos"]],
    ["negotiate", ["ntlm", "spnego", "kerberos"]],
  ] as const) {
    const skip = koffiIsInstalled() ? false : "not installed: npm install koffi";
    test(`${method} with a domain account loads Kerberos with the native library`, { skip }, async (t) => {
      const host = await startHost(t);
      const kerberos = { host: "web01.nowhere.test", realm: "NOWHERE.TEST" };
      const auth = { method, username: "ops@NOWHERE.TEST", password: ADMIN.password, kerberos };
      const loaded = await readOnce({ ...local(host, method), auth }, nowhere(t));
      const native: readonly Part[] = ["koffi"];
      assert.deepEqual(partsOf(loaded), [...expected, ...native]);
    });
  }
});
