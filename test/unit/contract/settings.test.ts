/** Where a connection's parts come from: argument, stack configuration, environment, default, in this order. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type WinrmError, isWinrmError } from "../../../provider/errors";
import type { Connection } from "../../../provider/contract/connection/connection";
import { resolveTarget } from "../../../provider/connect/target";
import { checkConnection } from "../../../provider/contract/connection/connection-settings";
import { Settings } from "../../../provider/contract/settings";
import { SETTINGS } from "../../../provider/contract/connection/connection-settings";
import { type SessionTarget, passwordOf } from "../../../provider/session/target";
import { assertWording } from "../../support/pages/golden";

type Config = Readonly<Record<string, unknown>>;

const CREDENTIAL = { WINRM_USERNAME: "ops", WINRM_PASSWORD: "from-environment" };

function settings(config: Config = {}, env: NodeJS.ProcessEnv = CREDENTIAL): Settings {
  return new Settings((key) => config[key], env);
}

function targetOf(connection: Partial<Connection>, config: Config = {}, env: NodeJS.ProcessEnv = CREDENTIAL) {
  return resolveTarget({ host: "web01", ...connection }, settings(config, env), (path) => `<${path}>\r\n`).target;
}

function refusal(act: () => unknown): WinrmError {
  try {
    act();
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

interface Part {
  readonly name: keyof typeof SETTINGS;
  readonly argument: Partial<Connection>;
  readonly config: unknown;
  readonly env: string;
  readonly read: (target: SessionTarget) => unknown;
  /** Argument, configuration, environment, default. */
  readonly values: readonly [unknown, unknown, unknown, unknown];
}

function pem(text: string): string {
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
}

const TRUSTED = { "winrm:trustedHosts": "web01" };
const PARTS: readonly Part[] = [
  {
    name: "transport",
    argument: { transport: "https" },
    config: "http",
    env: "http",
    read: ({ transport }) => transport,
    values: ["https", "http", "http", "https"],
  },
  {
    name: "port",
    argument: { port: 1 },
    config: "2",
    env: "3",
    read: ({ port }) => port,
    values: [1, 2, 3, 5986],
  },
  {
    name: "path",
    argument: { path: "/a" },
    config: "/b",
    env: "/c",
    read: ({ path }) => path,
    values: ["/a", "/b", "/c", "/wsman"],
  },
  {
    name: "method",
    argument: { auth: { method: "ntlm" } },
    config: "basic",
    env: "basic",
    read: ({ auth }) => auth.method,
    values: ["ntlm", "basic", "basic", "ntlm"],
  },
  {
    name: "ca",
    argument: { tls: { ca: pem("A") } },
    config: pem("B"),
    env: pem("C"),
    read: ({ tls }) => tls.ca,
    values: [pem("A"), pem("B"), pem("C"), undefined],
  },
  {
    name: "connectSeconds",
    argument: { timeouts: { connectSeconds: 1 } },
    config: "2",
    env: "3",
    read: ({ connectTimeoutMs }) => connectTimeoutMs,
    values: [1000, 2000, 3000, 10_000],
  },
  {
    name: "operationSeconds",
    argument: { timeouts: { operationSeconds: 4 } },
    config: "5",
    env: "6",
    read: ({ operationTimeoutMs }) => operationTimeoutMs,
    values: [4000, 5000, 6000, 30_000],
  },
];

function credentialOf({ auth }: SessionTarget): unknown {
  return "credential" in auth ? { ...auth.credential } : undefined;
}

