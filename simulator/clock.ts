/** The clock of a simulated host: the machine's, or one that a test turns. */

/** Time as a host sees it. */
export interface HostClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something later, once. @returns what takes it back. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's clock. It keeps no process alive. */
export const MACHINE_CLOCK: HostClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

interface Appointment {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until it is turned. Programs that sleep on it turn it: once all of them sleep, it goes on to
 * the first appointment, whether a sleeper's or the host's.
 */
export class ManualClock implements HostClock {
  #now: number;
  readonly #appointments = new Set<Appointment>();
  #sleepers = 0;

  /** @param start milliseconds since 1970. @param programs how many share the clock, beside hosts. */
  constructor(
    start = Date.UTC(2026, 10, 29, 22, 30),
    private programs = 1,
  ) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const appointment = { at: this.#now + Math.max(ms, 0), run };
    this.#appointments.add(appointment);
    return () => {
      this.#appointments.delete(appointment);
    };
  }

  /** Lets time pass; everything that falls due runs at its own time, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#next() !== undefined && (this.#next()?.at ?? end) <= end) this.#keep();
    this.#now = end;
  }

  /** Waits for so long, or until the signal. @throws whatever the signal was given. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        this.#sleepers -= 1;
        resolve();
      });
      const onAbort = () => {
        cancel();
        this.#sleepers -= 1;
        reject(signal?.reason as Error);
      };
      this.#sleepers += 1;
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      else this.#goOn();
    });
  }

  /** More programs share the clock from now on. */
  join(programs: number): void {
    this.programs += programs;
  }

  /** A program has ended: the others no longer wait for it. */
  leave(): void {
    this.programs -= 1;
    this.#goOn();
  }

  #goOn(): void {
    const asleep = this.#sleepers;
    while (asleep > 0 && this.#sleepers === asleep && this.#sleepers >= this.programs) this.#keep();
  }

  #keep(): void {
    const next = this.#next();
    if (next === undefined) return;
    this.#appointments.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.run();
  }

  #next(): Appointment | undefined {
    return [...this.#appointments].reduce<Appointment | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
  }
}
