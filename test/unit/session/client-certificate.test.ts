/** What is wrong with a client certificate is said before anything is sent, and never with the key in it. */
import assert from "node:assert/strict";
import nodeCrypto, { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { asn1, pkcs12, pki } from "node-forge";
import { isWinrmError, type WinrmError } from "../../../provider/errors";
import { type CertificateMaterial, readClientCertificate } from "../../../provider/x509/client-certificate";
import { credentialKey } from "../../../provider/session/guard/logon-guard";
import { accountOf, passwordOf, secretsOf, type SessionTarget } from "../../../provider/session/target";
import { tlsOptions } from "../../../provider/session/transport/tls-options";
import { authority, clientCertificate, type CertificateAbout } from "../../support/hosts/client-certificates";
import { targetOf } from "../../support/hosts/sessions";
import { assertWording } from "../../support/pages/golden";

const CA = authority();
const OPS = clientCertificate({ upn: "ops@localhost" }, CA);
const PASSPHRASE = "Planted passphrase 77";
const OTHER_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

const pem = (certificatePem = OPS.certPem, privateKeyPem = OPS.keyPem, passphrase?: string): CertificateMaterial => ({
  kind: "pem",
  certificatePem,
  privateKeyPem,
  passphrase,
});
const issued = (about: CertificateAbout) => {
  const { certPem, keyPem } = clientCertificate(about, CA);
  return pem(certPem, keyPem);
};
const encrypted = (cipher = "aes-256-cbc") =>
  createPrivateKey(OPS.keyPem).export({ type: "pkcs8", format: "pem", cipher, passphrase: PASSPHRASE }).toString();
const pfxOf = (password: string | null, key = true) => {
  const chain = [OPS, CA].map(({ certPem }) => pki.certificateFromPem(certPem));
  const keyOrNone = key ? pki.privateKeyFromPem(OPS.keyPem) : null;
  return Buffer.from(asn1.toDer(pkcs12.toPkcs12Asn1(keyOrNone, chain, password)).getBytes(), "binary");
};

/** As a damaged file has it, or one that somebody made to keep the process busy: a MAC of many iterations. */
function endlessPfx(iterations: string): Buffer {
  const pfx = asn1.fromDer(pfxOf(PASSPHRASE).toString("binary")) as unknown as {
    value: { value: { value: unknown }[] }[];
  };
  pfx.value[2]!.value[2]!.value = iterations;
  return Buffer.from(asn1.toDer(pfx as unknown as asn1.Asn1).getBytes(), "binary");
}

function refusal(material: CertificateMaterial, at?: Date): WinrmError {
  try {
    readClientCertificate(material, at);
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    const everything = `${error.message} ${error.stack ?? ""} ${JSON.stringify(error)} ${String(error.cause)}`;
    assert.ok(!everything.includes("Planted"), everything);
    for (const line of OPS.keyPem.split("\n").slice(1, -2)) assert.ok(!everything.includes(line), everything);
    return error;
  }
  throw new Error("it was accepted");
}

suite("a client certificate that can be used", () => {
  test("has the name of its UPN, and its fingerprint", () => {
    const certificate = readClientCertificate(pem());
    assert.equal(certificate.name, "ops@localhost");
    assert.equal(
      certificate.fingerprint,
      createHash("sha256").update(new X509Certificate(OPS.certPem).raw).digest("hex"),
    );
    assert.equal(readClientCertificate(issued({ commonName: "web client" })).name, "CN=web client");
  });

  test("is found in a chain in any order, and comes first", () => {
    const { chainPem } = readClientCertificate(pem(`text before\n${CA.certPem}\nbetween ${OPS.certPem}`));
    const blocks = chainPem.match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? [];
    assert.deepEqual(
      blocks.map((block) => new X509Certificate(block).subject),
      ["CN=ops@localhost", "CN=Test CA"],
    );
  });

  test("opens with its passphrase, as PEM and as PFX", () => {
    for (const material of [
      pem(OPS.certPem, encrypted(), PASSPHRASE),
      { kind: "pfx", pfx: pfxOf(PASSPHRASE), passphrase: PASSPHRASE },
      { kind: "pfx", pfx: pfxOf(null), passphrase: undefined },
    ] as const) {
      const certificate = readClientCertificate(material);
      assert.equal(certificate.name, "ops@localhost");
      assert.ok(createPrivateKey(certificate.keyPem).equals(createPrivateKey(OPS.keyPem)));
    }
  });

  test("may be for any purpose, or name none", () => {
    assert.equal(readClientCertificate(issued({ usage: "none", upn: "a@b" })).name, "a@b");
  });

  test("is another account for each certificate, and has no password", () => {
    const targets = [pem(), issued({ upn: "ops@localhost" })].map(
      (material): SessionTarget => ({
        ...targetOf(5986, { transport: "https" }),
        auth: { method: "certificate", certificate: readClientCertificate(material), channelBinding: true },
      }),
    );
    assert.deepEqual(
      targets.map(({ auth }) => [accountOf(auth), passwordOf(auth)]),
      [
        ["ops@localhost", undefined],
        ["ops@localhost", undefined],
      ],
    );
    assert.equal(new Set(targets.map(credentialKey)).size, 2);
    const { maxVersion } = tlsOptions(targets[0]!);
    assert.equal(maxVersion, "TLSv1.2");
  });

  test("names all forms of its key and its passphrase as secrets", () => {
    const certificate = readClientCertificate(pem(OPS.certPem, encrypted(), PASSPHRASE));
    const secrets = secretsOf({ method: "certificate", certificate, channelBinding: true });
    assert.ok(secrets.includes(PASSPHRASE));
    for (const line of certificate.keyPem.split("\n").slice(1, -3)) assert.ok(secrets.includes(line), line);
  });
});

test("I1: the iterations of PBES2 are done by Node, many times as fast as by node-forge", (t) => {
  const natively = t.mock.method(nodeCrypto, "pbkdf2Sync");
  const options = { algorithm: "aes256", count: 100, prfAlgorithm: "sha256" } as const;
  const chain = [pki.certificateFromPem(OPS.certPem)];
  const made = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(OPS.keyPem), chain, PASSPHRASE, options);
  const pfx = Buffer.from(asn1.toDer(made).getBytes(), "binary");
  assert.equal(readClientCertificate({ kind: "pfx", pfx, passphrase: PASSPHRASE }).name, "ops@localhost");
  assert.deepEqual(
    natively.mock.calls.map(({ arguments: [, , count, , digest] }) => [count, digest]),
    [[100, "sha256"]],
  );
});

