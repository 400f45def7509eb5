import pLimit from "p-limit";
import { ERROR_CODES, type ErrorCode, isWinrmError, messageOf } from "../../errors";
import type { WantedLeaves } from "../../lifecycle/winrm-config/diff";
import { type Judgement, changesText, findingText } from "../../contract/finding";
import { HostSnapshot } from "../../host/host-view";
import { LIFECYCLES, type ResourceType } from "../../lifecycle/registry";
import { type ResolvedTarget, resolveTarget } from "../../connect/target";
import type { ResourceLifecycle, SharedInputs, SharedOutputs, PlanContext } from "../../lifecycle/lifecycle";
import { Settings } from "../../contract/settings";
import type { Session } from "../../session/session";
import { SessionPool } from "../../session/session-pool";
import { displayHost } from "../../session/target";
import { eventLoopTimeout } from "./event-loop-timeout";
import type { PreviewRun } from "./preview-run";

/**
 * The live pre-flight of one preview: reads each host once, judges all its resources together with the functions that
 * create and update use, and reports every finding under its resource. It never writes.
 */

/** Hosts read at the same time. */
const CONCURRENT_READS = 32;
/** Milliseconds for one host. */
const READ_LIMIT_MS = 3_000;
/** Milliseconds for all hosts that one turn of the program declares; what is not read by then is not checked. */
const TOTAL_LIMIT_MS = 15_000;
const NAMES_SHOWN = 10;

/** Failures that the arguments or the configuration cause by themselves: apply would certainly refuse too. */
const STATIC_FAILURES: ReadonlySet<ErrorCode> = new Set([
  "WINRM_E_ARGUMENT",
  "WINRM_E_NOT_TRUSTED",
  "WINRM_E_UNENCRYPTED_REFUSED",
]);

type AnyLifecycle = ResourceLifecycle<SharedInputs, SharedInputs & SharedOutputs, unknown>;

/** A resource as its constructor hands it over, with known values only. */
export interface Candidate {
  /** Opaque; goes back to the run with each line. */
  readonly resource: object;
  readonly type: ResourceType;
  readonly inputs: object;
  /** Configuration and environment of the explicit provider that the resource uses; default: those of the run. */
  readonly site?: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly env: NodeJS.ProcessEnv;
  };
}

interface Judged extends Candidate {
  readonly mode: "error" | "warn";
  readonly resolved: ResolvedTarget;
}

/** A resource and what it needs of its host. */
interface Observed {
  readonly resource: Judged;
  readonly observed: unknown;
}

/** Failures after which the same host may still answer other questions. */
const HOST_RESPONDED: ReadonlySet<ErrorCode> = new Set([
  "WINRM_E_ACCESS_DENIED",
  "WINRM_E_ENVELOPE_TOO_LARGE",
  "WINRM_E_FAULT",
  "WINRM_E_NOT_FOUND",
  "WINRM_E_PROTOCOL",
  "WINRM_E_QUOTA",
]);

/** The engine of the checks does not know which resource it has; each lifecycle gets what itself observed. */
function lifecycleOf({ type }: Candidate): AnyLifecycle {
  return LIFECYCLES[type];
}

function inputsOf({ inputs }: Candidate): SharedInputs {
  return inputs as SharedInputs;
}

const collectors = new WeakMap<PreviewRun, Collector>();

/** The collector of a run. */
export function collectorOf(run: PreviewRun): Collector {
  const collector = collectors.get(run) ?? new Collector(run);
  collectors.set(run, collector);
  return collector;
}

/** Gathers the resources that one turn of the event loop declares, then checks them. */
export class Collector {
  readonly #run: PreviewRun;
  readonly #settings: Settings;
  readonly #pool = new SessionPool();
  readonly #limit = pLimit(CONCURRENT_READS);
  readonly #snapshots = new Map<Session, HostSnapshot>();
  readonly #unreachable = new Map<Session, ErrorCode>();
  readonly #unread = new Map<string, ErrorCode>();
  #batch: Candidate[] | undefined;
  #open = 0;
  #failed = 0;
  #release: (() => void) | undefined;

  constructor(run: PreviewRun) {
    this.#run = run;
    this.#settings = new Settings((key) => run.config(key), run.env);
  }

