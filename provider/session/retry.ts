import type { WinrmError } from "../errors";

/** What the policy knows about a failed attempt. */
export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly error: WinrmError;
  /** The request changes the host. */
  readonly writes: boolean;
  /** Milliseconds since the first attempt began. */
  readonly elapsedMs: number;
}

const MAX_ATTEMPTS = 3;
const MAX_TOTAL_MS = 10_000;
const BACKOFF_MS = [0, 500, 2_000];

/**
 * Milliseconds to wait before the next attempt, or `undefined` to give up. The one retry policy:
 * only what its birthplace calls retryable, never a write that the host may have carried out, three attempts, ten
 * seconds in all. A rejected logon, a refused connection and a timeout are never retryable.
 */
export function retryDelay({ attempt, error, writes, elapsedMs }: FailedAttempt): number | undefined {
  if (!error.retryable || attempt >= MAX_ATTEMPTS) return undefined;
  if (writes && error.context.outcomeUnknown === true) return undefined;
  const delay = BACKOFF_MS[attempt - 1] ?? MAX_TOTAL_MS;
  return elapsedMs + delay > MAX_TOTAL_MS ? undefined : delay;
}
