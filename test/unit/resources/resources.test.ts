/** The classes that a program uses, under Pulumi's mocks: what they register, and that they stay off the network. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, suite, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type AuthConfigArgs, CertMapping, TrustedHosts, isWinrmError } from "../../../provider";
import { startHost } from "../../support/processes/recorded-process";
import { assertWording } from "../../support/pages/golden";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly id: string | undefined;
}

const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";
let registered: Registered[] = [];

function mock(preview = false): void {
  registered = [];
  void pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        registered.push({ type, name, inputs: inputs as Record<string, unknown>, id });
        return {
          id: `${name}-id`,
          state: { ...(inputs as object), effective: { service: { basic: true }, client: {} } },
        };
      },
      call: () => ({}),
    },
    "proj",
    "dev",
    preview,
  );
}

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** Waits until the constructor's registration has reached the mock. */
async function registrationOf(resource: pulumi.CustomResource): Promise<Registered> {
  await valueOf(resource.urn);
  const found = registered.at(-1);
  assert.ok(found !== undefined);
  return found;
}

/** Whether the value was sent as a secret, and what it is. */
function unwrapped(value: unknown): { secret: boolean; value: unknown } {
  if (typeof value === "object" && value !== null && SECRET_SIGNATURE in value && "value" in value)
    return { secret: true, value: value.value };
  return { secret: false, value };
}

const CONNECTION = { host: "web01" };

