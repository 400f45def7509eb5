/** Account lockout of the simulated host: counting by a clock, and what a locked account sees on the wire. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { AccountLockout } from "../../../../simulator/windows/lockout";
import { ADMIN, type Answer, basic, getEnvelope, NtlmWire, startHost, wireTo } from "../wire";

const MINUTE = 60_000;
const WRONG = { ...ADMIN, password: "wrong" };

function clock(): { now: () => number; pass: (ms: number) => void } {
  let at = 0;
  return {
    now: () => at,
    pass: (ms) => {
      at += ms;
    },
  };
}

suite("Account lockout", () => {
  test("locks at the threshold, in any case of the name, and lets in again when the time is over", () => {
    const { now, pass } = clock();
    const lockout = new AccountLockout({ threshold: 3, durationMs: 10 * MINUTE, now });
    lockout.failed("ops");
    lockout.failed("OPS");
    assert.equal(lockout.isLocked("ops"), false);
    lockout.failed("Ops");
    assert.equal(lockout.isLocked("oPs"), true);
    pass(10 * MINUTE - 1);
    lockout.failed("ops");
    assert.equal(lockout.isLocked("ops"), true);
    pass(1);
    assert.equal(lockout.isLocked("ops"), false);
    lockout.failed("ops");
    assert.equal(lockout.isLocked("ops"), false, "the count begins anew");
  });

  test("forgets wrong passwords after a while, and after a logon", () => {
    const { now, pass } = clock();
    const lockout = new AccountLockout({ threshold: 2, durationMs: 10 * MINUTE, forgetAfterMs: MINUTE, now });
    lockout.failed("ops");
    pass(MINUTE);
    lockout.failed("ops");
    assert.equal(lockout.isLocked("ops"), false);
    lockout.unlock("ops");
    lockout.failed("ops");
    assert.equal(lockout.isLocked("ops"), false);
    lockout.failed("ops");
    assert.equal(lockout.isLocked("ops"), true);
  });

  test("with the duration 0 keeps an account locked until somebody unlocks it, with the threshold 0 locks none", () => {
    const { now, pass } = clock();
    const lockout = new AccountLockout({ threshold: 1, durationMs: 0, now });
    lockout.failed("ops");
    pass(1e12);
    assert.equal(lockout.isLocked("ops"), true);
    lockout.unlock("OPS");
    assert.equal(lockout.isLocked("ops"), false);
    const never = new AccountLockout();
    for (let count = 0; count < 1000; count += 1) never.failed("ops");
    assert.equal(never.isLocked("ops"), false);
    assert.throws(() => new AccountLockout({ threshold: 1000 }), /0 to 999/);
  });
});

type Logon = (account: { name: string; password: string }) => Promise<Answer>;

/** One logon on a connection of its own. */
const METHODS: Record<string, (t: TestContext, host: SimulatedHost) => Logon> = {
  Basic: (t, host) => (account) =>
    wireTo(t, host.https!.url, host.https!.certificatePem).send(getEnvelope(), basic(account)),
  NTLM: (t, host) => (account) => new NtlmWire(wireTo(t, host.http!.url)).logOn(account),
};

for (const [method, logonOf] of Object.entries(METHODS)) {
  suite(`A locked account of the simulated host with ${method}`, () => {
    const config = { "service/auth/Basic": true };
    const setUp = async (t: TestContext, lockout: HostOptions["lockout"]): Promise<[SimulatedHost, Logon]> => {
      const host = await startHost(t, { https: true, config, ...(lockout === undefined ? {} : { lockout }) });
      return [host, logonOf(t, host)];
    };

    test("is refused with the right password by the same 401, and the journal says why", async (t) => {
      const { now, pass } = clock();
      const [host, logOn] = await setUp(t, { threshold: 2, durationMs: MINUTE, now });
      const wrong = [await logOn(WRONG), await logOn(WRONG)];
      assert.equal(host.accounts.isLocked("administrator"), true);
      const locked = await logOn(ADMIN);
      const shown = (answer: Answer) => [answer.status, answer.text, answer.headers["www-authenticate"]];
      assert.deepEqual([...wrong, locked].map(shown), Array(3).fill(shown(wrong[0]!)));
      assert.equal(locked.status, 401);
      assert.deepEqual(
        host.journal.logonFailures().map(({ refusal, account, auth }) => [refusal, account, auth]),
        ["wrong-password", "wrong-password", "locked"].map((refusal) => [refusal, ADMIN.name, method]),
      );
      pass(MINUTE);
      assert.equal((await logOn(ADMIN)).status, 200);
    });

    test("is let in once somebody unlocks it or sets it up anew", async (t) => {
      const [host, logOn] = await setUp(t, { threshold: 1 });
      await logOn(WRONG);
      assert.equal((await logOn(ADMIN)).status, 401);
      host.accounts.unlock("ADMINISTRATOR");
      assert.equal((await logOn(ADMIN)).status, 200);
      await logOn(WRONG);
      host.accounts.add(ADMIN);
      assert.equal((await logOn(ADMIN)).status, 200);
    });

    test("counts wrong passwords between two logons only, and none for names that do not exist", async (t) => {
      const [host, logOn] = await setUp(t, { threshold: 2 });
      await logOn(WRONG);
      assert.equal((await logOn(ADMIN)).status, 200);
      await logOn(WRONG);
      for (let count = 0; count < 3; count += 1) await logOn({ name: "nobody", password: "wrong" });
      assert.equal(host.accounts.isLocked("nobody"), false);
      assert.equal((await logOn(ADMIN)).status, 200);
    });

    test("is never locked unless the host has a threshold", async (t) => {
      const [, logOn] = await setUp(t, undefined);
      for (let count = 0; count < 12; count += 1) assert.equal((await logOn(WRONG)).status, 401);
      assert.equal((await logOn(ADMIN)).status, 200);
    });
  });
}
