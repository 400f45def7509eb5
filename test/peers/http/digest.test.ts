/** Digest against Apache (MD5) and lighttpd (SHA-256 too): one attempt for each credential, counted in their own logs. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test, type TestContext } from "node:test";
import type { Auth } from "../../../provider/lifecycle/connection";
import { buildIdentify } from "../../../provider/wsman/envelope";
import { failure } from "../../support/sessions";
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

function apache(t: TestContext, options = ""): Promise<WebServer> {
  const site = `
    <Location /wsman>
      AuthType Digest
      AuthName "${REALM}"
      AuthDigestProvider file
      AuthUserFile FOLDER/users
      Require valid-user
      ${options}
    </Location>`;
  return startApache(t, {
    modules: ["auth_digest", "authn_file"],
    site,
    files: { users: accountLine("md5", USER) + accountLine("md5", "CORP\\ops") },
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
      ["WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_NOT_REPEATED", "WINRM_E_LOGON_NOT_REPEATED"],
    );
    assert.deepEqual(proofs(await server.log(2)), ["401"]);
  });

  test("a nonce that has expired is replaced, and is no wrong password", async (t) => {
    // A lifetime of zero means that each nonce is good for one use.
    const server = await apache(t, "AuthDigestNonceLifetime 0");
    const { who } = clientOf(t, server.port, { auth: authOf(), ...OVER_HTTP });
    for (const round of [1, 2, 3]) assert.equal((await who()).vendor, USER, `round ${round}`);
    const lines = await server.log(4);
    console.log(lines.join("\n"));
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
      assert.equal((await failure(who())).code, "WINRM_E_LOGON_NOT_REPEATED");
      assert.deepEqual(proofs(await server.log(2)), ["401"]);
    });
  }
});
