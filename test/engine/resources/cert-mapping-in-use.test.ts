/** The mapping that a program's connection logs in through, with the real CLI: replaced, or refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates.js";
import { type Declared, hostFixture, PASSWORD, printed, startHost, USERNAME } from "../support/hosts.js";

const CA = authority();
const CLIENT = clientCertificate({ upn: "deploy@localhost" }, CA);
const SVC = { name: "svc-deploy", password: "Quokka-mapped-62815" } as const;
const WIDE = { subject: "*@localhost", issuer: thumbprint(CA.certPem) } as const;

test("P3: the mapping in use is replaced with the default order, proven before it goes; what cannot be proven is refused", async (t) => {
  const host = await startHost(t, {
    accounts: [{ name: USERNAME, password: PASSWORD }, SVC],
    https: true,
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CA.certPem] },
  });
  const https = { transport: "https", port: host.https!.port, tls: { ca: host.https!.certificatePem } } as const;
  const ntlm = { host: "127.0.0.1", ...https, auth: { method: "ntlm" } };
  const auth = { method: "certificate", certificatePem: CLIENT.certPem, privateKeyPem: { env: "CLIENT_KEY" } };
  const own = { host: "127.0.0.1", ...https, auth };
  const mapping = (connection: object, over: object = {}, options = "{}"): Declared => ({
    ...{ type: "CertMapping", name: "mapping", options },
    args: { connection, ...WIDE, userName: SVC.name, password: { env: "MAPPED" }, ...over },
  });
  const env = { MAPPED: SVC.password, CLIENT_KEY: CLIENT.keyPem };
  const fixture = await hostFixture(t, { resources: [mapping(ntlm)], env });
  const up = async (declared: Declared, expectExit: 0 | "any" = 0) => {
    fixture.declare([declared]);
    host.journal.clear();
    return printed(await fixture.pulumi(["up", "--yes"], { expectExit }));
  };
  const verbs = () => host.journal.writes().map(({ action }) => action?.split("/").at(-1));
  const subjects = () => host.certMappings.list().map(({ subject }) => subject);
  await up(mapping(ntlm));
  await up(mapping(own));
  const exact = { subject: "deploy@localhost" };

  await t.test("with the default order", async () => {
    assert.match(await up(mapping(own, exact)), /1 replaced/);
    assert.deepEqual([verbs(), subjects()], [["Create", "Delete"], ["deploy@localhost"]]);
    assert.match(printed(await fixture.pulumi(["preview", "--refresh", "--expect-no-changes"])), /2 unchanged/);
  });

  await t.test("not back, because the better one hides the other from every logon", async () => {
    assert.match(await up(mapping(own), "any"), /\[WINRM_E_LOCKOUT\]/);
    assert.deepEqual([verbs(), subjects()], [[], ["deploy@localhost"]]);
    assert.equal((await fixture.state()).resource("mapping").inputs?.["subject"], "deploy@localhost");
  });

  await t.test("with deleteBeforeReplace: false", async () => {
    const uri = "http://schemas.microsoft.com/wbem/wsman/1/*";
    assert.match(await up(mapping(own, { ...exact, uri }, "{ deleteBeforeReplace: false }")), /1 replaced/);
    assert.deepEqual(verbs(), ["Create", "Delete"]);
    assert.deepEqual(
      host.certMappings.list().map((one) => one.uri),
      [uri],
    );
  });

  await t.test("and destroy refuses to take the last one", async () => {
    host.journal.clear();
    const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"], { expectExit: "any" }));
    assert.match(text, /\[WINRM_E_LOCKOUT\]/);
    assert.deepEqual([verbs(), host.certMappings.list().length], [[], 1]);
  });
});
