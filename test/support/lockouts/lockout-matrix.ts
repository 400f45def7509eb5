/** The matrix of lockouts, cell by cell: a way in, a change, an operation; and whether the operator gets in afterwards. */
import type { TestContext } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import type { Connection } from "../../../provider/contract/connection/connection";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { Settings } from "../../../provider/contract/settings";
import { WinrmError } from "../../../provider/errors";
import { readConfig } from "../../../provider/host/config";
import { ROLLBACK_TASK } from "../../../provider/host/tasks/rollback";
import type { LifecycleContext } from "../../../provider/lifecycle/change/context";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { RESTORE_MARGIN_SECONDS } from "../../../provider/lifecycle/change/confirm/pending";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { type HostOptions, type ManualClock, SYSTEM_POLICIES_KEY, SimulatedHost } from "../../../simulator";
import { clockOf, WINDOW_SECONDS } from "../confirm/confirm";
import type { Change } from "./lockout-changes";
import { ADMINISTRATORS, type Way } from "./lockout-ways";

/** What the engine asks for. */
export const OPERATIONS = ["create", "update", "replace", "destroy", "refresh"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** One cell. */
export interface Cell {
  readonly way: Way;
  readonly change: Change;
  readonly operation: Operation;
  /** Arguments beside those of the change: `acceptLockout`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What became of it. */
export interface Outcome {
  /** Error code of the operation; `undefined` if it succeeded. */
  readonly code: string | undefined;
  /** Which of the operator's connections get in afterwards, with a logon of their own. */
  readonly in: readonly boolean[];
  /** The host is not as it was. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/** The host has restored what was not confirmed, and has looked a second time. */
const UNDONE_AFTER_MS = (WINDOW_SECONDS + RESTORE_MARGIN_SECONDS) * 1000;
const settings = new Settings(() => undefined, {});
const { signal } = new AbortController();

/** True for a cell that means something: a change with a key of its own is no update, and a refresh changes nothing. */
function isMeant({ change, operation }: Pick<Cell, "change" | "operation">): boolean {
  if (operation === "refresh") return change.first === true;
  return !(operation === "update" && change.ownKey === true);
}

const CONCERNS: Readonly<Record<ResourceType, Way["of"][number]>> = {
  AuthConfig: "method",
  TrustedHosts: "method",
  GroupMembership: "account",
  TokenFilterPolicy: "account",
  CertMapping: "mapping",
};

/**
 * The cells of a way, or with `LOCKOUT_MATRIX=full` all that mean something. By default way and change can meet, and one
 * change of each resource is replaced: a replacement is a destroy and a create, which all of them go through.
 */
export function cellsOf(way: Way, changes: readonly Change[]): Omit<Cell, "way">[] {
  const full = process.env["LOCKOUT_MATRIX"] === "full";
  return changes
    .filter(({ type }) => full || way.of.includes(CONCERNS[type]))
    .flatMap((change) => OPERATIONS.map((operation) => ({ change, operation })))
    .filter(isMeant)
    .filter(({ change, operation }) => full || operation !== "replace" || change.first === true);
}

/** A host for all cells of one way; each cell finds it as it was started. */
export class Bench {
  /** When the operation began, by the clock. */
  #beganMs = 0;

  private constructor(
    readonly way: Way,
    readonly host: SimulatedHost,
    readonly connections: readonly Connection[],
    private readonly began: { readonly fresh: HostState; readonly clock: ManualClock | undefined },
  ) {}

  /** Stopped at the end of the test. @param options with a clock, changes are confirmed, and each cell takes the whole window. */
  static async start(t: TestContext, way: Way, options: HostOptions & { readonly clock?: ManualClock } = {}) {
    const host = await SimulatedHost.start({ ...way.host, ...options });
    t.after(() => host.stop());
    way.prepare?.(host);
    const fresh = stateOf(host, way);
    return new Bench(way, host, await way.connections(host, t), { fresh, clock: options.clock });
  }

  /** Runs one cell, and then puts the host back. */
  async run(cell: Omit<Cell, "way">): Promise<Outcome> {
    const { clock, fresh } = this.began;
    const pool = new SessionPool(clock === undefined ? undefined : (ms, end) => clock.sleep(ms, end));
    const warnings: string[] = [];
    const log: LifecycleContext["log"] = {
      warn: (text) => void warnings.push(text),
      note: () => undefined,
      progress: () => undefined,
    };
    try {
      await readWith(this.connections, pool);
      const context = { pool, settings, signal, log, ...(clock === undefined ? {} : { clock: clockOf(clock) }) };
      const code = await codeOf(() => this.#operate(cell, context));
      clock?.advance(Math.max(this.#beganMs + UNDONE_AFTER_MS - clock.now(), 0));
      // On a host that is as it was they get in as they just did.
      const changed = JSON.stringify(stateOf(this.host, this.way)) !== JSON.stringify(fresh);
      const logons = this.connections.map((connection) => (changed ? getsIn(connection) : Promise.resolve(true)));
      return { code, in: await Promise.all(logons), changed, warnings };
    } finally {
      pool.close();
      this.#reset();
    }
  }

  async #operate({ change, operation, more }: Omit<Cell, "way">, context: LifecycleContext): Promise<void> {
    const { host, way } = this;
    const connection = this.connections[0]!;
    const lifecycle: ResourceLifecycle = LIFECYCLES[change.type];
    // Judged is what is refused, so nothing may put the host back behind it.
    const shared = { confirm: false as const, ...more, connection };
    const inputs = { ...change.wanted(way), ...shared };
    const begin = () => {
      change.hinder?.(host, way);
      this.#beganMs = this.began.clock?.now() ?? 0;
    };
    if (operation === "create") {
      begin();
      await lifecycle.create(inputs, context);
      return;
    }
    const state = await lifecycle.create({ ...change.neutral(host, way), ...shared }, context);
    const prior = change.destroyable({ ...state }, host, way) as unknown as typeof state;
    begin();
    if (operation === "update") await lifecycle.update(state, inputs, context);
    if (operation === "destroy" || operation === "replace") await lifecycle.delete(prior, context);
    if (operation === "replace") await lifecycle.create(inputs, context);
    if (operation === "refresh") await lifecycle.read(prior, context);
  }

  #reset(): void {
    const { host } = this;
    const { fresh } = this.began;
    host.groups.refuse(this.way.self, 0);
    for (const [path, value] of Object.entries(fresh.config))
      if (host.config.get(path) !== value) host.config.set(path, value);
    for (const mapping of host.certMappings.list()) host.certMappings.remove(mapping);
    for (const mapping of this.way.host.certMappings ?? []) host.certMappings.add(mapping);
    for (const [group, members] of Object.entries(fresh.groups)) {
      const live = host.groups.memberSids(group);
      for (const sid of members) if (!live.includes(sid)) host.groups.add(group, sid);
      for (const sid of live) if (!members.includes(sid)) host.groups.remove(group, sid);
    }
    host.registry.set(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy", fresh.tokenFilter ?? 0);
    host.scheduler.delete("\\", ROLLBACK_TASK);
    host.journal.clear();
  }
}

/** What went wrong in the cells of one way, each named for a person. */
export interface MatrixFaults {
  /** The operator does not get in afterwards. */
  readonly out: readonly string[];
  /** Refused on creation, although the operator gets in where the lockout is accepted. */
  readonly alarms: readonly string[];
}

/** Runs the cells of a way one after the other. */
export async function runCells(
  t: TestContext,
  way: Way,
  cells: readonly Pick<Cell, "change" | "operation">[],
): Promise<MatrixFaults> {
  const bench = await Bench.start(t, way);
  const out: string[] = [];
  const alarms: string[] = [];
  for (const { change, operation } of cells) {
    const outcome = await bench.run({ change, operation });
    if (outcome.in.includes(false)) out.push(`${change.name} / ${operation} (${outcome.code ?? "succeeded"})`);
    if (operation !== "create" || outcome.code !== "WINRM_E_LOCKOUT") continue;
    const accepted = await bench.run({ change, operation, more: { acceptLockout: true } });
    if (!accepted.in.includes(false)) alarms.push(change.name);
  }
  return { out, alarms };
}

/** Everything on a host that the changes of the matrix reach. */
interface HostState {
  readonly config: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly mappings: readonly object[];
  readonly tokenFilter: number | undefined;
}

function stateOf(host: SimulatedHost, way: Way): HostState {
  const names = new Set([ADMINISTRATORS, "S-1-5-32-580", ...Object.keys(way.host.groups ?? {})]);
  const groups = [...names].map((group) => [group, host.groups.memberSids(group)] as const);
  return {
    config: Object.fromEntries(Object.entries(host.config.all()).filter(([path]) => path.startsWith("service/"))),
    groups: Object.fromEntries(groups.map(([group, sids]) => [group, [...sids].sort()])),
    mappings: host.certMappings.list(),
    tokenFilter: host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"),
  };
}

/** As `up --refresh` begins: every connection of the program reads. */
async function readWith(connections: readonly Connection[], pool: SessionPool): Promise<void> {
  for (const connection of connections) {
    const session = pool.session(resolveTarget(connection, settings).target);
    await readConfig(new WsmanClient(session), signal);
  }
}

async function getsIn(connection: Connection): Promise<boolean> {
  const pool = new SessionPool();
  try {
    await readWith([connection], pool);
    return true;
  } catch (error) {
    if (error instanceof WinrmError) return false;
    throw error;
  } finally {
    pool.close();
  }
}

async function codeOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    const partial = !(error instanceof WinrmError) && error instanceof Error;
    const cause = partial ? error.cause : error;
    if (cause instanceof WinrmError) return cause.code;
    throw error;
  }
}
