/** The one retry policy. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ERROR_CODES, WinrmError, type ErrorCode } from "../../../provider/errors";
import { retryDelay } from "../../../provider/session/retry";

const LOST = { retryable: true, outcomeUnknown: true } as const;

function decide(parts: {
  readonly attempt?: number;
  readonly retryable?: boolean;
  readonly outcomeUnknown?: boolean;
  readonly writes?: boolean;
  readonly elapsedMs?: number;
}): number | undefined {
  const { attempt = 1, writes = false, elapsedMs = 0, ...context } = parts;
  return retryDelay({ attempt, writes, elapsedMs, error: new WinrmError("WINRM_E_CONNECTION_LOST", "lost", context) });
}

suite("a failed attempt", () => {
  test("is repeated at once, then after half a second, and then no more", () => {
    const waits = [1, 2, 3, 4].map((attempt) => decide({ ...LOST, attempt }));
    assert.deepEqual(waits, [0, 500, undefined, undefined]);
  });

  test("is not repeated unless its error says so, whatever its code", () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const error = new WinrmError(code, "no");
      assert.equal(retryDelay({ attempt: 1, error, writes: false, elapsedMs: 0 }), undefined, code);
    }
  });

  test("that writes is repeated only if the host cannot have carried it out", () => {
    assert.equal(decide({ ...LOST, writes: true }), undefined);
    assert.equal(decide({ retryable: true, outcomeUnknown: false, writes: true }), 0);
    assert.equal(decide({ retryable: true, writes: true }), 0);
  });

  test("is not repeated when ten seconds would be exceeded", () => {
    assert.equal(decide({ ...LOST, elapsedMs: 10_000 }), 0);
    assert.equal(decide({ ...LOST, elapsedMs: 10_001 }), undefined);
    assert.equal(decide({ ...LOST, attempt: 2, elapsedMs: 9_500 }), 500);
    assert.equal(decide({ ...LOST, attempt: 2, elapsedMs: 9_501 }), undefined);
  });
});
