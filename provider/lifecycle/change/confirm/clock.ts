import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since 1970, as people read them. */
  wallMs(): number;
  /** Milliseconds of a clock that no one sets. */
  steadyMs(): number;
  /** @throws Error the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const MACHINE_CLOCK: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};
