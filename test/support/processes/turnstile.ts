/** Who goes next of several clients, drawn from a seed: each request of each client waits for its turn. */
import type { Clock } from "../../../provider/lifecycle/change/confirm/clock";

/** A client of the turnstile. */
export interface Lane {
  /** How often it goes, compared with the others: a slow link has a small number. */
  readonly weight: number;
  /** Milliseconds of the shared clock that each of its requests takes. */
  readonly latencyMs: number;
}

interface Waiting {
  readonly lane: Lane;
  readonly ms: number;
  readonly go: () => void;
}

/** Opens for one client at a time, once every client that is still on its way stands before it. */
export class Turnstile {
  #nowMs = 0;
  #waiting: Waiting[] = [];
  readonly #inside = new Set<Lane>();

  /** @param random from 0 up to 1. */
  constructor(private readonly random: () => number) {}

  enter(lane: Lane): void {
    this.#inside.add(lane);
  }

  leave(lane: Lane): void {
    this.#inside.delete(lane);
    this.#next();
  }

  /** Resolves when it is the client's turn. */
  step(lane: Lane, ms = lane.latencyMs): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ lane, ms, go });
      this.#next();
    });
  }

  /** The clock of one client: all have the same time. */
  clock(lane: Lane): Clock {
    const now = () => this.#nowMs;
    return { wallMs: now, steadyMs: now, sleep: (ms) => this.step(lane, ms) };
  }

  #next(): void {
    const standing = new Set(this.#waiting.map(({ lane }) => lane));
    if (standing.size < this.#inside.size || this.#waiting.length === 0) return;
    let draw = this.random() * this.#waiting.reduce((sum, { lane }) => sum + lane.weight, 0);
    const chosen = this.#waiting.find(({ lane }) => (draw -= lane.weight) < 0) ?? this.#waiting[0]!;
    this.#waiting = this.#waiting.filter((one) => one !== chosen);
    this.#nowMs += chosen.ms;
    chosen.go();
  }
}
