import { Settings } from "../../contract/settings";
import type { Candidate } from "./candidate";
import { eventLoopTimeout } from "./event-loop-timeout";
import type { Failure } from "./failures";
import { HostReads } from "./host-reads";
import { judge } from "./judge";
import { prepare } from "./prepare";
import type { PreviewRun } from "./preview-run";
import { Report } from "./report";

/**
 * The live pre-flight of one preview: reads each host once, judges all its resources together with the functions that
 * create and update use, and reports every finding under its resource. It never writes.
 */

/** Milliseconds for all hosts once the last resource is registered; what is not read by then is not checked. */
const TOTAL_LIMIT_MS = 15_000;

const collectors = new WeakMap<PreviewRun, Collector>();

/** The collector of a run. */
export function collectorOf(run: PreviewRun): Collector {
  const collector = collectors.get(run) ?? new Collector(run);
  collectors.set(run, collector);
  return collector;
}

/**
 * Reads hosts while the engine registers resources, and judges once every resource that was announced has come: only
 * then is known what all of them do to a host together. Resources made later, from outputs of others, are a further
 * round.
 */
export class Collector {
  readonly #run: PreviewRun;
  readonly #settings: Settings;
  readonly #reads = new HostReads();
  readonly #report: Report;
  #failures: Failure[] = [];
  #expected = 0;
  #busy = 0;
  #giveUp = new AbortController();
  #total: ReturnType<typeof eventLoopTimeout> | undefined;
  #release: (() => void) | undefined;

  constructor(run: PreviewRun) {
    this.#run = run;
    this.#settings = new Settings((key) => run.config(key), run.env);
    this.#report = new Report(run);
  }

  /**
   * Announces a resource that is being registered. The function that it returns is called once: with the resource, or
   * with nothing if it cannot be judged.
   */
  expect(): (candidate?: Candidate) => void {
    this.#release ??= this.#run.keepAlive();
    this.#total?.clear();
    this.#total = undefined;
    this.#expected += 1;
    return (candidate) => {
      this.#expected -= 1;
      if (candidate !== undefined) this.#take(candidate);
      this.#advance();
    };
  }

  #take(candidate: Candidate): void {
    const resource = prepare(candidate, this.#settings);
    if (resource === undefined) return;
    if ("error" in resource) {
      this.#failures.push(resource);
      return;
    }
    this.#report.prepared(resource);
    this.#reads.announce(resource);
    this.#busy += 1;
    // A read begun now would see its time pass while constructors still block the loop.
    setImmediate(() => {
      void this.#reads.add(resource, this.#giveUp.signal).finally(() => {
        this.#busy -= 1;
        this.#advance();
      });
    });
  }

  /** Ends the round when nothing is expected or read any more. */
  #advance(): void {
    if (this.#expected > 0) return;
    if (this.#busy === 0) {
      setImmediate(() => {
        if (this.#expected === 0 && this.#busy === 0) this.#settle();
      });
      return;
    }
    if (this.#total !== undefined) return;
    const giveUp = this.#giveUp;
    this.#total = eventLoopTimeout(TOTAL_LIMIT_MS);
    this.#total.signal.addEventListener("abort", () => {
      giveUp.abort(new DOMException("the time for all hosts is up", "TimeoutError"));
    });
  }

  /** Closes the round once everything was observed with all connections of the program in view. */
  #settle(): void {
    this.#busy += 1;
    void this.#reads.observeAgain(this.#giveUp.signal).then((again) => {
      this.#busy -= 1;
      if (again || this.#expected > 0) this.#advance();
      else this.#close();
    });
  }

  #close(): void {
    const release = this.#release;
    if (release === undefined) return;
    this.#release = undefined;
    this.#total?.clear();
    this.#total = undefined;
    this.#giveUp = new AbortController();
    this.#reads.disconnect();
    const { hosts } = this.#reads;
    for (const { partial } of hosts) for (const one of partial.splice(0)) this.#report.unreadPart(one);
    const unread = hosts.flatMap(({ host, failure, unread: resources }): Failure[] => {
      const waiting = resources.splice(0);
      const mode = waiting.some((one) => one.mode === "error") ? "error" : "warn";
      return failure === undefined || waiting.length === 0 ? [] : [{ host, error: failure, mode, resources: waiting }];
    });
    const failures = [...this.#failures, ...unread];
    this.#failures = [];
    this.#report.round(judge(hosts.flatMap(({ observed }) => observed)), failures);
    // Only after the rejection has been seen may the run end.
    setImmediate(release);
  }
}
