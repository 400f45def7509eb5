/** Client certificates against Apache, which asks for them by renegotiation, and nginx, which asks at once. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Auth, Tls } from "../../../provider/contract/connection/connection";
import { buildIdentify } from "../../../provider/wsman/envelope";
import { certificateFor } from "../../support/hosts/certificates";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";
import { failure } from "../../support/hosts/sessions";
import { temporaryFolder } from "../clients/peer";
import { clientOf } from "./login";
import {
  openssl,
  skipWithoutApache,
  skipWithoutNginx,
  skipWithoutOpenssl,
  startApache,
  startNginx,
  type WebServer,
} from "./web-server";

const CA = authority();
const SERVER = certificateFor(["localhost"]);
const TRUST: Tls = { ca: SERVER.certPem };
const OPS = clientCertificate({ upn: "ops@localhost", commonName: "ops" }, CA);
const STRANGER = clientCertificate({ upn: "ops@localhost", commonName: "ops" }, authority("Another CA"));
const FILES = { "ca.pem": CA.certPem, "server.pem": SERVER.certPem, "server.key": SERVER.keyPem };

const authOf = (pair: { certPem: string; keyPem: string }): Auth => ({
  method: "certificate",
  certificatePem: pair.certPem,
  privateKeyPem: pair.keyPem,
});

/** TLS for everybody; who wants `/wsman` is asked for a certificate then. */
function apache(t: TestContext, { location = "", server = "" } = {}): Promise<WebServer> {
  const site = `
    SSLEngine on
    SSLCertificateFile FOLDER/server.pem
    SSLCertificateKeyFile FOLDER/server.key
    SSLCACertificateFile FOLDER/ca.pem
    SSLSessionCache none
    ${server}
    <Location /wsman>
      SSLVerifyClient require
      SSLVerifyDepth 2
      SSLOptions +StdEnvVars
      ${location}
    </Location>`;
  return startApache(t, { modules: ["ssl"], site, files: FILES });
}

function nginx(t: TestContext, protocols = "TLSv1.2 TLSv1.3"): Promise<WebServer> {
  const tls = `
    ssl_certificate FOLDER/server.pem;
    ssl_certificate_key FOLDER/server.key;
    ssl_client_certificate FOLDER/ca.pem;
    ssl_verify_client on;
    ssl_protocols ${protocols};`;
  return startNginx(t, tls, FILES);
}

suite("a client certificate, to Apache that renegotiates", { skip: skipWithoutApache() }, () => {
  test("logs in with the first message, and stays logged in on the connection", async (t) => {
    const server = await apache(t);
    const { who } = clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST });
    const length = String(Buffer.byteLength(buildIdentify()));
    for (const round of [1, 2, 3]) {
      const { vendor, version } = await who();
      assert.deepEqual([vendor, version], ["ops", length], `round ${round}`);
    }
    const mutual = "200 http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
    assert.deepEqual(await server.log(3), [mutual, mutual, mutual]);
  });

  test("a first message of 100 kilobytes arrives whole", async (t) => {
    const server = await apache(t);
    const { send } = clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST });
    const message = buildIdentify() + " ".repeat(100_000);
    assert.match(await send(message), new RegExp(`<i:ProductVersion>${message.length}<`));
  });
});

const refused = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("200"));

suite("a client certificate that Apache refuses", { skip: skipWithoutApache() }, () => {
  test("by an unknown authority is shown once, however often it is asked for", async (t) => {
    const server = await apache(t);
    const { who } = clientOf(t, server.port, { auth: authOf(STRANGER), tls: TRUST });
    const first = await failure(who());
    assert.equal(first.code, "WINRM_E_LOGON_DENIED");
    assert.match(first.message, /UNKNOWN_CA/);
    assert.equal((await failure(who())).code, "WINRM_E_LOGON_SUPPRESSED");
    assert.equal((await server.log(1)).length, 1);
  });

  test("in the first handshake is explained in the same way", async (t) => {
    const server = await apache(t, { server: "SSLVerifyClient require" });
    const { who } = clientOf(t, server.port, { auth: authOf(STRANGER), tls: TRUST });
    const error = await failure(who());
    assert.equal(error.code, "WINRM_E_LOGON_DENIED");
    assert.match(error.message, /UNKNOWN_CA/);
    assert.ok(!error.retryable);
    const good = clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST });
    assert.equal((await good.who()).vendor, "ops");
  });

  test("although it is valid, for this account, is denied once", async (t) => {
    const server = await apache(t, { location: 'SSLRequire %{SSL_CLIENT_S_DN_CN} eq "somebody"' });
    const { who } = clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST });
    const error = await failure(who());
    assert.deepEqual([error.code, /HTTP 403/.test(error.message)], ["WINRM_E_LOGON_DENIED", true]);
    assert.equal((await failure(who())).code, "WINRM_E_LOGON_SUPPRESSED");
    assert.deepEqual(refused(await server.log(1)).length, 1);
  });
});

