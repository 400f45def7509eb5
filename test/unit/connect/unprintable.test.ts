/** What holds a secret in memory shows it to nobody who prints it. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { inspect } from "node:util";
import { resolveTarget } from "../../../provider/connect/target";
import type { Connection } from "../../../provider/contract/connection/connection";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError } from "../../../provider/errors";
import { SessionPool } from "../../../provider/session/session-pool";
import { passwordOf } from "../../../provider/session/target";
import { clientCertificate } from "../../support/hosts/client-certificates";

const PASSWORD = "Pl4nted-in-memory";
const PROXY_PASSWORD = "Pl4nted-at-the-proxy";
const { certPem: cert, keyPem: key } = clientCertificate({ upn: "deploy@localhost" });
const keyLine = key.split("\n")[5] ?? "";

/** Every way in which an object may get into a log. */
function printed(value: unknown): string {
  const whole = { depth: Infinity, showHidden: true, getters: true, breakLength: Infinity } as const;
  return [
    inspect(value, whole),
    inspect([value], { depth: Infinity }),
    JSON.stringify({ value }),
    String(value),
  ].join();
}

function assertUnprinted(value: unknown): void {
  const text = printed(value);
  for (const secret of [PASSWORD, PROXY_PASSWORD, keyLine]) assert.ok(!text.includes(secret), text.slice(0, 2000));
}

const settings = () =>
  new Settings(() => undefined, { PW: PASSWORD, WINRM_TRUSTED_HOSTS: "*", WINRM_PASSWORD: PASSWORD });
const ACCOUNTS: Readonly<Record<string, Connection["auth"]>> = {
  basic: { method: "basic", username: "ops", password: PASSWORD },
  digest: { method: "digest", username: "ops", password: PASSWORD },
  ntlm: { method: "ntlm", username: "WEB01\\ops", password: { env: "PW" } },
  negotiate: { username: "ops@CORP.EXAMPLE.COM", password: PASSWORD },
  kerberos: { method: "kerberos", username: "ops@CORP.EXAMPLE.COM", password: PASSWORD },
  certificate: { certificatePem: cert, privateKeyPem: key },
};

suite("printing what holds a secret shows none", () => {
  for (const [method, auth] of Object.entries(ACCOUNTS)) {
    test(`a target and a session of ${method}, and the settings that it was resolved with`, () => {
      const known = settings();
      const connection = {
        host: "web01.corp.example.com",
        auth,
        proxy: `http://ops:${PROXY_PASSWORD}@proxy:3128`,
      } as Connection;
      const { target } = resolveTarget(connection, known);
      const pool = new SessionPool();
      for (const value of [target, target.auth, target.proxy, pool.session(target), pool, known])
        assertUnprinted(value);
      assert.ok(printed(target).includes("[secret]"), "it says that there is one");
      assert.ok(
        target.auth.method === "certificate" ? target.auth.certificate.keyPem === key : passwordOf(target.auth),
      );
      assert.equal(target.proxy?.credential?.password, PROXY_PASSWORD);
      assert.ok([...known.secrets].some((secret) => secret === PASSWORD || secret === key));
    });
  }

  test("a setting that is a secret, as it was found", () => {
    const found = settings().secret("password");
    assertUnprinted(found);
    assert.equal(found?.value, PASSWORD);
  });

  const WRONG: Readonly<Record<string, object>> = {
    "a wrong passphrase": { auth: { pfx: Buffer.from(PASSWORD).toString("base64"), passphrase: PASSWORD } },
    "a proxy that is no URL": { auth: ACCOUNTS["ntlm"], proxy: `http://ops:${PROXY_PASSWORD}@:x` },
    "a key of another certificate": {
      auth: { certificatePem: cert, privateKeyPem: key.replace(keyLine, keyLine.toLowerCase()) },
    },
    "a password where a user name is missing": { auth: { method: "ntlm", password: PASSWORD } },
  };
  for (const [what, parts] of Object.entries(WRONG)) {
    test(`the error for ${what}, with all its causes`, () => {
      assert.throws(
        () => resolveTarget({ host: "10.0.0.7", ...parts }, settings()),
        (error: unknown) => {
          assert.ok(isWinrmError(error));
          assertUnprinted(error);
          return true;
        },
      );
    });
  }
});
