/** A rejected credential is tried once. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WinrmError, isWinrmError } from "../../../provider/errors";
import { credentialKey, LogonGuard } from "../../../provider/session/logon-guard";
import { failure, targetOf } from "../../support/sessions";

const DENIED = new WinrmError("WINRM_E_LOGON_DENIED", "no");

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

suite("a guarded logon", () => {
  test("with a wrong credential happens once among many at the same time, and not again later", async () => {
    const guard = new LogonGuard();
    let logons = 0;
    const wrong = () => {
      logons += 1;
      return Promise.reject(DENIED);
    };
    const errors = await Promise.all(Array.from({ length: 20 }, () => failure(guard.attempt(wrong))));
    assert.equal(logons, 1);
    assert.equal(errors[0], DENIED);
    for (const error of errors.slice(1)) {
      assert.equal(error.code, "WINRM_E_LOGON_NOT_REPEATED");
      assert.equal(error.retryable, false);
      assert.equal(error.cause, DENIED);
    }
    assert.equal((await failure(guard.attempt(wrong))).code, "WINRM_E_LOGON_NOT_REPEATED");
    assert.equal(logons, 1);
  });

  test("goes alone until one has succeeded, then side by side", async () => {
    const guard = new LogonGuard();
    let running = 0;
    let most = 0;
    const gates = [deferred<string>(), deferred<string>(), deferred<string>()];
    const logon = (index: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      const result = await gates[index]!.promise;
      running -= 1;
      return result;
    };
    const first = guard.attempt(logon(0));
    const second = guard.attempt(logon(1));
    await Promise.resolve();
    assert.equal(running, 1);
    gates[0]!.resolve("one");
    assert.equal(await first, "one");
    const third = guard.attempt(logon(2));
    gates[2]!.resolve("three");
    assert.equal(await third, "three", "it does not wait for the second, which still runs");
    gates[1]!.resolve("two");
    assert.equal(await second, "two");
    assert.equal(most, 2);
  });

  test("that fails for another reason may be tried again", async () => {
    const guard = new LogonGuard();
    for (const code of ["WINRM_E_CONNECTION_LOST", "WINRM_E_METHOD_NOT_OFFERED", "WINRM_E_HANDSHAKE"] as const) {
      const error = await failure(guard.attempt(() => Promise.reject(new WinrmError(code, "x"))));
      assert.equal(error.code, code);
    }
    await assert.rejects(
      guard.attempt(() => Promise.reject(new Error("plain"))),
      /plain/,
    );
    assert.equal(await guard.attempt(() => Promise.resolve(1)), 1);
  });

  test("is not made when a rejection comes after a success", async () => {
    const guard = new LogonGuard();
    await guard.attempt(() => Promise.resolve(1));
    assert.equal((await failure(guard.attempt(() => Promise.reject(DENIED)))).code, "WINRM_E_LOGON_DENIED");
    assert.equal((await failure(guard.attempt(() => Promise.resolve(1)))).code, "WINRM_E_LOGON_NOT_REPEATED");
  });
});

suite("the key of a credential", () => {
  const key = (username: string, password: string, host = "web01") =>
    credentialKey({ ...targetOf(5985, { host, username, password }) });

  test("is the same for one account at one host, whatever the case and the transport", () => {
    assert.equal(key("ops", "p"), key("OPS", "p", "WEB01"));
    const https = targetOf(5986, { host: "web01", transport: "https", username: "ops", password: "p" });
    assert.equal(credentialKey(https), key("ops", "p"));
  });

  test("differs with the account, the password's case and the host, and parts cannot be shifted", () => {
    const keys = [key("ops", "p"), key("opt", "p"), key("ops", "P"), key("ops", "p", "web02"), key("op", "sp")];
    assert.equal(new Set(keys).size, keys.length);
  });

  test("says nothing about the password", () => {
    assert.doesNotMatch(key("ops", "Winter"), /Winter|ops|web01/);
    assert.match(key("ops", "Winter"), /^[A-Za-z0-9+/]{43}=$/);
    assert.ok(!isWinrmError(key("a", "b")));
  });
});