suite("the TLS version for a client certificate", { skip: skipWithoutNginx() }, () => {
  test("a server with TLS 1.3 only is explained, with the way out", async (t) => {
    const server = await nginx(t, "TLSv1.3");
    const error = await failure(clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST }).who());
    assert.equal(error.code, "WINRM_E_TLS");
    assert.match(error.message, /TLS 1.3 only.*\n.*post-handshake[^\n]*\n.*clientcertnegotiation=enable.*maxVersion/);
    assert.deepEqual(await server.log(0), []);
  });

  test("and tls.maxVersion lets a server that asks at once have its TLS 1.3", async (t) => {
    const server = await nginx(t, "TLSv1.3");
    const { who } = clientOf(t, server.port, { auth: authOf(OPS), tls: { ...TRUST, maxVersion: "TLSv1.3" } });
    assert.deepEqual(await who(), { vendor: "CN=ops", version: "TLSv1.3", securityProfiles: [] });
  });

  test("is 1.2 where the server has both", async (t) => {
    const server = await nginx(t);
    assert.equal((await clientOf(t, server.port, { auth: authOf(OPS), tls: TRUST }).who()).version, "TLSv1.2");
  });

  test("nginx's page for a certificate it does not trust is a refusal, met once", async (t) => {
    for (const tls of [TRUST, { ...TRUST, maxVersion: "TLSv1.3" as const }]) {
      const server = await nginx(t);
      const { who } = clientOf(t, server.port, { auth: authOf(STRANGER), tls });
      const error = await failure(who());
      assert.equal(error.code, "WINRM_E_LOGON_DENIED", error.message);
      assert.equal((await failure(who())).code, "WINRM_E_LOGON_SUPPRESSED");
      assert.equal((await server.log(1)).length, 1);
    }
  });

  test("without a certificate a limit of 1.2 holds too, and says so where the server wants more", async (t) => {
    const auth: Auth = { method: "basic", username: "ops", password: "x" };
    const server = await nginx(t, "TLSv1.3");
    const error = await failure(clientOf(t, server.port, { auth, tls: { ...TRUST, maxVersion: "TLSv1.2" } }).who());
    assert.deepEqual([error.code, /tls.maxVersion/.test(error.message)], ["WINRM_E_TLS", true]);
  });
});

const PASSPHRASE = "Planted passphrase 77";

suite("keys as users have them", { skip: skipWithoutApache() }, () => {
  test("an encrypted key in PEM, with its passphrase", async (t) => {
    const server = await apache(t);
    const key = createPrivateKey(OPS.keyPem);
    for (const type of ["pkcs8", "pkcs1"] as const) {
      const privateKeyPem = key
        .export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE })
        .toString();
      const auth: Auth = { ...authOf(OPS), privateKeyPem, passphrase: PASSPHRASE };
      assert.equal((await clientOf(t, server.port, { auth, tls: TRUST }).who()).vendor, "ops");
    }
  });

  test("an intermediate authority travels with the certificate, and without it there is no logon", async (t) => {
    const middle = authority("Middle CA", CA);
    const ops = clientCertificate({ commonName: "ops" }, middle);
    const server = await apache(t);
    const auth = { ...authOf(ops), certificatePem: ops.certPem + middle.certPem };
    assert.equal((await clientOf(t, server.port, { auth, tls: TRUST }).who()).vendor, "ops");
    const alone = clientOf(t, server.port, { auth: authOf(ops), tls: TRUST });
    assert.equal((await failure(alone.who())).code, "WINRM_E_LOGON_DENIED");
  });
});

suite("a PFX that openssl made", { skip: skipWithoutApache() || skipWithoutOpenssl() }, () => {
  const KINDS = {
    "AES-256": [],
    "triple DES and SHA-1, as older Windows exports": [
      ...["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    ],
    "RC2-40, which today's OpenSSL does not read": ["-legacy"],
  };
  for (const [kind, options] of Object.entries(KINDS)) {
    test(`encrypted with ${kind}`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, "ops.pem"), OPS.certPem + OPS.keyPem);
      writeFileSync(join(folder, "ca.pem"), CA.certPem);
      const pass = ["-passout", `pass:${PASSPHRASE}`];
      openssl(
        folder,
        "pkcs12",
        "-export",
        "-in",
        "ops.pem",
        "-certfile",
        "ca.pem",
        "-out",
        "ops.pfx",
        ...pass,
        ...options,
      );
      const server = await apache(t);
      const file = join(folder, "ops.pfx");
      for (const pfx of [{ file }, readFileSync(file).toString("base64")]) {
        const auth: Auth = { method: "certificate", pfx, passphrase: PASSPHRASE };
        assert.equal((await clientOf(t, server.port, { auth, tls: TRUST }).who()).vendor, "ops");
      }
      const wrong: Auth = { method: "certificate", pfx: { file }, passphrase: "Another planted one" };
      assert.throws(() => clientOf(t, server.port, { auth: wrong, tls: TRUST }), {
        code: "WINRM_E_ARGUMENT",
        message: /auth\.passphrase/,
      });
    });
  }

  test("with a key of an elliptic curve, and no passphrase", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "ca.pem"), CA.certPem);
    writeFileSync(join(folder, "ca.key"), CA.keyPem);
    openssl(
      folder,
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      "ec.key",
      "-out",
      "ec.csr",
      "-subj",
      "/CN=ops",
    );
    openssl(
      folder,
      "x509",
      "-req",
      "-in",
      "ec.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-out",
      "ec.pem",
      "-days",
      "2",
    );
    openssl(folder, "pkcs12", "-export", "-in", "ec.pem", "-inkey", "ec.key", "-out", "ec.pfx", "-passout", "pass:");
    const server = await apache(t);
    const auth: Auth = { method: "certificate", pfx: { file: join(folder, "ec.pfx") } };
    assert.equal((await clientOf(t, server.port, { auth, tls: TRUST }).who()).vendor, "ops");
  });
});
