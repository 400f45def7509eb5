/** What references to secrets may give, and what their errors may repeat. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ReadFile, resolveSecret } from "../../../provider/connect/secret";
import { resolveTarget } from "../../../provider/connect/target";
import type { Connection, SecretValue } from "../../../provider/contract/connection/connection";
import { checkConnection } from "../../../provider/contract/connection/connection-settings";
import { checkProviderSettings } from "../../../provider/contract/connection/provider-settings";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError } from "../../../provider/errors";

const KEY = "-----BEGIN RSA PRIVATE KEY-----\nTm90aGluZw==\n-----END RSA PRIVATE KEY-----\n";
const BOTH = `-----BEGIN CERTIFICATE-----\nTm90aGluZw==\n-----END CERTIFICATE-----\n${KEY}`;

const settings = (env: NodeJS.ProcessEnv = {}) => new Settings(() => undefined, env);
const codeOf = (act: () => unknown): [string, string] => {
  try {
    act();
  } catch (error) {
    if (isWinrmError(error)) return [error.code, error.message];
  }
  throw new Error("no error of this package was thrown");
};
const resolve = (value: SecretValue, readFile: ReadFile = () => "", env: NodeJS.ProcessEnv = {}) =>
  resolveSecret({ value, origin: "connection.auth.password" }, { settings: settings(env), readFile });

suite("S1: a private key where a certificate is wanted", () => {
  test("is refused by value, whichever argument it is", () => {
    for (const pem of [BOTH, KEY, BOTH.replace("RSA ", "ENCRYPTED "), BOTH.replace("RSA ", "")]) {
      const wrong = [
        ...checkConnection({ host: "web01", auth: { certificatePem: pem }, tls: { ca: pem } }, "connection"),
        ...checkProviderSettings({ certificatePem: pem, ca: pem }, ""),
      ];
      assert.deepEqual(
        wrong.map(({ property }) => property),
        ["connection.auth.certificatePem", "connection.tls.ca", "certificatePem", "ca"],
      );
      assert.doesNotMatch(JSON.stringify(wrong), /Tm90/);
    }
  });

  test("is refused by reference and in settings, before anything is sent", () => {
    const file = { readFile: () => BOTH, reference: { file: "both.pem" } };
    const connections: readonly (readonly [Partial<Connection>, NodeJS.ProcessEnv])[] = [
      [{ tls: { ca: file.reference } }, {}],
      [{ tls: { ca: { env: "BOTH" } } }, { BOTH }],
      [{}, { WINRM_CA: BOTH }],
      [{ auth: { certificatePem: file.reference, privateKeyPem: file.reference } }, {}],
    ];
    for (const [over, env] of connections) {
      const auth = { username: "ops", password: "x-1234567!" };
      const act = () => resolveTarget({ host: "web01", auth, ...over }, settings(env), file.readFile);
      const [code, message] = codeOf(act);
      assert.equal(code, "WINRM_E_ARGUMENT");
      assert.match(message, /certificatePem|tls\.ca|WINRM_CA/);
      assert.doesNotMatch(message, /Tm90/);
    }
  });
});

suite("S3: the name in a reference", () => {
  const HELD_BACK = [
    "Sommer2026",
    "hunter2",
    "pa ss",
    "Xy$9!",
    "two\nlines",
    KEY,
    "correct-horse-battery",
    "1234567890",
  ];

  test("is not repeated where it cannot be the name of a variable or a file", () => {
    const missing = () => {
      throw Object.assign(new Error(`ENOENT: no such file, open '${HELD_BACK.join(" ")}'`), { code: "ENOENT" });
    };
    for (const name of HELD_BACK) {
      for (const act of [
        () => resolve({ env: name }),
        () => resolve({ file: name }, missing),
        () => resolve({ file: name }),
      ]) {
        const [code, message] = codeOf(act);
        assert.equal(code, "WINRM_E_SECRET_REFERENCE");
        for (const held of HELD_BACK) assert.ok(!message.includes(held), message);
      }
    }
  });

  test("is repeated where it is one", () => {
    for (const env of ["WEB01_PASSWORD", "PW", "pw", "TF_VAR_winrm", "_x"]) {
      assert.ok(codeOf(() => resolve({ env }))[1].includes(` ${env} `), env);
    }
    for (const file of ["/run/secrets/pw", "..\\pw.txt", "C:\\Users\\Ann Lee\\pw.txt", "password", "a.pem"]) {
      assert.ok(codeOf(() => resolve({ file }))[1].includes(file), file);
    }
  });
});

suite("I2: a PEM in one line", () => {
  test("of a variable has line breaks where it has \\n, and nothing else has", () => {
    const line = KEY.replaceAll("\n", "\\n");
    assert.equal(resolve({ env: "KEY" }, undefined, { KEY: line }), KEY);
    assert.equal(
      resolve({ file: "k.pem" }, () => line),
      KEY,
    );
    assert.equal(resolve({ env: "PW" }, undefined, { PW: "a\\nb-1!" }), "a\\nb-1!");
  });
});

suite("S4: the redaction net", () => {
  test("knows what every reference gave", () => {
    const net = settings({ PW: "From-env-1!" });
    const reader = { settings: net, readFile: () => "From-file-1!\n" };
    resolveSecret({ value: { env: "PW" }, origin: "password" }, reader);
    resolveSecret({ value: { file: "pw" }, origin: "password" }, reader);
    resolveSecret({ value: "By-value-1!", origin: "password" }, reader);
    assert.deepEqual([...net.secrets], ["From-env-1!", "From-file-1!", "By-value-1!"]);
  });
});

suite("I2: a file that Windows wrote", () => {
  const bytes = (prefix: number[], text: string, encoding: BufferEncoding) => () =>
    Buffer.concat([Buffer.from(prefix), Buffer.from(text, encoding)]);

  test("gives its content without a byte order mark", () => {
    assert.equal(resolve({ file: "pw" }, bytes([0xef, 0xbb, 0xbf], "Bçş-1!\r\n", "utf8")), "Bçş-1!");
    assert.equal(resolve({ env: "PW" }, undefined, { PW: "\ufeffBçş-1!" }), "Bçş-1!");
  });

  test("in UTF-16, or in no UTF at all, is refused before anything is sent, whatever it is for", () => {
    for (const readFile of [
      bytes([0xff, 0xfe], "Geheim-1!\r\n", "utf16le"),
      bytes([0xff, 0xfe], "", "utf16le"),
      bytes([], "Geheim-1!", "utf16le"),
      () => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from("Geheim-1!", "utf16le").swap16()]),
      bytes([], "Bçü-1!", "latin1"),
    ]) {
      for (const auth of [{ username: "ops", password: { file: "x.txt" } }, { pfx: { file: "x.b64" } }]) {
        const [code, message] = codeOf(() => resolveTarget({ host: "web01", auth }, settings(), readFile));
        assert.deepEqual([code, /UTF-8/.test(message)], ["WINRM_E_SECRET_REFERENCE", true], message);
      }
      const ca = () => resolveTarget({ host: "web01", tls: { ca: { file: "x.pem" } } }, settings(), readFile);
      assert.equal(codeOf(ca)[0], "WINRM_E_SECRET_REFERENCE");
    }
  });
});
