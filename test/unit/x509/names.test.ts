/** Names of certificates: what one holds cannot be taken for another name, whatever its characters. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { namesIn } from "../../../provider/x509/names";
import { identitiesOf } from "../../../provider/x509/mapped-identity";
import { clientCertificate } from "../../support/hosts/client-certificates";

const NAMES = [
  "deploy@localhost",
  "jürgen@localhost",
  "a,b@localhost",
  'q"uote@localhost',
  "back\\slash@localhost",
  "x, DNS:evil.example.com",
  "x, othername:UPN:admin@localhost",
  "tab\t\u0001@localhost",
];

for (const name of NAMES) {
  test(`a certificate with the name ${JSON.stringify(name)} has that name and no other`, () => {
    const { certPem } = clientCertificate({ upn: name });
    assert.deepEqual(namesIn(new X509Certificate(certPem)), { upns: [name], dns: [] });
    assert.deepEqual(identitiesOf(certPem).names, [name]);
    if (/[^\x20-\x7e]/.test(name)) return;
    const dns = new X509Certificate(clientCertificate({ dns: name }).certPem);
    assert.deepEqual(namesIn(dns), { upns: [], dns: [name] });
  });
}

test("a certificate with a user principal name and a DNS name has both; one without has none", () => {
  const both = new X509Certificate(clientCertificate({ upn: "a@b", dns: "c.d" }).certPem);
  assert.deepEqual(namesIn(both), { upns: ["a@b"], dns: ["c.d"] });
  assert.deepEqual(namesIn(new X509Certificate(clientCertificate({}).certPem)), { upns: [], dns: [] });
});
