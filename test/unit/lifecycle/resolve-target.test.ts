/** What a connection may be, and what is refused before anything is sent. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isWinrmError } from "../../../provider/errors";
import { type Connection, connectionIdentity } from "../../../provider/lifecycle/connection";
import { isLoopback, resolveTarget } from "../../../provider/lifecycle/resolve-target";
import { Settings } from "../../../provider/lifecycle/settings";
import { displayHost } from "../../../provider/session/target";

const SECRET = "Planted-password-1";
const AUTH = { username: "WEB01\\ops", password: SECRET };

function resolved(connection: Partial<Connection>, config: Readonly<Record<string, unknown>> = {}) {
  return resolveTarget({ host: "web01", auth: AUTH, ...connection }, new Settings((key) => config[key], {}));
}

function refused(connection: Partial<Connection>, config: Readonly<Record<string, unknown>> = {}) {
  try {
    resolved(connection, config);
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    assert.doesNotMatch(error.message + JSON.stringify(error), new RegExp(SECRET));
    return { code: error.code, message: error.message };
  }
  throw new Error("the connection was accepted");
}

suite("resolving a connection", () => {
  test("everything is defaulted", () => {
    assert.deepEqual(resolved({}), {
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
        connectTimeoutMs: 10_000,
        operationTimeoutMs: 30_000,
      },
      warnings: [],
    });
  });

  test("basic over http is refused, unless on purpose and then with a warning", () => {
    const basic = { transport: "http", auth: { ...AUTH, method: "basic" } } as const;
    const { code, message } = refused(basic);
    assert.equal(code, "WINRM_E_UNENCRYPTED_REFUSED");
    assert.match(message, /^web01: basic over http.*\n {2}next: use transport "https", or method "ntlm"/);
    const { warnings } = resolved({ ...basic, allowUnencrypted: true });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /travel readable/);
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

  test("a connection without credentials says that explicit credentials are required, and how to give them", () => {
    const nothing = refused({ host: "10.0.0.7", auth: {} });
    assert.equal(nothing.code, "WINRM_E_CREDENTIALS_REQUIRED");
    assert.match(nothing.message, /explicit credentials are required for negotiate, and there is no user name/);
    assert.match(
      nothing.message,
      /connection\.auth\.username, .* WINRM_USERNAME, or: pulumi config set winrm:username/,
    );
    const name = refused({ auth: { method: "basic", username: "ops" } });
    assert.match(name.message, /explicit credentials are required for basic, and there is no password/);
    assert.match(name.message, /WINRM_PASSWORD, or: pulumi config set --secret winrm:password/);
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

  test("a certificate that is not verified draws a warning each time, and only over https", () => {
    const { warnings } = resolved({ tls: { insecureSkipVerify: true } });
    assert.match(warnings.join(), /certificate of web01 is not verified/);
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