suite("settings", () => {
  for (const { name, argument, config, env, read, values } of PARTS) {
    test(`${name}: the argument wins over configuration, that over the environment, that over the default`, () => {
      const inConfig = { ...TRUSTED, [`winrm:${name}`]: config };
      const inEnv = { ...CREDENTIAL, [SETTINGS[name].variable]: env };
      const seen = [
        targetOf(argument, inConfig, inEnv),
        targetOf({}, inConfig, inEnv),
        targetOf({}, TRUSTED, inEnv),
        targetOf({}, TRUSTED),
      ].map(read);
      assert.deepEqual(seen, values);
    });
  }

  test("username and password follow the same order", () => {
    const config = { "winrm:username": "config-user", "winrm:password": "from-config" };
    const given = targetOf({ auth: { username: "argument-user", password: "from-argument" } }, config);
    assert.deepEqual(credentialOf(given), { username: "argument-user", password: "from-argument" });
    assert.deepEqual(credentialOf(targetOf({}, config)), { username: "config-user", password: "from-config" });
    assert.deepEqual(credentialOf(targetOf({})), { username: "ops", password: "from-environment" });
  });

  test("an empty configuration value or environment variable counts as not set", () => {
    const env = { ...CREDENTIAL, WINRM_PORT: "", WINRM_TRANSPORT: "" };
    assert.equal(targetOf({}, { "winrm:port": "" }, env).port, 5986);
  });

  test("the default port follows the transport", () => {
    assert.equal(targetOf({ transport: "http" }, TRUSTED).port, 5985);
    assert.equal(targetOf({ transport: "https" }).port, 5986);
  });

  const password = (value: unknown, env: NodeJS.ProcessEnv = {}) =>
    passwordOf(targetOf({}, { "winrm:password": value }, { WINRM_USERNAME: "ops", ...env }).auth);

  test("a password reference is read from the environment or a file, wherever the reference stands", () => {
    const env = { SITE_PW: "from-site" };
    for (const reference of [{ env: "SITE_PW" }, '{"env":"SITE_PW"}', ' { "env": "SITE_PW" } ']) {
      assert.equal(password(reference, env), "from-site");
    }
    assert.equal(password('{"file":"pw.txt"}'), "<pw.txt>");
    assert.equal(password({ file: "pw.txt" }), "<pw.txt>");
    const argument = targetOf({ auth: { password: { env: "SITE_PW" } } }, {}, { ...CREDENTIAL, ...env });
    assert.equal(passwordOf(argument.auth), "from-site");
    const variable = { WINRM_USERNAME: "ops", WINRM_PASSWORD: '{"env":"SITE_PW"}', ...env };
    assert.equal(passwordOf(targetOf({}, {}, variable).auth), "from-site");
  });

  test("a password that only looks like JSON is taken as it is", () => {
    for (const text of ["{curly}", "[1]", '{"a":1}', "{env}"]) assert.equal(password(text), text);
  });

  test("I2: a reference that is written wrongly is no password, wherever it stands", () => {
    for (const text of [
      '{"env":',
      '{"env":"A","file":"B"}',
      '{"env":3}',
      '{"ENV":"A"}',
      "{env: A}",
      " { 'file' : 'A' }",
    ]) {
      assert.equal(refusal(() => password(text)).code, "WINRM_E_ARGUMENT", text);
      assert.equal(refusal(() => password(undefined, { WINRM_PASSWORD: text })).code, "WINRM_E_ARGUMENT", text);
      const auth = { username: "ops", password: text };
      assert.equal(checkConnection({ host: "web01", auth }, "").length, 1, text);
    }
  });

  test("I2: one line break at the end of a file is not part of the password, and none is in it", () => {
    const read = (text: string) =>
      passwordOf(
        resolveTarget(
          { host: "web01", auth: { username: "ops", password: { file: "x" } } },
          settings({}, {}),
          () => text,
        ).target.auth,
      );
    assert.equal(read("pw\n"), "pw");
    assert.equal(read("pw\r\n"), "pw");
    assert.equal(read(" pw "), " pw ");
    for (const text of ["pw\n\n", "one\ntwo", "pw\r", "\npw"])
      assert.equal(refusal(() => read(text)).code, "WINRM_E_ARGUMENT", JSON.stringify(text));
  });

  test("I2: nor is one in a variable, and a value of several lines is refused before it is sent", () => {
    const reference = { auth: { username: "ops", password: { env: "PW" } } };
    for (const PW of ["pw\n", "pw\r\n", "\ufeffpw\n"])
      assert.equal(passwordOf(targetOf(reference, {}, { PW }).auth), "pw", JSON.stringify(PW));
    for (const text of ["pw\n", "pw\r\n", "one\ntwo"]) {
      const byValue = { auth: { username: "ops", password: text } };
      assert.equal(refusal(() => passwordOf(targetOf(byValue).auth)).code, "WINRM_E_ARGUMENT", JSON.stringify(text));
      const passphrase = { auth: { method: "certificate", pfx: "MAA=", passphrase: text } } as const;
      assert.equal(refusal(() => targetOf(passphrase)).code, "WINRM_E_ARGUMENT", JSON.stringify(text));
    }
  });

  test("an authority may be a reference to a file", () => {
    for (const [tls, config] of [
      [{ ca: { file: "ca.pem" } }, {}],
      [{}, { "winrm:ca": '{"file":"ca.pem"}' }],
    ] as const) {
      assert.equal(resolveTarget({ host: "web01", tls }, settings(config), pem).target.tls.ca, pem("ca.pem"));
    }
  });

  test("an authority that is no certificate in PEM is refused, because OpenSSL would trust nobody", () => {
    for (const ca of ["garbage", pem("x").replace("-----END", ""), "MIIB"]) {
      for (const error of [refusal(() => targetOf({ tls: { ca } })), refusal(() => targetOf({}, { "winrm:ca": ca }))])
        assert.equal(error.code, "WINRM_E_ARGUMENT");
    }
  });

  test("a reference that leads nowhere says which, and where the reference stands", (t) => {
    const unset = refusal(() => targetOf({ auth: { password: { env: "NOWHERE" } } }));
    assert.equal(unset.code, "WINRM_E_SECRET_REFERENCE");
    assert.match(unset.message, /^connection\.auth\.password: .*NOWHERE/);
    const configured = refusal(() => password('{"env":"NOWHERE"}'));
    assert.match(configured.message, /winrm:password: .*NOWHERE/);
    const file = refusal(() =>
      resolveTarget({ host: "web01", auth: { password: { file: "/nowhere/pw" } } }, settings()),
    );
    assert.equal(file.code, "WINRM_E_SECRET_REFERENCE");
    assert.match(file.message, /^connection\.auth\.password: .*ENOENT/);
    const empty = refusal(() =>
      resolveTarget({ host: "w", auth: { password: { file: "pw" } } }, settings(), () => "\n"),
    );
    assert.equal(empty.code, "WINRM_E_SECRET_REFERENCE");
    assertWording(t, ...[unset, configured, file, empty].map(({ message }) => message));
  });

  test("typed values of explicit providers count like texts of stacks", () => {
    const config = { "winrm:port": 8443, "winrm:operationSeconds": 7, "winrm:trustedHosts": ["web01", " x "] };
    const target = targetOf({}, config);
    assert.deepEqual([target.port, target.operationTimeoutMs], [8443, 7000]);
    assert.deepEqual(settings(config).trustedHosts(), ["web01", "x"]);
  });

  const WRONG: readonly (readonly [keyof typeof SETTINGS, string])[] = [
    ["port", "0"],
    ["port", "5986x"],
    ["port", "1e3"],
    ["connectSeconds", "301"],
    ["operationSeconds", "-1"],
    ["transport", "tls"],
    ["method", "credssp"],
    ["path", "wsman"],
    ["username", "a<b"],
  ];
  for (const [name, value] of WRONG) {
    test(`a wrong ${name} (${value}) is refused with the name of its place`, (t) => {
      const inConfig = refusal(() => targetOf({}, { [`winrm:${name}`]: value }));
      assert.equal(inConfig.code, "WINRM_E_ARGUMENT");
      assert.ok(inConfig.message.startsWith(`stack configuration winrm:${name} `), inConfig.message);
      assertWording(t, inConfig.message);
      const inEnv = refusal(() => targetOf({}, {}, { ...CREDENTIAL, [SETTINGS[name].variable]: value }));
      assert.ok(inEnv.message.startsWith(`environment variable ${SETTINGS[name].variable} `), inEnv.message);
    });
  }

  test("a password of another type is refused without being repeated", () => {
    for (const value of [{ vault: "S3cret" }, ["S3cret"], 12_345_678]) {
      const error = refusal(() => password(value));
      assert.match(error.message, /^stack configuration winrm:password /);
      assert.doesNotMatch(error.message, /S3cret|12345678/);
    }
  });

  test("the trusted list may be text, JSON text or a list", () => {
    for (const value of ["a, b ,,c", '["a","b","c"]', ["a", "b", "c"]]) {
      assert.deepEqual(settings({ "winrm:trustedHosts": value }).trustedHosts(), ["a", "b", "c"]);
    }
    assert.deepEqual(settings({}, { WINRM_TRUSTED_HOSTS: "a,b" }).trustedHosts(), ["a", "b"]);
    assert.deepEqual(settings().trustedHosts(), []);
  });

  test("an explicit provider's argument counts before the stack's, and an argument of the resource before both", () => {
    const config = { "winrm-provider:port": 7, "winrm:port": "8", "winrm:path": "/stack" };
    assert.equal(targetOf({}, config).port, 7);
    assert.equal(targetOf({ port: 6 }, config).port, 6);
    assert.equal(targetOf({}, { ...config, "winrm-provider:port": "" }).port, 8);
    assert.equal(targetOf({}, config).path, "/stack");
    const reference = { "winrm-provider:password": { env: "SITE_PW" } };
    assert.equal(passwordOf(targetOf({}, reference, { ...CREDENTIAL, SITE_PW: "site's" }).auth), "site's");
  });

  test("a wrong argument of an explicit provider is named as such", (t) => {
    const error = refusal(() => targetOf({}, { "winrm-provider:port": 0 }));
    assert.equal(error.code, "WINRM_E_ARGUMENT");
    const missing = refusal(() => targetOf({}, { "winrm-provider:password": { env: "NOT_SET" } }));
    assert.equal(missing.code, "WINRM_E_SECRET_REFERENCE");
    assertWording(t, error.message, missing.message);
  });
});
