/** Digest against Apache (MD5) and lighttpd (SHA-256 too): one attempt for each credential, counted in their own logs. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test, type TestContext } from "node:test";
import type { Auth } from "../../../provider/contract/connection/connection";
import { buildIdentify } from "../../../provider/wsman/envelope";
import type { CertificatePair } from "../../../simulator";
import { certificateFor } from "../../support/hosts/certificates";
import { startRelay } from "../../support/hosts/relay";
import { failure } from "../../support/hosts/sessions";
import { clientOf } from "./login";
import { skipWithoutApache, skipWithoutLighttpd, startApache, startLighttpd, type WebServer } from "./web-server";

const REALM = "lab, with a comma";
const USER = "ops";
const PASSWORD = "Planted-digest-77";
const LENGTH = String(Buffer.byteLength(buildIdentify()));
const OVER_HTTP = { transport: "http", allowUnencrypted: true } as const;

const authOf = (password = PASSWORD, username = USER): Auth => ({ method: "digest", username, password });
const accountLine = (hash: string, user: string) =>
  `${user}:${REALM}:${createHash(hash).update(`${user}:${REALM}:${PASSWORD}`).digest("hex")}\n`;

function apache(t: TestContext, options = "", tls?: CertificatePair): Promise<WebServer> {
  const secure = "SSLEngine on\nSSLCertificateFile FOLDER/server.pem\nSSLCertificateKeyFile FOLDER/server.key";
  const site = `
    ${tls === undefined ? "" : secure}
    <Location /wsman>
      AuthType Digest
      AuthName "${REALM}"
      AuthDigestProvider file
      AuthUserFile FOLDER/users
      Require valid-user
      ${options}
    </Location>`;
  return startApache(t, {
    modules: ["auth_digest", "authn_file", ...(tls === undefined ? [] : ["ssl"])],
    site,
    files: {
      "server.pem": tls?.certPem ?? "",
      "server.key": tls?.keyPem ?? "",
      users: accountLine("md5", USER) + accountLine("md5", "CORP\\ops"),
    },
  });
}

function lighttpd(t: TestContext, algorithm: string, hash: string): Promise<WebServer> {
  const settings = `
    auth.backend = "htdigest"
    auth.backend.htdigest.userfile = "FOLDER/users"
    auth.require = ("" => ("method" => "digest", "realm" => "${REALM}", "algorithm" => "${algorithm}", "require" => "valid-user"))`;
  return startLighttpd(t, settings, { users: accountLine(hash, USER) });
}

/** Statuses of the requests that carried a proof. */
const proofs = (lines: readonly string[]) =>
  lines.filter((line) => line.includes("Digest ")).map((line) => line.slice(0, 3));

suite("Digest to Apache", { skip: skipWithoutApache() }, () => {
  test("logs in with MD5, and proves the password with each message on one challenge", async (t) => {
    const server = await apache(t);
    const { who } = clientOf(t, server.port, { auth: authOf(), ...OVER_HTTP });
    for (const round of [1, 2, 3]) {
      const { vendor, version } = await who();
      assert.deepEqual([vendor, version], [USER, LENGTH], `round ${round}`);
    }
    const lines = await server.log(4);
    assert.deepEqual(
      lines.map((line) => [line.slice(0, 3), /nc=(\d+)/.exec(line)?.[1]]),
      [
        ["401", undefined],
        ["200", "00000001"],
        ["200", "00000002"],
        ["200", "00000003"],
      ],
    );
  });

  test("a wrong password is one attempt, however often it is asked for", async (t) => {
    const server = await apache(t);
    const { who } = clientOf(t, server.port, { auth: authOf("wrong"), ...OVER_HTTP });
    const errors = await Promise.all([failure(who()), failure(who()), failure(who())]);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_SUPPRESSED", "WINRM_E_LOGON_SUPPRESSED"],
    );
    assert.deepEqual(proofs(await server.log(2)), ["401"]);
  });

  test("nonces that are good for one use follow each other without a refusal", async (t) => {
    // The server sends the next one with each answer.
    const server = await apache(t, "AuthDigestNonceLifetime 0");
    const { who } = clientOf(t, server.port, { auth: authOf(), ...OVER_HTTP });
    for (const round of [1, 2, 3]) assert.equal((await who()).vendor, USER, `round ${round}`);
    const lines = await server.log(4);
    assert.deepEqual(proofs(lines), ["200", "200", "200"]);
    assert.equal(new Set(lines.map((line) => /nonce=\S+/.exec(line)?.[0])).size, 4);
  });

  test("a nonce that Apache calls stale is replaced, and is no wrong password", async (t) => {
    const server = await apache(t);
    // A nonce of Apache's length that is not its own: the proof is right, and the nonce is too old for it.
    let altered = 0;
    const alter = (chunk: Buffer): Buffer => {
      const text = chunk.toString("latin1");
      if (altered > 0 || !text.includes("nonce=")) return chunk;
      altered += 1;
      return Buffer.from(
        text.replace(/(nonce="[^"]*)[0-9a-f]"/, (_all, start: string) => `${start}x"`),
        "latin1",
      );
    };
    const relay = await startRelay(t, server.port, { alter });
    const { who } = clientOf(t, relay.port, { auth: authOf(), ...OVER_HTTP });
    for (const round of [1, 2]) assert.equal((await who()).vendor, USER, `round ${round}`);
    assert.deepEqual(proofs(await server.log(4)), ["401", "200", "200"]);
    assert.match(relay.received().toString("latin1"), /stale=true/);
  });

  test("over https logs in too", async (t) => {
    const certificate = certificateFor(["localhost"]);
    const server = await apache(t, "", certificate);
    const { who } = clientOf(t, server.port, { auth: authOf(), tls: { ca: certificate.certPem } });
    assert.equal((await who()).vendor, USER);
    assert.deepEqual(proofs(await server.log(2)), ["200"]);
  });

  test("a user name with a backslash arrives as it is", async (t) => {
    const server = await apache(t);
    const { who } = clientOf(t, server.port, { auth: authOf(PASSWORD, "CORP\\ops"), ...OVER_HTTP });
    assert.equal((await who()).vendor, "CORP\\ops");
  });
});

suite("Digest to lighttpd", { skip: skipWithoutLighttpd() }, () => {
  for (const [algorithm, hash, name] of [
    ["MD5", "md5", "MD5"],
    ["SHA-256", "sha256", "SHA-256"],
    ["MD5|SHA-256", "sha256", "SHA-256"],
  ] as const) {
    test(`with ${algorithm} logs in with ${name}`, async (t) => {
      const server = await lighttpd(t, algorithm, hash);
      const { who } = clientOf(t, server.port, { auth: authOf(), ...OVER_HTTP });
      for (const round of [1, 2]) {
        const { vendor, version } = await who();
        assert.deepEqual([vendor, version], [USER, LENGTH], `round ${round}`);
      }
      const lines = await server.log(3);
      assert.deepEqual(proofs(lines), ["200", "200"]);
      assert.ok(lines[1]?.includes(`algorithm=${name},`), lines[1]);
    });

    test(`with ${algorithm} a wrong password is one attempt`, async (t) => {
      const server = await lighttpd(t, algorithm, hash);
      const { who } = clientOf(t, server.port, { auth: authOf("wrong"), ...OVER_HTTP });
      assert.equal((await failure(who())).code, "WINRM_E_LOGON_DENIED");
      assert.equal((await failure(who())).code, "WINRM_E_LOGON_SUPPRESSED");
      assert.deepEqual(proofs(await server.log(2)), ["401"]);
    });
  }
});
