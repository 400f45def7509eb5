/** What `check` says to a CertMapping's arguments, and what is read from certificates. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { checkMapping, wantedOf } from "../../../provider/lifecycle/cert-mapping/arguments";
import { identitiesOf, readMappedIdentity } from "../../../provider/x509/mapped-identity";
import {
  authority,
  type CertificateAbout,
  clientCertificate,
  thumbprint,
} from "../../support/hosts/client-certificates";
import { assertWording } from "../../support/pages/golden";

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

/** A BIT STRING of five bytes that has one, and an INTEGER. */
const CUT = Buffer.from([0x03, 0x05, 0x80]);
const INTEGER = Buffer.from([0x02, 0x01, 0x80]);

/** Changes of right arguments, and the property that must be named. */
const WRONG: readonly (readonly [string, Args, string])[] = [
  ["no subject", { subject: undefined }, "subject"],
  ["an empty subject", { subject: "" }, "subject"],
  ["a distinguished name", { subject: "CN=deploy, O=Corp" }, "subject"],
  ["a star in the middle of a subject", { subject: "a*b" }, "subject"],
  ["two stars in a subject", { subject: "*a*" }, "subject"],
  ["a long subject", { subject: "x".repeat(1024) }, "subject"],
  ["a subject that is a number", { subject: 5 }, "subject"],
  ["a blank around a subject", { subject: "deploy@localhost " }, "subject"],
  ["no issuer", { issuer: undefined }, "issuer"],
  ["an issuer that is no thumbprint", { issuer: "Corp CA" }, "issuer"],
  ["a SHA-256 fingerprint", { issuer: "ab".repeat(32) }, "issuer"],
  ["a letter of another script in the issuer", { issuer: `\u0430${THUMBPRINT.slice(1)}` }, "issuer"],
  ["a URI with a blank", { uri: "a b" }, "uri"],
  ["a URI with a query", { uri: "http://x/y?z" }, "uri"],
  ["a star in the middle of a URI", { uri: "http://*/x" }, "uri"],
  ["no user name", { userName: undefined }, "userName"],
  ["an account of a domain", { userName: "CORP\\ops" }, "userName"],
  ["an account of a realm", { userName: "ops@corp.example" }, "userName"],
  ["a user name that Windows does not take", { userName: "a/b" }, "userName"],
  ["a long user name", { userName: "x".repeat(21) }, "userName"],
  ["no password", { password: undefined }, "password"],
  ["a password that is a number", { password: 5 }, "password"],
  ["a blank password", { password: "   " }, "password.text"],
  ["a long password", { password: "Planted-5e1!".repeat(22) }, "password.text"],
  ["enabled as a text", { enabled: "true" }, "enabled"],
  ["adopt as a text", { adopt: "yes" }, "adopt"],
  ["a subject beside a certificate", { clientCertificatePem: client() }, "subject"],
  ["an issuer twice", { issuerCertificatePem: CA.certPem }, "issuer"],
  [
    "a thumbprint beside a certificate",
    { ...pems(client()), issuerCertificatePem: undefined, issuer: THUMBPRINT },
    "issuer",
  ],
  [
    "several issuers of a subject",
    { issuer: undefined, issuerCertificatePem: CA.certPem + ANOTHER.certPem },
    "issuerCertificatePem.certificate",
  ],
  ["a text that is no PEM", pems("deploy.pem"), "clientCertificatePem.certificate"],
  ["a PEM that is cut off", pems(client().replace(/.{200}(?=-----END)/s, "\n")), "clientCertificatePem.certificate"],
  ["a private key beside the certificate", pems(certPem + keyPem), "clientCertificatePem.certificate"],
  ["an issuer's private key", pems(client(), CA.certPem + CA.keyPem), "issuerCertificatePem.certificate"],
  ["an authority in place of a client", pems(CA.certPem), "clientCertificatePem.certificate"],
  ["two clients", pems(client() + client({ upn: "b@localhost" })), "clientCertificatePem.certificate"],
  [
    "no issuer of a certificate",
    { ...pems(client()), issuerCertificatePem: undefined },
    "clientCertificatePem.certificate",
  ],
  ["another issuer", pems(client(), ANOTHER.certPem), "issuerCertificatePem.certificate"],
  ["a certificate for servers", pems(client({ usage: "serverAuth" })), "clientCertificatePem.certificate"],
  ["a key that may not sign", pems(client({ keyUsage: "keyEncipherment" })), "clientCertificatePem.certificate"],
  ["a key usage that is cut off", pems(client({ keyUsage: CUT })), "clientCertificatePem.certificate"],
  ["a key usage that is no BIT STRING", pems(client({ keyUsage: INTEGER })), "clientCertificatePem.certificate"],
  ["an empty key usage", pems(client({ keyUsage: Buffer.alloc(0) })), "clientCertificatePem.certificate"],
  [
    "a certificate without a name",
    pems(client({ upn: undefined, commonName: "deploy" })),
    "clientCertificatePem.certificate",
  ],
  ["a certificate with both names", pems(client({ dns: "runner.example" })), "clientCertificatePem.certificate"],
  ["a certificate above 16 KB", pems(client({ padding: 17_000 })), "clientCertificatePem.certificate"],
  ["an argument that is none", { username: "svc" }, "username"],
];

suite("checks of CertMapping", () => {
  for (const [what, change, property] of WRONG) {
    test(`refuse ${what}, at ${property}`, (t) => {
      const problems = checkMapping({ ...RIGHT, ...change });
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
        JSON.stringify(problems),
      );
      assertWording(t, problems[0]!.reason);
      assert.doesNotMatch(JSON.stringify(problems), /Planted|PRIVATE KEY/);
    });
  }

  test("refuse the impostor that has the issuer's name, although the name fits", (t) => {
    const forged = clientCertificate(
      { upn: "deploy@localhost" },
      { certPem: CA.certPem, keyPem: clientCertificate().keyPem },
    );
    const [problem] = checkMapping({ ...RIGHT, ...pems(forged.certPem, IMPOSTOR.certPem) });
    assert.equal(problem?.property, "issuerCertificatePem.certificate");
    assertWording(t, problem.reason);
  });

  test("take right arguments, and everything that is not known yet", () => {
    assert.deepEqual(checkMapping({ ...RIGHT }), []);
    assert.deepEqual(checkMapping({ ...RIGHT, ...pems(client()) }), []);
    assert.deepEqual(checkMapping({ ...RIGHT, password: { env: "PW" }, uri: "http://a/b*", enabled: false }), []);
    for (const name of Object.keys(RIGHT)) {
      assert.deepEqual(checkMapping({ ...RIGHT, [name]: UNKNOWN }), [], name);
    }
    assert.deepEqual(checkMapping({ ...RIGHT, ...pems(UNKNOWN) }), []);
    assert.deepEqual(checkMapping({ ...RIGHT, ...pems(client(), UNKNOWN) }), []);
  });

  test("never throw, whatever a program passes", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...Object.keys(RIGHT), "uri", "clientCertificatePem", "issuerCertificatePem"),
          fc.anything(),
        ),
        (given) => {
          assert.ok(Array.isArray(checkMapping({ ...RIGHT, ...given })));
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
