/** The inputs of found-by-use S2, as the real engine prints them: it shows the value of the argument that it is told of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionTo, hostFixture, printed, startHost } from "./support/hosts.js";

const PASSWORD = "Pl4nted-9c1!Secret";
const NUMBER = 7_746_210_993;
const KEY_LINE = "UGw0bnRlZEtleQ".repeat(4);
const KEY = `-----BEGIN PRIVATE KEY-----\n${KEY_LINE}\n-----END PRIVATE KEY-----\n`;
const PLANTED = [PASSWORD, String(NUMBER), KEY_LINE];

test("S2: a secret in the wrong shape or place is printed nowhere by a preview, also under pulumi.secret", async (t) => {
  const host = await startHost(t);
  const connection = connectionTo(host);
  const mapping = { connection, subject: "deploy@localhost", issuer: "0".repeat(40), userName: "svc" };
  const cases: readonly (readonly [argument: string, args: object])[] = [
    ["password", { ...mapping, password: [PASSWORD] }],
    ["password", { ...mapping, password: { env: "PW", value: PASSWORD } }],
    ["password", { ...mapping, password: NUMBER }],
    ["clientCertificatePem", { ...mapping, issuer: undefined, password: { env: "PW" }, clientCertificatePem: [KEY] }],
    ["auth", { ...mapping, password: { env: "PW" }, auth: { method: "basic", password: PASSWORD } }],
    ["privateKeyPem", { ...mapping, password: { env: "PW" }, privateKeyPem: KEY }],
  ];
  const fixture = await hostFixture(t, { resources: [], env: { PW: "Other-2!" } });
  for (const wrapped of [false, true]) {
    for (const [argument, args] of wrapped ? cases.slice(0, 1) : cases) {
      const value = `args[${JSON.stringify(argument)}]`;
      fixture.declare(
        [],
        `const args = JSON.parse(process.env.ARGS);
        ${wrapped ? `${value} = pulumi.secret(${value});` : ""}
        new winrm.CertMapping("m", args);`,
      );
      const result = await fixture.pulumi(["preview"], { expectExit: "any", env: { ARGS: JSON.stringify(args) } });
      const text = printed(result);
      assert.notEqual(result.code, 0, text);
      assert.match(text, new RegExp(argument), text);
      for (const secret of PLANTED) assert.ok(!text.includes(secret), text);
    }
  }
  assert.deepEqual(host.journal.entries(), []);
});
