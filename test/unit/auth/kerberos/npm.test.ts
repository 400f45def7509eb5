/** The npm package `kerberos` as the second library: when it serves, what it is asked for, and what is refused by name. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AuthContext } from "../../../../provider/auth/auth-context";
import { chooseKerberosLibrary } from "../../../../provider/auth/kerberos-library";
import { createKerberosContext, type KerberosOptions } from "../../../../provider/auth/kerberos/client";
import { kerberosUnavailable } from "../../../../provider/auth/kerberos/errors";
import { type NpmKerberosClient, openNpmKerberos } from "../../../../provider/auth/kerberos/npm/package";
import { isWinrmError } from "../../../../provider/errors";

const HOST = "web01.winrm.test";
/** A message of AES: header of 16 bytes, flags 06 (sealed), then confounder, copy of the header and checksum. */
const AES_HEADER = Buffer.concat([Buffer.from("050406ff0000001c0000000000000001", "hex"), Buffer.alloc(44, 7)]);

type Script = Partial<Record<"first" | "second", { readonly token: string | null; readonly username: string | null }>>;

/** The package, with what it was asked for. */
class Package {
  readonly asked: unknown[] = [];
  readonly #script: Script;
  failure: Error | undefined;
  unwrapped: string[] = [];

  constructor(script: Script = {}) {
    this.#script = {
      first: { token: "Zmlyc3Q=", username: null },
      second: { token: null, username: "alice" },
      ...script,
    };
  }

  context(options: Partial<KerberosOptions> = {}) {
    const npm = () => ({
      initializeClient: (service: string, asked: object) => {
        this.asked.push([service, asked]);
        return Promise.resolve(this.#client());
      },
    });
    const credential = { kind: "default" } as const;
    return createKerberosContext({
      ...{ host: HOST, credential, library: "kerberos", requireSealing: false, platform: "linux", npm },
      ...options,
    });
  }

  #client(): NpmKerberosClient {
    const [script, asked, failure] = [this.#script, this.asked, () => this.failure];
    let username: string | null = null;
    return {
      get username() {
        return username;
      },
      step: (challenge) => {
        asked.push(challenge);
        const reason = failure();
        if (reason !== undefined) return Promise.reject(reason);
        const outcome = challenge === "" ? script.first : script.second;
        username = outcome?.username ?? null;
        return Promise.resolve(outcome?.token ?? null);
      },
      wrap: (message) =>
        Promise.resolve(Buffer.concat([AES_HEADER, Buffer.from(message, "base64")]).toString("base64")),
      unwrap: (message) => {
        this.unwrapped.push(message);
        const bytes = Buffer.from(message, "base64").subarray(AES_HEADER.length);
        return bytes.includes("changed")
          ? Promise.reject(new Error("DecryptMessage: it was altered"))
          : Promise.resolve(bytes.toString("base64"));
      },
    };
  }
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(isWinrmError(error));
    return error.code;
  }
  return "none";
}

suite("which library makes Kerberos logons", () => {
  const installed =
    (...names: string[]) =>
    (name: string) =>
      names.includes(name);

  test("koffi serves where it can be loaded, the npm package kerberos only where koffi cannot", () => {
    assert.equal(chooseKerberosLibrary(undefined, installed("koffi", "kerberos")), "koffi");
    assert.equal(chooseKerberosLibrary("", installed("koffi")), "koffi");
    assert.equal(chooseKerberosLibrary(undefined, installed("kerberos")), "kerberos");
    assert.equal(chooseKerberosLibrary(undefined, installed()), "koffi");
  });

  test("WINRM_KERBEROS decides, installed or not, and a value that names neither is refused", () => {
    assert.equal(chooseKerberosLibrary("kerberos", installed("koffi")), "kerberos");
    assert.equal(chooseKerberosLibrary("koffi", installed("kerberos")), "koffi");
    for (const wanted of ["Kerberos", "mit", " koffi"]) {
      assert.throws(() => chooseKerberosLibrary(wanted, installed("koffi")), { code: "WINRM_E_ARGUMENT" });
    }
  });

  test("a package that was asked for and is missing is named with the command that installs it", () => {
    const load = () => {
      throw Object.assign(new Error("Cannot find module 'kerberos'"), { code: "MODULE_NOT_FOUND" });
    };
    assert.throws(() => openNpmKerberos(load), { code: "WINRM_E_METHOD_UNSUPPORTED", message: /npm install kerberos/ });
  });
});

