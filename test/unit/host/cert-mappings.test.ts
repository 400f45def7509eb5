/** Certificate mappings through the client's own operations, against a simulated host. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import {
  createCertMapping,
  deleteCertMapping,
  getCertMapping,
  listCertMappings,
  putCertMapping,
} from "../../../provider/host/cert-mappings";
import { clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { startRelayedHost } from "../../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, openSession } from "../../support/hosts/sessions";
import { assertWording } from "../../support/pages/golden";

const OWN = clientCertificate({ upn: "own@localhost" });
const ISSUER = thumbprint(OWN.certPem);
const CREDENTIALS = { userName: ACCOUNT.name, password: ACCOUNT.password } as const;
const keyOf = (subject: string) => ({ uri: "*", subject, issuer: ISSUER });

async function setUp(t: TestContext, count = 0) {
  const subjects = Array.from({ length: count }, (_, index) => `user-${index}@localhost`);
  const { host, relay } = await startRelayedHost(t, {
    certificates: { authorities: [OWN.certPem] },
    certMappings: subjects.map((subject) => ({ subject, issuer: ISSUER, ...CREDENTIALS })),
  });
  return { host, client: openSession(t, relay).client };
}

suite("certificate mappings", () => {
  test("are created, read, changed in one leaf and deleted twice", async (t) => {
    const { host, client } = await setUp(t);
    const key = keyOf(`<"&' >@localhost`);
    assert.equal(await getCertMapping(client, key, NEVER), undefined);
    await createCertMapping(client, { key, values: { enabled: true, credentials: CREDENTIALS } }, NEVER);
    assert.deepEqual(await getCertMapping(client, key, NEVER), { ...key, userName: ACCOUNT.name, enabled: true });
    await putCertMapping(client, { key, values: { enabled: false } }, NEVER);
    assert.equal((await getCertMapping(client, key, NEVER))?.enabled, false);
    const again = createCertMapping(client, { key, values: { credentials: CREDENTIALS } }, NEVER);
    assert.equal((await failure(again)).code, "WINRM_E_EXISTS");
    await deleteCertMapping(client, key, NEVER);
    await deleteCertMapping(client, key, NEVER);
    assert.deepEqual(host.certMappings.list(), []);
    const gone = await failure(putCertMapping(client, { key, values: { enabled: true } }, NEVER));
    assert.equal(gone.code, "WINRM_E_NOT_FOUND");
  });

  test("are listed whole, in one request where they fit and in more where they do not", async (t) => {
    for (const count of [0, 1, 300]) {
      const { host, client } = await setUp(t, count);
      if (count === 300) host.config.set("MaxEnvelopeSizekb", 32);
      host.journal.clear();
      const listed = await listCertMappings(client, NEVER);
      assert.deepEqual(
        listed.map(({ subject, userName, enabled, issuer }) => [subject, userName, enabled, issuer]),
        host.certMappings.list().map(({ subject, userName, enabled, issuer }) => [subject, userName, enabled, issuer]),
      );
      assert.equal(listed.length, count);
      assert.equal(host.journal.requests().length > 1, count === 300);
    }
  });

  test("are not created twice for a wrong password, which is one failed logon", async (t) => {
    const { host, client } = await setUp(t);
    const credentials = { ...CREDENTIALS, password: "wrong" };
    const error = await failure(createCertMapping(client, { key: keyOf("a"), values: { credentials } }, NEVER));
    assert.equal(error.code, "WINRM_E_MAPPING_CREDENTIALS");
    assert.equal(error.retryable, false);
    assert.equal(host.journal.logonFailures().length, 1);
    assertWording(t, error.message);
  });
});
