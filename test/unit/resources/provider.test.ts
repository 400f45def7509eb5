/** The explicit provider under Pulumi's mocks: what its process is told, and which arguments it refuses. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, suite, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, Provider, type ProviderArgs, isWinrmError } from "../../../provider";
import { siteOf } from "../../../provider/program/resources/provider";
import { checkProviderSettings } from "../../../provider/contract/connection/provider-settings";
import { SETTINGS } from "../../../provider/contract/connection/connection-settings";
import { assertWording } from "../../support/pages/golden";

const CONNECTION = { connection: { host: "web01" } };
let registered: { readonly type: string; readonly name: string; readonly inputs: Record<string, unknown> }[] = [];

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

async function inputsOf(provider: Provider): Promise<Record<string, unknown>> {
  await valueOf(provider.urn);
  return registered.at(-1)?.inputs ?? {};
}

/** The text of a secret as it is sent. */
function secretText(value: unknown): unknown {
  assert.ok(typeof value === "object" && value !== null && "value" in value, "is a secret");
  return value.value;
}

suite("the explicit provider", () => {
  beforeEach(() => {
    registered = [];
    pulumi.runtime.setAllConfig({});
    void pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          registered.push({ type, name, inputs: inputs as Record<string, unknown> });
          return { id: `${name}-id`, state: inputs as object };
        },
        call: () => ({}),
      },
      "proj",
      "dev",
    );
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
    pulumi.runtime.setAllConfig({});
  });

  test("hands its arguments to its process, typed as they are, the password as a secret", async () => {
    const inputs = await inputsOf(
      new Provider("site", { username: "ops", password: "by-value-1", port: 5985, trustedHosts: ["*.lab"] }),
    );
    assert.equal(registered[0]?.type, "pulumi:providers:pulumi-nodejs");
    assert.equal(secretText(inputs["winrm-provider:password"]), "by-value-1");
    assert.deepEqual(
      { ...inputs, "winrm-provider:password": "" },
      {
        "winrm-provider:username": "ops",
        "winrm-provider:password": "",
        "winrm-provider:port": 5985,
        "winrm-provider:trustedHosts": ["*.lab"],
      },
    );
  });

  test("a password is a secret in whatever way it is given by value, and a reference is none", async () => {
    for (const password of [pulumi.output("by-value-2"), Promise.resolve("by-value-2"), pulumi.secret("by-value-2")]) {
      const inputs = await inputsOf(new Provider("site", { password }));
      assert.equal(secretText(inputs["winrm-provider:password"]), "by-value-2");
    }
    for (const password of [{ env: "PW" }, pulumi.output({ env: "PW" }), { env: pulumi.output("PW") }]) {
      const inputs = await inputsOf(new Provider("site", { password }));
      assert.deepEqual(inputs["winrm-provider:password"], { env: "PW" });
    }
  });

  test("a key, a PFX and a passphrase by value are secrets, too; certificates are none", async () => {
    const inputs = await inputsOf(
      new Provider("site", { privateKeyPem: "key", pfx: "pfx", passphrase: "phrase", certificatePem: "pem", ca: "ca" }),
    );
    for (const [setting, text] of Object.entries({ privateKeyPem: "key", pfx: "pfx", passphrase: "phrase" }))
      assert.equal(secretText(inputs[`winrm-provider:${setting}`]), text);
    assert.deepEqual([inputs["winrm-provider:certificatePem"], inputs["winrm-provider:ca"]], ["pem", "ca"]);
  });

  test("hands over the stack's settings where it has no argument and no mapped variable, secrets as secrets", async () => {
    const config = {
      "winrm:username": "stack",
      "winrm:password": "stack-pw",
      "winrm:port": "15985",
      "winrm:path": "/s",
    };
    pulumi.runtime.setAllConfig(config, ["winrm:password"]);
    const all = await inputsOf(new Provider("one", { path: "/own" }));
    assert.equal(secretText(all["winrm:password"]), "stack-pw");
    assert.deepEqual(
      { ...all, "winrm:password": "" },
      { "winrm:username": "stack", "winrm:password": "", "winrm:port": "15985", "winrm-provider:path": "/own" },
    );
    const mapped = await inputsOf(new Provider("two", {}, { envVarMappings: { SITE_PW: "WINRM_PASSWORD", X: "Y" } }));
    assert.ok(!("winrm:password" in mapped));
    assert.equal(mapped["winrm:username"], "stack");
  });

  test("is found from a resource that is given it, itself or through a component", () => {
    const provider = new Provider("site", {}, { envVarMappings: { A: "B" } });
    const component = new pulumi.ComponentResource("my:mod:Site", "c", {}, { providers: [provider] });
    for (const resource of [
      new AuthConfig("a", CONNECTION, { provider }),
      new AuthConfig("b", CONNECTION, { parent: component }),
    ]) {
      const site = siteOf(resource);
      assert.ok(typeof site === "object");
      assert.deepEqual(site.envVarMappings, { A: "B" });
    }
    assert.equal(siteOf(new AuthConfig("c", CONNECTION)), undefined);
    class Other extends pulumi.ProviderResource {}
    assert.equal(siteOf(new AuthConfig("d", CONNECTION, { provider: new Other("pulumi-nodejs", "o") })), "foreign");
    // A provider of another package is not asked.
    assert.equal(siteOf(new AuthConfig("e", CONNECTION, { provider: new Other("random", "r") })), undefined);
  });

  const BAD: readonly (readonly [unknown, string])[] = [
    [{ port: 0 }, "port"],
    [{ port: "5985" }, "port"],
    [{ transport: "HTTP" }, "transport"],
    [{ method: "digest-md5" }, "method"],
    [{ username: "" }, "username"],
    [{ username: "a@b\n" }, "username"],
    [{ password: "" }, "password"],
    [{ password: 7 }, "password"],
    [{ password: { enw: "PW" } }, "password"],
    [{ password: { env: "" } }, "password.env"],
    [{ ca: ["pem"] }, "ca"],
    [{ path: "wsman" }, "path"],
    [{ connectSeconds: 301 }, "connectSeconds"],
    [{ operationSeconds: 1.5 }, "operationSeconds"],
    [{ trustedHosts: "web01" }, "trustedHosts"],
    [{ trustedHosts: ["web01", ""] }, "trustedHosts[1]"],
    [{ preflight: true }, "preflight"],
    [{ passwort: "x" }, "passwort"],
    ["site", "the argument"],
  ];
  for (const [args, property] of BAD) {
    test(`refuses ${JSON.stringify(args)} in the constructor`, (t) => {
      assert.throws(
        () => new Provider("site", args as ProviderArgs),
        (error) => {
          assert.ok(isWinrmError(error));
          assert.equal(error.code, "WINRM_E_ARGUMENT");
          assert.ok(error.message.startsWith(`provider "site": ${property} `), error.message);
          assertWording(t, error.message);
          assert.equal(error.stack, error.message, "no stack trace is printed");
          return true;
        },
      );
      assert.deepEqual(registered, []);
    });
  }

  test("names every wrong argument at once, never the value of a password", () => {
    const args = { port: 0, password: { secret: "planted-3" } } as unknown as ProviderArgs;
    assert.throws(() => new Provider("site", args), /provider "site": port .*; password (?!.*planted)/);
  });

  test("refuses mappings that are no names", () => {
    for (const envVarMappings of [{ "": "A" }, { A: "" }, { "A=B": "C" }, { A: 1 }, "A"]) {
      assert.throws(() => new Provider("site", {}, { envVarMappings: envVarMappings as Record<string, string> }), {
        code: "WINRM_E_ARGUMENT",
        message: /^provider "site": envVarMappings /,
      });
    }
  });

  test("leaves what is not known yet to the process that uses it", async () => {
    const inputs = await inputsOf(
      new Provider("site", { port: pulumi.output(70_000), password: { env: pulumi.output("") } }),
    );
    assert.equal(inputs["winrm-provider:port"], 70_000);
  });

  test("takes every setting that the stack's configuration takes, and no other", () => {
    const settings = Object.keys(SETTINGS).sort();
    const [problem] = checkProviderSettings({ noSetting: 1 }, "");
    const words = (problem?.reason ?? "").split(/[ ,;]+/);
    assert.deepEqual(words.slice(-settings.length).sort(), settings);
  });
});
