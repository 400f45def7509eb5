/** Tickets are fetched once, renewed before they end, and given back when nobody uses them any more. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { CredentialPool } from "../../../../provider/auth/kerberos/gss/credential-pool";
import type { KerberosCredential } from "../../../../provider/auth/kerberos/credentials";
import { KerberosError } from "../../../../provider/auth/kerberos/errors";
import type { Gss } from "../../../../provider/auth/kerberos/gss/gssapi";

const ALICE = { kind: "password", principal: "alice@R", password: "p" } as const;
const HOUR_S = 3600;

/** A library whose tickets live for an hour; what it gave and what it got back. */
function library(t: TestContext, outcome: () => Error | undefined = () => undefined) {
  const seen = { acquired: 0, ended: [] as number[] };
  const gss = {
    importName: () => ({ dispose: () => undefined }),
    acquire: () => {
      const number = ++seen.acquired;
      const error = outcome();
      if (error !== undefined) return Promise.reject(error);
      const dispose = () => seen.ended.push(number);
      return Promise.resolve({ handle: { dispose }, lifetimeSeconds: HOUR_S });
    },
  } as unknown as Gss;
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const pool = new CredentialPool();
  return {
    seen,
    pool,
    lease: (credential: KerberosCredential = ALICE) => pool.lease(gss, credential),
    later: (seconds: number) => {
      t.mock.timers.setTime(Date.now() + seconds * 1000);
    },
  };
}

suite("a password's ticket", () => {
  test("is fetched once for all who ask, at the same time and later", async (t) => {
    const { seen, lease, later } = library(t);
    const leases = await Promise.all([lease(), lease(), lease()]);
    for (const one of leases) one.dispose();
    later(HOUR_S - 301);
    (await lease()).dispose();
    assert.deepEqual(seen, { acquired: 1, ended: [] });
  });

  test("is fetched anew in its last five minutes, and the old one ends with its last use", async (t) => {
    const { seen, lease, later } = library(t);
    const old = await lease();
    later(HOUR_S - 299);
    const renewed = await lease();
    assert.deepEqual(seen, { acquired: 2, ended: [] });
    old.dispose();
    old.dispose();
    await Promise.resolve();
    assert.deepEqual(seen.ended, [1]);
    renewed.dispose();
    await Promise.resolve();
    assert.deepEqual(seen.ended, [1], "the new one stays");
  });

  test("of another password or account is another one", async (t) => {
    const { seen, lease } = library(t);
    await lease();
    await lease({ ...ALICE, password: "q" });
    await lease({ ...ALICE, principal: "bob@R" });
    assert.equal(seen.acquired, 3);
  });

  test("that could not be had is asked for again by the next", async (t) => {
    let error: Error | undefined = new KerberosError("no-kdc");
    const { seen, lease } = library(t, () => error);
    const failures = await Promise.allSettled([lease(), lease()]);
    assert.ok(failures.every(({ status }) => status === "rejected"));
    assert.equal(seen.acquired, 1);
    error = undefined;
    await lease();
    assert.equal(seen.acquired, 2);
  });

  test("ends with the pool, or with its last use after that", async (t) => {
    const { seen, lease, pool } = library(t);
    const used = await lease();
    (await lease({ ...ALICE, principal: "bob@R" })).dispose();
    pool.dispose();
    await Promise.resolve();
    assert.deepEqual(seen.ended, [2]);
    used.dispose();
    await Promise.resolve();
    assert.deepEqual(seen.ended, [2, 1]);
  });

  test("in a cache is opened anew each time", async (t) => {
    const { seen, lease } = library(t);
    for (let round = 0; round < 2; round++) (await lease({ kind: "cache", cache: "FILE:/c" })).dispose();
    assert.deepEqual(seen, { acquired: 2, ended: [1, 2] });
  });
});
