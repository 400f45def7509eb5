/** What `check` says to a CertMapping's arguments, and what is read from certificates. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { certMapping } from "../../../provider/lifecycle/cert-mapping/definition";
import { checkMapping, wantedOf } from "../../../provider/lifecycle/cert-mapping/arguments";
import { identitiesOf, readMappedIdentity } from "../../../provider/x509/mapped-identity";
import {
  authority,
  type CertificateAbout,
  clientCertificate,
  thumbprint,
} from "../../support/hosts/client-certificates";

type Args = Readonly<Record<string, unknown>>;

const CONNECTION = { host: "web01" };
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const THUMBPRINT = "0123456789ABCDEF0123456789abcdef01234567";
const RIGHT: Args = {
  connection: CONNECTION,
  subject: "deploy@localhost",
  issuer: THUMBPRINT,
  userName: "svc",
  password: "Planted-5e1!",
};
const CA = authority();
const IMPOSTOR = authority();
const ANOTHER = authority("Another CA");
const client = (about: CertificateAbout = {}, signer = CA): string =>
  clientCertificate({ upn: "deploy@localhost", ...about }, signer).certPem;
const { keyPem, certPem } = clientCertificate({ upn: "deploy@localhost" }, CA);
const pems = (clientCertificatePem: string, issuerCertificatePem = CA.certPem): Args => ({
  subject: undefined,
  issuer: undefined,
  clientCertificatePem,
  issuerCertificatePem,
});

/** Changes of right arguments, the property that must be named, and a part of the reason. */
const WRONG: readonly (readonly [string, Args, string, RegExp])[] = [
  ["no subject", { subject: undefined }, "subject", /is required, or clientCertificatePem/],
  ["an empty subject", { subject: "" }, "subject", /must not be empty/],
  ["a distinguished name", { subject: "CN=deploy, O=Corp" }, "subject", /distinguished name.*deploy@localhost/],
  ["a star in the middle of a subject", { subject: "a*b" }, "subject", /one \*, as its first or its last/],
  ["two stars in a subject", { subject: "*a*" }, "subject", /one \*/],
  ["a long subject", { subject: "x".repeat(1024) }, "subject", /at most 1023/],
  ["a subject that is a number", { subject: 5 }, "subject", /must be a string, not a number/],
  ["a blank around a subject", { subject: "deploy@localhost " }, "subject", /blank/],
  ["no issuer", { issuer: undefined }, "issuer", /is required with subject/],
  ["an issuer that is no thumbprint", { issuer: "Corp CA" }, "issuer", /40 hex digits/],
  ["a SHA-256 fingerprint", { issuer: "ab".repeat(32) }, "issuer", /SHA-256.*SHA-1/],
  ["an invisible character before the issuer", { issuer: `\u200e${THUMBPRINT}` }, "issuer", /invisible/],
  ["a URI with a blank", { uri: "a b" }, "uri", /blanks or \?/],
  ["a URI with a query", { uri: "http://x/y?z" }, "uri", /blanks or \?/],
  ["a star in the middle of a URI", { uri: "http://*/x" }, "uri", /as its last character/],
  ["no user name", { userName: undefined }, "userName", /is required/],
  ["an account of a domain", { userName: "CORP\\ops" }, "userName", /local accounts only, never.*domain/],
  ["an account of a realm", { userName: "ops@corp.example" }, "userName", /local accounts only/],
  ["a user name that Windows does not take", { userName: "a/b" }, "userName", /no account name/],
  ["a long user name", { userName: "x".repeat(21) }, "userName", /at most 20/],
  ["no password", { password: undefined }, "password", /is required/],
  ["a password that is a number", { password: 5 }, "password", /\{ env: "NAME" \}/],
  ["a blank password", { password: "   " }, "password.text", /must not be blank/],
  ["a long password", { password: "Planted-5e1!".repeat(22) }, "password.text", /at most 255/],
  ["enabled as a text", { enabled: "true" }, "enabled", /true or false/],
  ["adopt as a text", { adopt: "yes" }, "adopt", /true or false/],
  ["a subject beside a certificate", { clientCertificatePem: client() }, "subject", /give one of the two/],
  ["an issuer twice", { issuerCertificatePem: CA.certPem }, "issuer", /give one of the two/],
  [
    "a thumbprint beside a certificate",
    { ...pems(client()), issuerCertificatePem: undefined, issuer: THUMBPRINT },
    "issuer",
    /issuerCertificatePem instead/,
  ],
  [
    "several issuers of a subject",
    { issuer: undefined, issuerCertificatePem: CA.certPem + ANOTHER.certPem },
    "issuerCertificatePem.certificate",
    /exactly one/,
  ],
  ["a text that is no PEM", pems("deploy.pem"), "clientCertificatePem.certificate", /no certificate in PEM/],
  [
    "a PEM that is cut off",
    pems(client().replace(/.{200}(?=-----END)/s, "\n")),
    "clientCertificatePem.certificate",
    /cannot be read/,
  ],
  [
    "a private key beside the certificate",
    pems(certPem + keyPem),
    "clientCertificatePem.certificate",
    /private key, which must never/,
  ],
  [
    "an issuer's private key",
    pems(client(), CA.certPem + CA.keyPem),
    "issuerCertificatePem.certificate",
    /private key/,
  ],
  ["an authority in place of a client", pems(CA.certPem), "clientCertificatePem.certificate", /authorities only/],
  [
    "two clients",
    pems(client() + client({ upn: "b@localhost" })),
    "clientCertificatePem.certificate",
    /several client certificates/,
  ],
  [
    "no issuer of a certificate",
    { ...pems(client()), issuerCertificatePem: undefined },
    "clientCertificatePem.certificate",
    /not self-signed; set issuerCertificatePem/,
  ],
  ["another issuer", pems(client(), ANOTHER.certPem), "issuerCertificatePem.certificate", /did not sign.*CN=Test CA/],
  [
    "a certificate for servers",
    pems(client({ usage: "serverAuth" })),
    "clientCertificatePem.certificate",
    /1\.3\.6\.1\.5\.5\.7\.3\.2/,
  ],
  [
    "a certificate for servers",
    pems(client({ usage: "serverAuth" })),
    "clientCertificatePem.certificate",
    /1\.3\.6\.1\.5\.5\.7\.3\.2/,
  ],
  [
    "a key that may not sign",
    pems(client({ keyUsage: "keyEncipherment" })),
    "clientCertificatePem.certificate",
    /digitalSignature/,
  ],
  [
    "a certificate without a name",
    pems(client({ upn: undefined, commonName: "deploy" })),
    "clientCertificatePem.certificate",
    /subject itself does not count/,
  ],
  [
    "a certificate with both names",
    pems(client({ dns: "runner.example" })),
    "clientCertificatePem.certificate",
    /one of the two only/,
  ],
  ["a certificate above 16 KB", pems(client({ padding: 17_000 })), "clientCertificatePem.certificate", /at most 16384/],
  ["an argument that is none", { username: "svc" }, "username", /is not an argument/],
];

