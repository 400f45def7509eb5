/**
 * The WinRM service as Windows' service control manager has it: it reads its store when it starts. Assumed (restores,
 * restart-time, restart-connections, late-requests, stop-hangs, store-edits, put-counts, put-connections).
 */

import type { ConfigStore } from "./config/store";

/** `stop-pending` after a stop that does not come to its end. */
export type ServiceState = "running" | "stop-pending" | "stopped";

/** How the service behaves where Windows' behaviour is only assumed. */
export interface ServiceOptions {
  /** How many stops hang before one succeeds, as they do where another service shares its process. Default 0. */
  readonly stopsThatHang?: number;
  /**
   * What a stop does to connections. Default `drops`; `keeps` leaves them open, with their logons forgotten, and
   * `keeps-logons` leaves both.
   */
  readonly stopAndConnections?: "drops" | "keeps" | "keeps-logons";
  /** From when a Put counts: `at-once`, or for `new-connections` only. Default `at-once`. */
  readonly putCounts?: "at-once" | "new-connections";
  /** From when an edit of the store counts. Default `restart`. */
  readonly storeEditsCount?: "at-once" | "restart";
}

/** The service of one host. */
export class WinrmService {
  #state: ServiceState = "running";
  #hanging: number;
  #starts = 1;
  readonly #listeners: (() => void)[] = [];

  constructor(
    private readonly config: ConfigStore,
    readonly options: ServiceOptions = {},
  ) {
    this.#hanging = options.stopsThatHang ?? 0;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** How often it has started, as far as logons notice: they do not outlive a restart. */
  get starts(): number {
    return this.options.stopAndConnections === "keeps-logons" ? 1 : this.#starts;
  }

  /** A stop drops connections. */
  get dropsConnections(): boolean {
    return (this.options.stopAndConnections ?? "drops") === "drops";
  }

  /** The next stops hang. */
  hang(stops: number): void {
    this.#hanging = stops;
  }

  /** Stops it, unless it hangs; then it does not answer either. */
  stop(): void {
    if (this.#state === "stopped") return;
    this.#state = this.#hanging > 0 ? "stop-pending" : "stopped";
    this.#hanging = Math.max(this.#hanging - 1, 0);
    for (const listener of this.#listeners) listener();
  }

  /** Starts it, if it is stopped: only now do hand edits of its store count. */
  start(): void {
    if (this.#state !== "stopped") return;
    this.config.reload();
    this.#state = "running";
    this.#starts += 1;
  }

  /** @param listener is called when the service stops, or begins to. */
  onStop(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