suite("resource classes under mocks", () => {
  beforeEach(() => {
    mock();
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
  });

  test("AuthConfig registers its own type, its arguments, and the frozen text", async () => {
    const resource = new AuthConfig("a", { connection: CONNECTION, service: { basic: false } });
    const { type, inputs, id } = await registrationOf(resource);
    assert.equal(type, "pulumi-nodejs:dynamic/winrm:AuthConfig");
    assert.ok(id === undefined || id === "");
    assert.deepEqual(inputs, {
      connection: CONNECTION,
      service: { basic: false },
      __provider: 'exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;',
      __urn: "urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:AuthConfig::a",
    });
    assert.equal(await valueOf(resource.urn), inputs["__urn"]);
  });

  test("TrustedHosts likewise, also inside a component", async () => {
    const parent = new pulumi.ComponentResource("my:mod:Site", "site");
    const resource = new TrustedHosts("h", { connection: CONNECTION, entries: ["a"] }, { parent });
    const { type, inputs } = await registrationOf(resource);
    assert.equal(type, "pulumi-nodejs:dynamic/winrm:TrustedHosts");
    assert.deepEqual(inputs["entries"], ["a"]);
    assert.equal(await valueOf(resource.urn), inputs["__urn"]);
  });

  test("a version or an address of a plugin gives no resource a provider process of its own", () => {
    const options = { version: "1.2.3", pluginDownloadURL: "https://plugins.example.com" };
    const plugin = (resource: object) => {
      const { __version: version, __pluginDownloadURL: url } = resource as Readonly<Record<string, unknown>>;
      return [version, url];
    };
    assert.deepEqual(plugin(new pulumi.ComponentResource("my:mod:Any", "any", {}, options)), [
      "1.2.3",
      options.pluginDownloadURL,
    ]);
    assert.deepEqual(plugin(new AuthConfig("a", { connection: CONNECTION }, options)), [undefined, undefined]);
  });

  test("every output exists on the resource, known or not", () => {
    const auth = new AuthConfig("a", { connection: CONNECTION });
    const hosts = new TrustedHosts("h", { connection: CONNECTION, entries: [] });
    const outputs: readonly (readonly [object, readonly string[]])[] = [
      [
        auth,
        [
          "connection",
          "service",
          "client",
          "effective",
          "policyOwned",
          "priorValues",
          "appliedValues",
          "acceptLockout",
        ],
      ],
      [
        hosts,
        [
          "connection",
          "entries",
          "mode",
          "effectiveEntries",
          "policyOwned",
          "priorEntries",
          "addedEntries",
          "appliedEntries",
        ],
      ],
    ];
    for (const [resource, names] of outputs) {
      for (const name of [...names, "onDelete", "onPolicyConflict", "schemaVersion"]) {
        assert.ok(pulumi.Output.isInstance((resource as Record<string, unknown>)[name]), name);
      }
    }
  });

  test("outputs have the types that the class declares", async () => {
    const auth = new AuthConfig("a", { connection: CONNECTION });
    const hosts = new TrustedHosts("h", { connection: CONNECTION, entries: ["x"] });
    // These lines are checked by the compiler.
    const basic: pulumi.Output<boolean | undefined> = auth.effective.apply(({ service }) => service.basic);
    const owned: pulumi.Output<string[]> = auth.policyOwned;
    const entries: pulumi.Output<string[]> = hosts.effectiveEntries;
    const args: AuthConfigArgs = {
      connection: { host: pulumi.output("web01") },
      service: pulumi.output({ basic: true }),
    };
    // @ts-expect-error Digest is the client's alone.
    const wrong: AuthConfigArgs = { connection: CONNECTION, service: { digest: false } };
    assert.equal(await valueOf(basic), true);
    for (const value of [owned, entries, args, wrong]) assert.equal(typeof value, "object");
    assert.deepEqual(await valueOf(hosts.entries), ["x"]);
  });

  test("a password given by value is sent as a secret, in whatever way it is given", async () => {
    const password = "by-value-1";
    const connections: readonly AuthConfigArgs["connection"][] = [
      { ...CONNECTION, auth: { username: "ops", password } },
      { ...CONNECTION, auth: { username: "ops", password: pulumi.output(password) } },
      { ...CONNECTION, auth: { username: "ops", password: Promise.resolve(password) } },
      { ...CONNECTION, auth: { username: "ops", password: pulumi.secret(password) } },
      { ...CONNECTION, auth: pulumi.output({ username: "ops", password }) },
      pulumi.output({ ...CONNECTION, auth: { username: "ops", password } }),
      Promise.resolve({ ...CONNECTION, auth: { username: "ops", password } }),
    ];
    for (const [index, connection] of connections.entries()) {
      const resource = new AuthConfig(`a${index}`, { connection });
      await registrationOf(resource);
      assert.equal(await pulumi.isSecret(resource.connection), true, String(index));
      const known = await valueOf(pulumi.unsecret(resource.connection));
      assert.equal(known.auth?.password, password, String(index));
    }
  });

  test("a proxy's URL with a password in it is sent as a secret, in whatever way it is given", async () => {
    const proxy = "http://u:by-value-2@proxy:3128";
    const auth = { username: "ops", password: { env: "PW" } };
    const connections: readonly AuthConfigArgs["connection"][] = [
      { ...CONNECTION, auth, proxy },
      { ...CONNECTION, auth, proxy: pulumi.output(proxy) },
      { ...CONNECTION, auth, proxy: Promise.resolve(proxy) },
      pulumi.output({ ...CONNECTION, auth, proxy }),
      Promise.resolve({ ...CONNECTION, auth, proxy }),
    ];
    for (const [index, connection] of connections.entries()) {
      const resource = new AuthConfig(`p${index}`, { connection });
      await registrationOf(resource);
      assert.equal(await pulumi.isSecret(resource.connection), true, String(index));
      assert.equal((await valueOf(pulumi.unsecret(resource.connection))).proxy, proxy, String(index));
    }
    for (const open of ["http://proxy:3128", false, { env: "PROXY_URL" }] as const) {
      for (const connection of [
        { ...CONNECTION, auth, proxy: open },
        pulumi.output({ ...CONNECTION, auth, proxy: open }),
      ]) {
        const resource = new AuthConfig("q", { connection });
        await registrationOf(resource);
        assert.equal(await pulumi.isSecret(resource.connection), false, JSON.stringify(open));
      }
    }
  });

  test("a reference to a password is no secret, and travels as it is", async () => {
    for (const password of [{ env: "PW" }, { file: "pw.txt" }, { env: pulumi.output("PW") }]) {
      const resource = new AuthConfig("a", { connection: { ...CONNECTION, auth: { password } } });
      const { inputs } = await registrationOf(resource);
      const sent = unwrapped((inputs["connection"] as { auth: { password: unknown } }).auth.password);
      assert.equal(sent.secret, false);
      assert.match(JSON.stringify(sent.value), /^\{"(?:env|file)":"(?:PW|pw\.txt)"\}$/);
      assert.equal(await pulumi.isSecret(resource.connection), false);
    }
    const given = pulumi.output({ ...CONNECTION, auth: { password: { env: "PW" } } });
    const resource = new AuthConfig("b", { connection: given });
    await registrationOf(resource);
    assert.equal(await pulumi.isSecret(resource.connection), false);
  });

  test("a key, a PFX and a passphrase given by value are sent as secrets, and a certificate is not", async () => {
    for (const field of ["privateKeyPem", "pfx", "passphrase"] as const) {
      const forms: readonly AuthConfigArgs["connection"][] = [
        { ...CONNECTION, auth: { certificatePem: "public", [field]: "by-value-1" } },
        pulumi.output({ ...CONNECTION, auth: { certificatePem: "public", [field]: "by-value-1" } }),
      ];
      for (const connection of forms) {
        const resource = new AuthConfig(field, { connection });
        await registrationOf(resource);
        assert.equal(await pulumi.isSecret(resource.connection), true, field);
      }
      const reference = { ...CONNECTION, auth: { certificatePem: "public", [field]: { file: "x" } } };
      const resource = new AuthConfig(field, { connection: reference });
      await registrationOf(resource);
      assert.equal(await pulumi.isSecret(resource.connection), false, field);
    }
  });

  test("the import option is refused with what to do instead", (t) => {
    for (const make of [
      () => new AuthConfig("a", { connection: CONNECTION }, { import: "x" }),
      () => new TrustedHosts("a", { connection: CONNECTION, entries: [] }, { import: "x" }),
    ]) {
      assert.throws(make, (error) => {
        assert.ok(isWinrmError(error));
        assert.equal(error.code, "WINRM_E_IMPORT");
        assert.match(error.message, /"a": .*\n {2}next: /);
        assertWording(t, error.message);
        return true;
      });
    }
  });

  test("a mapping's password by value is a secret, and a reference to one is not", async () => {
    const args = { connection: CONNECTION, subject: "a@localhost", issuer: "0".repeat(40), userName: "svc" };
    const value = await registrationOf(new CertMapping("v", { ...args, password: "by-value" }));
    assert.equal(value.type, "pulumi-nodejs:dynamic/winrm:CertMapping");
    assert.deepEqual(unwrapped(value.inputs["password"]), { secret: true, value: "by-value" });
    assert.deepEqual(unwrapped(value.inputs["subject"]), { secret: false, value: "a@localhost" });
    const output = await registrationOf(new CertMapping("o", { ...args, password: pulumi.output("by-value") }));
    assert.deepEqual(unwrapped(output.inputs["password"]), { secret: true, value: "by-value" });
    const reference = await registrationOf(new CertMapping("r", { ...args, password: { env: "PW" } }));
    assert.deepEqual(reference.inputs["password"], { env: "PW" });
  });

  test("get reads by id and registers no URN of its own", async () => {
    const auth = await registrationOf(AuthConfig.get("a", { connection: CONNECTION }));
    assert.equal(auth.id, "winrm/auth");
    assert.equal("__urn" in auth.inputs, false);
    const hosts = await registrationOf(TrustedHosts.get("h", { connection: CONNECTION }));
    assert.equal(hosts.id, "winrm/trustedhosts");
    assert.deepEqual([hosts.inputs["entries"], hosts.inputs["mode"]], [[], "exclusive"]);
    const mapping = await registrationOf(CertMapping.get("m", { connection: CONNECTION, subject: "a", issuer: "b" }));
    assert.equal(mapping.id, "winrm/certmapping");
    assert.deepEqual([mapping.inputs["subject"], mapping.inputs["password"]], ["a", undefined]);
  });

  for (const preview of [false, true]) {
    test(`constructing both ${preview ? "in a preview" : "in an update"} asks no host anything`, async (t) => {
      mock(preview);
      const host = await startHost(t);
      const connection = {
        host: "127.0.0.1",
        transport: "http" as const,
        port: host.http!.port,
        auth: { username: "ops", password: "unused" },
      };
      await registrationOf(new AuthConfig("a", { connection, service: { basic: false } }));
      await registrationOf(new TrustedHosts("h", { connection, entries: ["a"] }));
      await pulumi.runtime.disconnect();
      assert.equal(host.journal.length, 0);
    });
  }
});
