/** Secrets that a transform brings: it runs after the constructor, which makes secrets of what it sees. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, CertMapping } from "../../../provider";
import { AUTH_CONFIG } from "../../../provider/contract/auth-config";
import { CERT_MAPPING } from "../../../provider/contract/cert-mapping";
import { clearSecrets } from "../../../provider/program/resources/clear-secrets";
import { mockPulumi } from "../../support/mocked-pulumi";

const PASSWORD = "Planted-9c1!Secret";
const HOST = { host: "web01" };

/** Paths that stand in clear once a transform has put these arguments in place of the program's. */
async function afterTransform(props: object): Promise<string[]> {
  const transformations: pulumi.ResourceTransformation[] = [
    ({ props: given, opts }) => ({ props: { ...(given as object), ...props }, opts }),
  ];
  const auth = new AuthConfig("a", { connection: HOST }, { transformations });
  return await clearSecrets(auth, AUTH_CONFIG);
}

suite("S1: what a transform gives in clear", () => {
  mockPulumi();

  test("is found by its path, and a reference or a secret is not", async () => {
    const cases: readonly (readonly [given: object, clear: readonly string[]])[] = [
      [{}, []],
      [{ auth: { username: "ops", password: PASSWORD } }, ["connection.auth.password"]],
      [{ auth: { privateKeyPem: PASSWORD } }, ["connection.auth.privateKeyPem"]],
      [{ auth: { password: { env: "PW" }, passphrase: PASSWORD } }, ["connection.auth.passphrase"]],
      [{ proxy: `http://ops:${PASSWORD}@proxy:3128` }, ["connection.proxy"]],
      [{ proxy: "http://proxy:3128" }, []],
      [{ auth: { username: "ops", password: pulumi.secret(PASSWORD) } }, []],
      [{ auth: { password: { file: "pw.txt" } } }, []],
    ];
    for (const [given, clear] of cases) {
      assert.deepEqual(await afterTransform({ connection: { ...HOST, ...given } }), clear, JSON.stringify(clear));
    }
    assert.deepEqual(
      await afterTransform({ connection: pulumi.secret({ ...HOST, auth: { password: PASSWORD } }) }),
      [],
    );
  });

  test("is found where a resource has a secret of its own", async () => {
    const args = { connection: HOST, subject: "deploy@localhost", issuer: "0".repeat(40), userName: "svc" };
    const clear = async (password: pulumi.Input<string>, opts: pulumi.CustomResourceOptions = {}) =>
      await clearSecrets(new CertMapping("m", { ...args, password }, opts), CERT_MAPPING);
    assert.deepEqual(await clear(PASSWORD), [], "the constructor sees it");
    const transformation: pulumi.ResourceTransformation = ({ props, opts }) => ({
      props: { ...(props as object), password: PASSWORD },
      opts,
    });
    assert.deepEqual(await clear("Other-1!", { transformations: [transformation] }), ["password"]);
  });
});