suite("a client certificate that cannot be used", () => {
  const now = Date.now();
  const CASES: readonly [string, CertificateMaterial, Date?][] = [
    ["no certificate in PEM", pem("-----BEGIN NOTHING-----")],
    ["a certificate that is cut off", pem(OPS.certPem.replace(/\n[^\n]+\n[^\n]+\n-----END/, "\n-----END"))],
    ["no key in PEM", pem(OPS.certPem, "Planted text")],
    ["a key that is cut off", pem(OPS.certPem, OPS.keyPem.slice(0, 400) + "\n-----END PRIVATE KEY-----\n")],
    ["another key", pem(OPS.certPem, OTHER_KEY)],
    ["no passphrase", pem(OPS.certPem, encrypted())],
    ["a wrong passphrase", pem(OPS.certPem, encrypted(), "Planted other")],
    ["a wrong passphrase, triple DES", pem(OPS.certPem, encrypted("des-ede3-cbc"), "Planted")],
    ["no PFX", { kind: "pfx", pfx: Buffer.from("Planted"), passphrase: undefined }],
    ["a wrong passphrase of a PFX", { kind: "pfx", pfx: pfxOf(PASSPHRASE), passphrase: "Planted x" }],
    ["no passphrase for a PFX", { kind: "pfx", pfx: pfxOf(PASSPHRASE), passphrase: undefined }],
    ["a PFX of too many iterations", { kind: "pfx", pfx: endlessPfx("\x7f\xff\xff\xff"), passphrase: PASSPHRASE }],
    ["a PFX of one too many", { kind: "pfx", pfx: endlessPfx("\x09\x27\xc1"), passphrase: PASSPHRASE }],
    ["a PFX without a key", { kind: "pfx", pfx: pfxOf(PASSPHRASE, false), passphrase: PASSPHRASE }],
    ["an expired certificate", issued({ days: [-9, -2] })],
    ["a certificate of the future", issued({ days: [2, 9] })],
    ["one that expires while it is in use", pem(), new Date(now + 100 * 24 * 3600 * 1000)],
    ["one for servers", issued({ usage: "serverAuth" })],
    ["one of 17 kilobytes", issued({ padding: 16_000 })],
  ];
  for (const [what, material, at] of CASES) {
    test(`${what} is explained`, (t) => {
      const error = refusal(material, at);
      assert.equal(error.code, "WINRM_E_ARGUMENT");
      assertWording(t, error.message);
      assert.match(error.message, /\n {2}next: /);
    });
  }

  test("I1: a PFX and a PEM that are damaged or cut off anywhere: a certificate or a refusal, and nothing else", () => {
    const chain = [OPS].map(({ certPem }) => pki.certificateFromPem(certPem));
    const made = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(OPS.keyPem), chain, PASSPHRASE, { count: 1 });
    const pfx = Buffer.from(asn1.toDer(made).getBytes(), "binary");
    const attempt = (material: CertificateMaterial): void => {
      try {
        readClientCertificate(material);
      } catch (error) {
        assert.ok(isWinrmError(error) && error.code === "WINRM_E_ARGUMENT", String(error));
      }
    };
    for (let at = 0; at < pfx.length; at += 1 + Math.floor(at / 40)) {
      attempt({ kind: "pfx", pfx: pfx.subarray(0, at), passphrase: PASSPHRASE });
      for (const value of [0x00, 0x84, 0xff]) {
        const changed = Buffer.from(pfx);
        changed[at] = value;
        attempt({ kind: "pfx", pfx: changed, passphrase: PASSPHRASE });
      }
    }
    for (let at = 0; at < OPS.certPem.length; at += 23) {
      attempt(pem(OPS.certPem.slice(0, at)));
      attempt(pem(`${OPS.certPem.slice(0, at)}A${OPS.certPem.slice(at + 1)}`));
      attempt(pem(OPS.certPem, `${OPS.keyPem.slice(0, at)}A${OPS.keyPem.slice(at + 1)}`));
    }
  });
});