suite("checks of CertMapping", () => {
  for (const [what, change, property, reason] of WRONG) {
    test(`refuse ${what}, at ${property}`, () => {
      const problems = certMapping.check({ ...RIGHT, ...change });
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
        JSON.stringify(problems),
      );
      assert.match(problems[0]!.reason, reason);
      assert.doesNotMatch(JSON.stringify(problems), /Planted|PRIVATE KEY/);
    });
  }

  test("refuse the impostor that has the issuer's name, although the name fits", () => {
    const forged = clientCertificate(
      { upn: "deploy@localhost" },
      { certPem: CA.certPem, keyPem: clientCertificate().keyPem },
    );
    const [problem] = checkMapping({ ...RIGHT, ...pems(forged.certPem, IMPOSTOR.certPem) });
    assert.match(problem!.reason, /has the name of the issuer, but did not sign/);
  });

  test("take right arguments, and everything that is not known yet", () => {
    assert.deepEqual(certMapping.check({ ...RIGHT }), []);
    assert.deepEqual(certMapping.check({ ...RIGHT, ...pems(client()) }), []);
    assert.deepEqual(certMapping.check({ ...RIGHT, password: { env: "PW" }, uri: "http://a/b*", enabled: false }), []);
    for (const name of Object.keys(RIGHT)) {
      assert.deepEqual(certMapping.check({ ...RIGHT, [name]: UNKNOWN }), [], name);
    }
    assert.deepEqual(certMapping.check({ ...RIGHT, ...pems(UNKNOWN) }), []);
    assert.deepEqual(certMapping.check({ ...RIGHT, ...pems(client(), UNKNOWN) }), []);
  });

  test("never throw, whatever a program passes", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...Object.keys(RIGHT), "uri", "clientCertificatePem", "issuerCertificatePem"),
          fc.anything(),
        ),
        (given) => {
          assert.ok(Array.isArray(certMapping.check({ ...RIGHT, ...given })));
        },
      ),
    );
  });
});

suite("a mapping read from certificates", () => {
  const read = (pem: string, issuerPem?: string) => {
    const reading = readMappedIdentity(pem, issuerPem);
    assert.ok(reading.ok, JSON.stringify(reading));
    return reading.certificate;
  };
  const intermediate = authority("Test CA 2", CA);

  test("has the user principal name and the thumbprint of the direct issuer", () => {
    const { subject, issuer } = read(client(), CA.certPem);
    assert.deepEqual([subject, issuer], ["deploy@localhost", thumbprint(CA.certPem)]);
  });

  test("has a DNS name where there is no user principal name, and names beyond ASCII", () => {
    assert.equal(read(client({ upn: undefined, dns: "runner.example" }), CA.certPem).subject, "runner.example");
    assert.equal(read(client({ upn: 'jürgen, "x"@localhost' }), CA.certPem).subject, 'jürgen, "x"@localhost');
  });

  test("goes by the authority that signed, not by the root", () => {
    const leaf = client({}, intermediate);
    for (const [one, other] of [
      [leaf, intermediate.certPem + CA.certPem],
      [leaf, CA.certPem + intermediate.certPem],
      [leaf + intermediate.certPem, undefined],
    ] as const) {
      assert.equal(read(one, other).issuer, thumbprint(intermediate.certPem));
    }
  });

  test("is its own issuer where it signed itself", () => {
    const own = clientCertificate({ upn: "own@localhost" }).certPem;
    assert.equal(read(own).issuer, thumbprint(own));
    assert.deepEqual(identitiesOf(own), { names: ["own@localhost"], issuer: thumbprint(own) });
  });

  test("has its thumbprint without blanks and colons", () => {
    const issuer = THUMBPRINT.replace(/..(?!$)/g, "$&:").toLowerCase();
    const wanted = wantedOf({ connection: CONNECTION, subject: "a", issuer, userName: "u", password: "p" });
    assert.deepEqual(wanted, {
      key: { uri: "*", subject: "a", issuer: THUMBPRINT.toUpperCase() },
      userName: "u",
      enabled: true,
    });
  });
});