  /** Adds a resource; its batch is checked once the program's synchronous part is over. */
  add(candidate: Candidate): void {
    if (this.#batch !== undefined) {
      this.#batch.push(candidate);
      return;
    }
    const batch = [candidate];
    this.#batch = batch;
    if (this.#open === 0) this.#release = this.#run.keepAlive();
    this.#open += 1;
    // A read begun now would see its time pass while constructors still block the loop.
    setImmediate(() => {
      this.#batch = undefined;
      void this.#check(batch)
        .catch(() => undefined)
        .finally(() => {
          this.#close();
        });
    });
  }

  async #check(batch: readonly Candidate[]): Promise<void> {
    const judged = batch.flatMap((candidate) => this.#prepare(candidate));
    const byHost = new Map<Session, Judged[]>();
    for (const resource of judged) {
      const session = this.#pool.session(resource.resolved.target);
      byHost.set(session, [...(byHost.get(session) ?? []), resource]);
    }
    const total = eventLoopTimeout(TOTAL_LIMIT_MS);
    try {
      await Promise.all(
        [...byHost].map(async ([session, resources]) => {
          const observed = await this.#limit(() => this.#observe(session, resources, total.signal));
          this.#judge(observed);
        }),
      );
    } finally {
      total.clear();
    }
  }

  #prepare(candidate: Candidate): Judged[] {
    const lifecycle = LIFECYCLES[candidate.type];
    // What is wrong statically is reported by `check`; looking further would only repeat it.
    if (lifecycle.check(candidate.inputs as Record<string, unknown>).length > 0) return [];
    const { connection } = candidate.inputs as SharedInputs;
    const { site } = candidate;
    const settings = site === undefined ? this.#settings : new Settings((key) => site.config[key], site.env);
    let mode: "error" | "warn" = "error";
    try {
      const wanted = connection.preflight ?? settings.choice("preflight", ["error", "warn", "off"]) ?? "error";
      if (wanted === "off") return [];
      mode = wanted;
      const resolved = resolveTarget(connection, settings);
      for (const warning of resolved.warnings) this.#run.warn(warning, candidate.resource);
      return [{ ...candidate, mode, resolved }];
    } catch (error) {
      const code = isWinrmError(error) ? error.code : "WINRM_E_INTERNAL";
      if (isWinrmError(error) && STATIC_FAILURES.has(code)) this.#report(error.message, candidate.resource, mode);
      else this.#unread.set(connection.host, code);
      return [];
    }
  }

  /** Reads what the resources of one host need. A host that is down costs its time once, whoever asks. */
  async #observe(session: Session, resources: readonly Judged[], total: AbortSignal): Promise<Observed[]> {
    const snapshot = this.#snapshots.get(session) ?? new HostSnapshot(session);
    this.#snapshots.set(session, snapshot);
    const own = eventLoopTimeout(READ_LIMIT_MS);
    const view = snapshot.view(AbortSignal.any([own.signal, total]));
    const host = displayHost(session.target);
    const observed: Observed[] = [];
    try {
      for (const resource of resources) {
        const down = this.#unreachable.get(session);
        if (down !== undefined) {
          this.#unread.set(host, down);
          break;
        }
        try {
          total.throwIfAborted();
          observed.push({ resource, observed: await lifecycleOf(resource).observe(inputsOf(resource), view) });
        } catch (error) {
          const code = isWinrmError(error) ? error.code : "WINRM_E_TIMEOUT";
          if (HOST_RESPONDED.has(code)) {
            this.#run.warn(
              `pre-flight: not checked on ${host}, and the preview goes on from state: ${messageOf(error)}`,
              resource.resource,
            );
          } else {
            this.#unreachable.set(session, code);
            this.#unread.set(host, code);
          }
        }
      }
      return observed;
    } finally {
      own.clear();
      session.disconnect();
    }
  }

  #judge(resources: readonly Observed[]): void {
    const assess = ({ resource, observed }: Observed, others: WantedLeaves) => {
      const { target } = resource.resolved;
      const situation: PlanContext<SharedInputs & SharedOutputs, unknown> = {
        observed,
        pendingConfigChanges: others,
        logon: target,
        host: displayHost(target),
      };
      return lifecycleOf(resource).assess(inputsOf(resource), situation);
    };
    const alone = resources.map((resource) => assess(resource, new Map()).changes);
    resources.forEach((one, index) => {
      const others = new Map(alone.filter((_, other) => other !== index).flatMap((changes) => [...changes]));
      this.#show(one.resource, assess(one, others).findings);
    });
  }

  #show({ resource, mode, resolved }: Judged, findings: readonly Judgement[]): void {
    const notes = findings.filter(({ severity }) => severity === "note");
    if (notes.length > 0) this.#run.note(changesText(displayHost(resolved.target), notes), resource);
    for (const finding of findings) {
      if (finding.severity === "warning") this.#run.warn(findingText(finding), resource);
      if (finding.severity === "error") this.#report(findingText(finding), resource, mode);
    }
  }

  #report(text: string, resource: object, mode: "error" | "warn"): void {
    if (mode === "warn") {
      this.#run.warn(text, resource);
      return;
    }
    this.#failed += 1;
    this.#run.error(text, resource);
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    if (this.#unread.size > 0) this.#run.warn(this.#unreadText());
    if (this.#failed > 0) {
      const problems = this.#failed === 1 ? "1 problem" : `${this.#failed} problems`;
      this.#run.fail(`pre-flight: ${problems} found on the live hosts; nothing was changed`);
    }
    this.#failed = 0;
    this.#unread.clear();
    this.#pool.close();
    // Only after the rejection has been seen may the run end.
    const release = this.#release;
    if (release !== undefined) setImmediate(release);
  }

  #unreadText(): string {
    const byCode = new Map<ErrorCode, string[]>();
    for (const [host, code] of this.#unread) byCode.set(code, [...(byCode.get(code) ?? []), host]);
    const lines = [...byCode].map(([code, hosts]) => {
      const more = hosts.length > NAMES_SHOWN ? ` and ${hosts.length - NAMES_SHOWN} more` : "";
      return `  - ${hosts.slice(0, NAMES_SHOWN).join(", ")}${more}: ${ERROR_CODES[code]} [${code}]`;
    });
    const count = this.#unread.size === 1 ? "1 host was" : `${this.#unread.size} hosts were`;
    return [`pre-flight: ${count} not checked, and the preview goes on from state`, ...lines].join("\n");
  }
}
