/** What a connection may be, and what is refused before anything is sent. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { asn1, pkcs12, pki } from "node-forge";
import { isWinrmError, type WinrmError } from "../../../provider/errors";
import { type Auth, type Connection, connectionIdentity } from "../../../provider/contract/connection/connection";
import { isLoopback } from "../../../provider/connect/no-proxy";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { accountOf, displayHost } from "../../../provider/session/target";
import { clientCertificate } from "../../support/hosts/client-certificates";
import { assertWording } from "../../support/pages/golden";

const SECRET = "Planted-password-1";
const AUTH = { username: "WEB01\\ops", password: SECRET };

function resolved(connection: Partial<Connection>, config: Readonly<Record<string, unknown>> = {}) {
  return resolveTarget({ host: "web01", auth: AUTH, ...connection }, new Settings((key) => config[key], {}));
}

function refused(connection: Partial<Connection>, config: Readonly<Record<string, unknown>> = {}): WinrmError {
  const error = thrownBy(() => resolved(connection, config));
  assert.doesNotMatch(error.message + JSON.stringify(error), new RegExp(SECRET));
  return error;
}

function thrownBy(run: () => unknown): WinrmError {
  try {
    run();
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    return error;
  }
  throw new Error("the connection was accepted");
}

const CLIENT = clientCertificate({ upn: "ops@localhost" });
const PEMS = { certificatePem: CLIENT.certPem, privateKeyPem: CLIENT.keyPem };

function withCertificate(
  auth: Auth,
  env: NodeJS.ProcessEnv = {},
  files: Readonly<Record<string, string | Buffer>> = {},
) {
  return resolveTarget({ host: "web01", auth }, new Settings(() => undefined, env), (path) => {
    const content = files[path];
    if (content === undefined) throw new Error(`no such file: ${path}`);
    return content;
  }).target.auth;
}

suite("resolving a client certificate", () => {
  const pfx = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(CLIENT.keyPem), pki.certificateFromPem(CLIENT.certPem), SECRET);
  const bytes = Buffer.from(asn1.toDer(pfx).getBytes(), "binary");
  const base64 = bytes.toString("base64");

  test("takes each part as a value, from a variable and from a file; a PFX is base64, or the file itself", () => {
    const env = { CERT: CLIENT.certPem, KEY: CLIENT.keyPem, PFX: base64, PASS: SECRET };
    const files = {
      "ops.pem": `${CLIENT.certPem}\n`,
      "ops.key": CLIENT.keyPem,
      "ops.pfx": bytes,
      "ops.b64": `${base64}\n`,
    };
    const forms: readonly Auth[] = [
      PEMS,
      { certificatePem: { env: "CERT" }, privateKeyPem: { env: "KEY" } },
      { certificatePem: { file: "ops.pem" }, privateKeyPem: { file: "ops.key" } },
      { pfx: base64.replace(/.{64}/g, "$&\n"), passphrase: SECRET },
      { pfx: { env: "PFX" }, passphrase: { env: "PASS" } },
      { pfx: { file: "ops.pfx" }, passphrase: SECRET },
      { pfx: { file: "ops.b64" }, passphrase: SECRET },
    ];
    for (const [index, form] of forms.entries()) {
      for (const auth of [form, { ...form, method: "certificate" as const }]) {
        const resolved = withCertificate(auth, env, files);
        assert.equal(resolved.method, "certificate", String(index));
        assert.equal(accountOf(resolved), "ops@localhost");
      }
    }
  });

  test("comes from configuration and environment where the program is silent, and as one piece", () => {
    const env = {
      WINRM_CERTIFICATE_PEM: CLIENT.certPem,
      WINRM_PRIVATE_KEY_PEM: JSON.stringify({ env: "KEY" }),
      KEY: CLIENT.keyPem,
    };
    assert.equal(withCertificate({}, env).method, "certificate");
    assert.equal(withCertificate({}, { WINRM_PFX: base64, WINRM_PASSPHRASE: SECRET }).method, "certificate");
    // A certificate for all hosts does not replace the user name and password that the program names for this one.
    assert.equal(withCertificate({ username: "ops", password: SECRET }, env).method, "ntlm");
    // And a user name and password for all hosts do not replace the certificate that it names.
    const passwords = { WINRM_USERNAME: "ops", WINRM_PASSWORD: SECRET };
    assert.equal(withCertificate(PEMS, passwords).method, "certificate");
    assert.throws(() => withCertificate({ certificatePem: CLIENT.certPem }, env), {
      code: "WINRM_E_ARGUMENT",
      message: /auth\.privateKeyPem/,
    });
  });

  test("what is missing, twice there or unreadable is named", (t) => {
    const wrong: readonly [Auth, string][] = [
      [{ method: "certificate" }, "WINRM_E_CREDENTIALS_REQUIRED"],
      [{ method: "certificate", privateKeyPem: CLIENT.keyPem }, "WINRM_E_ARGUMENT"],
      [{ ...PEMS, pfx: base64 }, "WINRM_E_ARGUMENT"],
      [{ ...PEMS, password: SECRET }, "WINRM_E_ARGUMENT"],
      [{ pfx: "no base64!" }, "WINRM_E_ARGUMENT"],
      [{ pfx: { env: "MISSING" } }, "WINRM_E_SECRET_REFERENCE"],
      [{ pfx: { file: "missing" } }, "WINRM_E_SECRET_REFERENCE"],
      [{ pfx: { file: "empty" } }, "WINRM_E_SECRET_REFERENCE"],
      [{ pfx: { file: "ops.pfx" }, passphrase: { env: "MISSING" } }, "WINRM_E_SECRET_REFERENCE"],
    ];
    for (const [auth, code] of wrong) {
      const error = thrownBy(() => withCertificate(auth, {}, { empty: "", "ops.pfx": bytes }));
      assert.equal(error.code, code, error.message);
      assertWording(t, error.message);
    }
  });

  test("over http is refused, because there is no TLS to show it in", (t) => {
    const { code, message } = refused({ transport: "http", auth: { method: "certificate", ...PEMS } });
    assert.equal(code, "WINRM_E_ARGUMENT");
    assertWording(t, message);
  });
});

suite("resolving Digest", () => {
  const auth = { ...AUTH, method: "digest" } as const;

  test("over https is taken, and over http refused, because messages would be readable", (t) => {
    assert.deepEqual(structuredClone(resolved({ auth }).target.auth), {
      method: "digest",
      credential: AUTH,
      channelBinding: true,
    });
    assert.deepEqual(resolved({ auth }).warnings, []);
    const { code, message } = refused({ transport: "http", auth });
    assert.equal(code, "WINRM_E_UNENCRYPTED_REFUSED");
    assertWording(t, message);
  });

  test("over http on purpose is warned about each time", (t) => {
    const warned = [1, 2].map(() => resolved({ transport: "http", auth, allowUnencrypted: true }).warnings);
    assert.deepEqual(warned[1], warned[0]);
    assert.equal(warned[0]?.length, 1);
    assertWording(t, ...warned[0]);
  });

  test("needs explicit credentials", () => {
    assert.equal(refused({ auth: { method: "digest" } }).code, "WINRM_E_CREDENTIALS_REQUIRED");
  });
});

suite("resolving a connection", () => {
  test("everything is defaulted", (t) => {
    const { methodReason, ...rest } = resolved({});
    assertWording(t, methodReason());
    assert.deepEqual(structuredClone(rest), {
      target: {
        host: "web01",
        port: 5986,
        transport: "https",
        path: "/wsman",
        tls: {
          ca: undefined,
          serverName: undefined,
          pinnedSha256: undefined,
          insecureSkipVerify: false,
          maxVersion: undefined,
        },
        auth: { method: "ntlm", credential: AUTH, channelBinding: true },
        proxy: undefined,
        connectTimeoutMs: 10_000,
        operationTimeoutMs: 30_000,
      },
      warnings: [],
    });
  });

  test("basic over http is refused, unless on purpose and then with a warning", (t) => {
    const basic = { transport: "http", auth: { ...AUTH, method: "basic" } } as const;
    const { code, message } = refused(basic);
    assert.equal(code, "WINRM_E_UNENCRYPTED_REFUSED");
    const { warnings } = resolved({ ...basic, allowUnencrypted: true });
    assert.equal(warnings.length, 1);
    assertWording(t, message, ...warnings);
    assert.equal(refused({ ...basic, host: "127.0.0.1" }).code, "WINRM_E_UNENCRYPTED_REFUSED");
  });

  test("basic over https needs nothing", () => {
    assert.deepEqual(resolved({ auth: { ...AUTH, method: "basic" } }).warnings, []);
  });

  test("ntlm over http needs the host in the runner's trusted list", () => {
    const { code, message } = refused({ transport: "http" });
    assert.equal(code, "WINRM_E_NOT_TRUSTED");
    assert.match(message, /winrm:trustedHosts or to WINRM_TRUSTED_HOSTS/);
    for (const list of ["web01", "WEB01", "*", "web*", "<local>", '["x","web01"]']) {
      assert.deepEqual(resolved({ transport: "http" }, { "winrm:trustedHosts": list }).warnings, [], list);
    }
    assert.equal(refused({ transport: "http" }, { "winrm:trustedHosts": "web02,*.corp" }).code, "WINRM_E_NOT_TRUSTED");
    assert.equal(
      refused({ transport: "http", host: "web01.corp" }, { "winrm:trustedHosts": "<local>" }).code,
      "WINRM_E_NOT_TRUSTED",
    );
  });

  test("ntlm over http to this machine itself needs no trust, to names that look like it does", () => {
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"]) {
      assert.ok(isLoopback(host));
      assert.deepEqual(resolved({ transport: "http", host }).warnings, []);
    }
    for (const host of ["127.0.0.1.example.com", "localhost.example.com", "1127.0.0.1", "::2"]) {
      assert.equal(refused({ transport: "http", host }).code, "WINRM_E_NOT_TRUSTED");
    }
  });

  test("a connection without credentials says that explicit credentials are required, and how to give them", (t) => {
    const nothing = refused({ host: "10.0.0.7", auth: {} });
    assert.equal(nothing.code, "WINRM_E_CREDENTIALS_REQUIRED");
    for (const way of ["connection.auth.username", "WINRM_USERNAME", "pulumi config set winrm:username"])
      assert.ok(nothing.message.includes(way), way);
    const name = refused({ auth: { method: "basic", username: "ops" } });
    for (const way of ["connection.auth.password", "WINRM_PASSWORD", "pulumi config set --secret winrm:password"])
      assert.ok(name.message.includes(way), way);
    assertWording(t, nothing.message, name.message);
  });

  test("IPv6 addresses are taken bare and shown in brackets", () => {
    const { target } = resolved({ host: "2001:DB8::5" });
    assert.equal(displayHost(target), "[2001:DB8::5]");
    assert.equal(connectionIdentity({ host: "2001:DB8::5", port: 1234 }), "[2001:db8::5]:1234");
    assert.deepEqual(
      resolved({ host: "fe80::1", transport: "http" }, { "winrm:trustedHosts": "[FE80::1]" }).warnings,
      [],
    );
  });

  test("a fingerprint is taken in any usual spelling", () => {
    const plain = "0123456789abcdef".repeat(4);
    const colons = plain.toUpperCase().replace(/(..)(?!$)/g, "$1:");
    for (const pinnedSha256 of [plain, plain.toUpperCase(), colons])
      assert.equal(resolved({ tls: { pinnedSha256 } }).target.tls.pinnedSha256, plain);
  });

  test("a certificate that is not verified draws a warning each time, and only over https", (t) => {
    const { warnings } = resolved({ tls: { insecureSkipVerify: true } });
    assert.equal(warnings.length, 1);
    assertWording(t, ...warnings);
    const http = { transport: "http", host: "localhost", tls: { insecureSkipVerify: true } } as const;
    assert.deepEqual(resolved(http).warnings, []);
  });

  test("the identity of a host leaves out WinRM's own ports and ignores case", () => {
    assert.equal(connectionIdentity({ host: "WEB01" }), "web01");
    assert.equal(connectionIdentity({ host: "web01", port: 5985 }), "web01");
    assert.equal(connectionIdentity({ host: "web01", port: 5986 }), "web01");
    assert.equal(connectionIdentity({ host: "web01", port: 15_986 }), "web01:15986");
  });
});