suite("a logon through the npm package kerberos", () => {
  test("asks for the service by its host with the krb5 mechanism, mutual, and is done when the host's token completes it", async () => {
    const kerberos = new Package();
    const context = kerberos.context();
    assert.deepEqual(await context.step(), { token: Buffer.from("first"), done: false });
    assert.deepEqual(await context.step(Buffer.from("proof")), { done: true });
    assert.deepEqual(kerberos.asked, [[`HTTP@${HOST}`, { mechOID: 9, flags: 62 }], "", "cHJvb2Y="]);
  });

  test("asks for the tickets of the principal that is named", async () => {
    const kerberos = new Package();
    await kerberos.context({ credential: { kind: "cache", principal: "bob@WINRM.TEST" } }).step();
    assert.deepEqual(kerberos.asked[0], [`HTTP@${HOST}`, { mechOID: 9, flags: 62, principal: "bob@WINRM.TEST" }]);
  });

  test("on Windows asks for the service principal name, with the flags of SSPI", async () => {
    const kerberos = new Package();
    await kerberos.context({ platform: "win32", spn: { realm: "WINRM.TEST" } }).step();
    assert.deepEqual(kerberos.asked[0], [`HTTP/${HOST}@WINRM.TEST`, { mechOID: 9, flags: 0x1_001e }]);
  });

  test("is refused where the context completes without a token of the host", async () => {
    const early = new Package({ first: { token: "Zmlyc3Q=", username: "alice" } });
    assert.equal(await codeOf(() => early.context().step()), "WINRM_E_KERBEROS");
    const silent = new Package().context();
    await silent.step();
    assert.equal(await codeOf(() => silent.step(Buffer.alloc(0))), "WINRM_E_KERBEROS");
  });

  test("shows the text of the system's library in one line, and the likely causes, since there is no number", async () => {
    const kerberos = new Package();
    kerberos.failure = new Error("Unspecified GSS failure:\n\u001b[31m No Kerberos credentials available");
    await assert.rejects(kerberos.context().step(), (error) => {
      assert.ok(isWinrmError(error));
      assert.equal(error.code, "WINRM_E_KERBEROS");
      assert.match(error.message, /No Kerberos credentials available/);
      assert.doesNotMatch(error.summary, /[\n\u001b]/);
      assert.equal(error.context.causes?.length, 4);
      return true;
    });
  });
});

suite("what the npm package kerberos cannot do", () => {
  const password = { kind: "password", principal: "alice@WINRM.TEST", password: "a made-up password" } as const;
  const rows: readonly (readonly [string, Partial<KerberosOptions>])[] = [
    ["a password", { credential: password }],
    ["a password on Windows", { credential: password, platform: "win32" }],
    ["a keytab", { credential: { kind: "keytab", principal: "alice@WINRM.TEST", keytab: "/etc/alice.keytab" } }],
    ["a named ticket cache", { credential: { kind: "cache", cache: "FILE:/tmp/cache" } }],
    ["another account on Windows", { credential: { kind: "cache", principal: "bob@WINRM.TEST" }, platform: "win32" }],
    ["sealed messages on Linux", { requireSealing: true }],
    ["sealed messages on macOS", { requireSealing: true, platform: "darwin" }],
    ["a channel binding", { channelBinding: Buffer.from("tls-server-end-point:x") }],
    ["a channel binding on Windows", { channelBinding: Buffer.from("tls-server-end-point:x"), platform: "win32" }],
    ["a realm of the service on Linux", { spn: { realm: "OTHER.TEST" } }],
  ];
  for (const [what, options] of rows) {
    test(`${what} is refused by name before the package is loaded, and another mechanism may be tried`, async () => {
      const npm = () => assert.fail("the package was loaded");
      await assert.rejects(new Package().context({ ...options, npm }).step(), (error) => {
        assert.ok(isWinrmError(error));
        assert.equal(error.code, "WINRM_E_METHOD_UNSUPPORTED");
        assert.match(error.context.remedy ?? "", /npm install koffi/);
        assert.doesNotMatch(`${error.stack ?? ""}${JSON.stringify(error)}`, /a made-up password/);
        return kerberosUnavailable(error);
      });
    });
  }
});

suite("messages sealed by the npm package kerberos on Windows", () => {
  const established = async (kerberos: Package) => {
    const context = kerberos.context({ platform: "win32", requireSealing: true });
    await context.step();
    await context.step(Buffer.from("proof"));
    return sealingOf(context);
  };
  const sealingOf = (context: Pick<AuthContext, never> & ReturnType<Package["context"]>) => {
    const sealing = context.protection();
    assert.ok("deferred" in sealing);
    return sealing;
  };
  const plain = Buffer.from("<s:Envelope>a message</s:Envelope>");

  test("travel in both directions, as header and data", async () => {
    const sealing = await established(new Package());
    const sealed = await sealing.seal(plain);
    assert.deepEqual([sealed.signature.length, sealed.sealed.length], [AES_HEADER.length, plain.length]);
    assert.deepEqual(await sealing.unseal({ signature: AES_HEADER, sealed: plain }), plain);
  });

  test("are refused if changed, and nothing is opened after that", async () => {
    const sealing = await established(new Package());
    const changed = { signature: AES_HEADER, sealed: Buffer.from("<s:Envelope>changed</s:Envelope>") };
    assert.equal(await codeOf(() => sealing.unseal(changed)), "WINRM_E_MESSAGE_INTEGRITY");
    const good = { signature: AES_HEADER, sealed: plain };
    assert.equal(await codeOf(() => sealing.unseal(good)), "WINRM_E_MESSAGE_INTEGRITY");
  });

  test("that are empty or merely signed never reach the package, which does not tell them", async () => {
    const signed = Buffer.from(AES_HEADER);
    signed[2] = 0x04;
    for (const message of [
      { signature: AES_HEADER, sealed: Buffer.alloc(0) },
      { signature: AES_HEADER, sealed: Buffer.alloc(16) },
      { signature: signed, sealed: plain },
    ]) {
      const kerberos = new Package();
      const sealing = await established(kerberos);
      assert.equal(await codeOf(() => sealing.unseal(message)), "WINRM_E_MESSAGE_INTEGRITY");
      assert.deepEqual(kerberos.unwrapped, []);
    }
  });
});
