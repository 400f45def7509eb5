/** Which modules are loaded when, and what is said when one is missing. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { createKerberosContext } from "../../../../provider/auth/kerberos/client";
import { KerberosError, kerberosUnavailable, reasonOf } from "../../../../provider/auth/kerberos/errors";
import { openNativeGss } from "../../../../provider/auth/kerberos/gss/native";
import { assertWording } from "../../../support/pages/golden";
import { isWinrmError, type WinrmError } from "../../../../provider/errors";

const AUTH = join(__dirname, "../../../../provider/auth");

/** The files that a new process has loaded after requiring these modules. */
function loadedBy(...modules: readonly string[]): string[] {
  const script = `
    for (const path of ${JSON.stringify(modules.map((name) => join(AUTH, name)))}) require(path);
    process.stdout.write(JSON.stringify(Object.keys(require.cache)));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as string[];
}

suite("loading", () => {
  test("NTLM and Basic load nothing of Kerberos, nor the other way round, and no native library comes by loading", () => {
    const ntlm = loadedBy("ntlm/client.js", "basic.js");
    assert.ok(ntlm.some((path) => path.endsWith("ntlm/client.js")));
    assert.deepEqual(
      ntlm.filter((path) => /koffi|auth\/kerberos|spnego/.test(path)),
      [],
    );
    const kerberos = loadedBy("kerberos/client.js", "spnego/negotiate.js");
    assert.ok(kerberos.some((path) => path.endsWith("kerberos/gss/gssapi.js")));
    assert.deepEqual(
      kerberos.filter((path) => /koffi|auth\/ntlm|\.node$/.test(path)),
      [],
    );
  });

  test("making a context loads nothing either", () => {
    const credential = { kind: "default" } as const;
    const gss = (): never => assert.fail("the library was opened");
    assert.equal(createKerberosContext({ host: "h", credential, gss }).scheme, "Kerberos");
  });

  test("a missing koffi, and one without a build for this system, are told apart, with the command that installs it", (t) => {
    const missing = Object.assign(new Error("Cannot find module 'koffi'"), { code: "MODULE_NOT_FOUND" });
    const messages = [missing, new Error("Cannot find the native Koffi module")].map((error) => {
      const loadKoffi = (): never => {
        throw error;
      };
      const thrown = thrownBy(() => openNativeGss({ platform: "linux", loadKoffi }));
      assert.equal(thrown.code, "WINRM_E_METHOD_UNSUPPORTED");
      assert.match(thrown.message, /npm install koffi/);
      return thrown.message;
    });
    assert.notEqual(messages[0], messages[1]);
    assertWording(t, ...messages);
  });

  test("a missing system library is named with the packages that have it", () => {
    const tried: string[] = [];
    const loadKoffi = () => ({
      config: () => assert.fail("settings are fixed"),
      load: (name: string) => {
        tried.push(name);
        throw new Error("cannot open shared object file");
      },
    });
    assert.throws(() => openNativeGss({ platform: "linux", loadKoffi }), {
      code: "WINRM_E_METHOD_UNSUPPORTED",
      message: /libgssapi_krb5\.so\.2[^]*apt-get install libgssapi-krb5-2[^]*krb5-libs/,
    });
    assert.deepEqual(tried, ["libgssapi_krb5.so.2", "libgssapi.so.3"]);
  });

  test("a system without a GSSAPI of its own is told so", () => {
    assert.throws(() => openNativeGss({ platform: "aix" }), { code: "WINRM_E_METHOD_UNSUPPORTED", message: /aix/ });
  });
});

suite("the reasons of failures", () => {
  test("a name that cannot be one is refused before anything is loaded", () => {
    const credential = { kind: "default" } as const;
    for (const host of ["", "a/b", "a@B", "a\\b", "a\nb", "a b"]) {
      assert.throws(() => createKerberosContext({ host, credential }), { code: "WINRM_E_ARGUMENT" });
      assert.throws(() => createKerberosContext({ host: "h", spn: { realm: host }, credential }), {
        code: "WINRM_E_ARGUMENT",
      });
    }
  });

  test("are taken from the minor status, else from the major one", () => {
    const base = 0x96c73a00;
    const rows = [
      [0x000d0000, base + 7, "unknown-service"],
      [0x00070000, base + 24, "wrong-password"],
      [0x00070000, base + 31, "wrong-password"],
      [0x00070000, base + 6, "unknown-account"],
      [0x00070000, base + 18, "account-revoked"],
      [0x00070000, base + 141, "no-credential"],
      [0x00070000, 0x025ea100, "no-credential"],
      [0x000d0000, (base + 37) | 0, "clock-skew"],
      [0x00040000, 0, "channel-binding"],
      [0x000b0000, 0, "ticket-expired"],
      [0x000d0000, 22, "other"],
    ] as const;
    for (const [major, minor, reason] of rows) assert.equal(reasonOf({ major, minor }), reason);
  });

  test("about an account never let another mechanism try", () => {
    const account = [
      "wrong-password",
      "unknown-account",
      "account-revoked",
      "account-expired",
      "password-expired",
      "logon-restricted",
    ] as const;
    for (const reason of account) {
      assert.equal(new KerberosError(reason).code, "WINRM_E_LOGON_DENIED");
      assert.equal(kerberosUnavailable(new KerberosError(reason)), false);
    }
    for (const reason of ["no-credential", "unknown-service", "no-kdc"] as const) {
      assert.equal(kerberosUnavailable(new KerberosError(reason)), true);
    }
    assert.equal(kerberosUnavailable(new Error("x")), false);
  });
});

function thrownBy(run: () => unknown): WinrmError {
  try {
    run();
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}
