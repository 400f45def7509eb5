import { WinrmError, isWinrmError, messageOf } from "../errors";
import { type WinrmConfig, putLeaves, readConfig } from "../host/config";
import type { Session } from "../session/session";
import { type SessionTarget, displayHost } from "../session/target";
import { WsmanClient } from "../session/wsman-client";
import { type ConfigWrite, type WantedLeaves, afterWriting, differingLeaves, writesFor } from "./config-plan";
import type { Connection } from "./connection";
import { findingText, refuse } from "./findings";
import type { Assessment, LifecycleContext, SharedInputs } from "./resource-lifecycle";
import { resolveTarget } from "./resolve-target";

/** The one way in which `winrm/config` is read and changed: observe, plan, refuse or write, read back. */

/** A host reached through a connection argument. */
export interface ReachedHost {
  readonly target: SessionTarget;
  readonly session: Session;
  readonly client: WsmanClient;
  /** Name for messages. */
  readonly host: string;
}

/** What a reconcile did. */
export interface Reconciled {
  readonly before: WinrmConfig;
  /** Read back after a write; the same as `before` if nothing was written; what is known if reading failed. */
  readonly after: WinrmConfig;
  /** Set if something was or may have been written before the failure. */
  readonly failure?: Error;
}

/** Decodes the connection, warns about weak choices, and takes the session of the run; sends nothing. */
export function reach(connection: Connection, context: LifecycleContext): ReachedHost {
  const { target, warnings } = resolveTarget(connection, context.settings);
  for (const warning of warnings) context.log.warn(warning);
  const session = context.pool.session(target);
  return { target, session, client: new WsmanClient(session), host: displayHost(target) };
}

const reads = new WeakMap<Session, Promise<WinrmConfig>>();

/** Reads a host's configuration; resources of one host that ask while a read is under way share it. */
export function observe(connection: Connection, context: LifecycleContext): Promise<WinrmConfig> {
  const { session, client } = reach(connection, context);
  const running = reads.get(session);
  if (running !== undefined) return running;
  const read = readConfig(client, context.signal).finally(() => reads.delete(session));
  reads.set(session, read);
  return read;
}

/**
 * Brings a host to what the assessment wants. Nothing is written if it finds an error, or if nothing differs.
 * @throws WinrmError if nothing was written; a failure after a write is returned, because state must show it.
 */
export function reconcile(
  connection: Connection,
  context: LifecycleContext,
  assess: (observed: WinrmConfig, reached: ReachedHost) => Assessment,
): Promise<Reconciled> {
  const reached = reach(connection, context);
  return context.pool.exclusively(reached.target, async () => {
    context.log.progress(`reading ${reached.host}`);
    const before = await readConfig(reached.client, context.signal);
    const { findings, changes } = assess(before, reached);
    refuse(findings, reached.host);
    for (const finding of findings) if (finding.severity === "warning") context.log.warn(findingText(finding));
    if (changes.size === 0) return { before, after: before };
    return await apply(before, changes, { reached, context });
  });
}

/**
 * Destroy: puts back what the assessment finds, unless the resource is to leave the host as it is.
 * @throws Error whatever failed; the resource then stays in state.
 */
export async function restoreConfig(
  { onDelete, connection }: SharedInputs,
  context: LifecycleContext,
  assess: (observed: WinrmConfig, reached: ReachedHost) => Assessment,
): Promise<void> {
  if (onDelete === "leave") return;
  const { failure } = await reconcile(connection, context, assess);
  if (failure !== undefined) throw failure;
}

interface Applying {
  readonly reached: ReachedHost;
  readonly context: LifecycleContext;
}

async function apply(before: WinrmConfig, changes: WantedLeaves, applying: Applying): Promise<Reconciled> {
  const { reached, context } = applying;
  let touched = false;
  let failure: Error | undefined;
  for (const write of writesFor(changes)) {
    context.log.progress(
      `writing winrm/config/${write.resource} of ${reached.host}: ${[...write.leaves.keys()].join(", ")}`,
    );
    try {
      await writeOnce(write, applying);
      touched = true;
    } catch (error) {
      const uncertain = isWinrmError(error) && error.context.uncertain === true;
      if (!touched && !uncertain) throw error;
      failure = error instanceof Error ? error : new Error(messageOf(error));
      break;
    }
  }
  return await verify(before, changes, { ...applying, failure });
}

/** A write whose outcome is unknown is looked up on the host before it is repeated, and repeated once. */
async function writeOnce(write: ConfigWrite, { reached, context }: Applying): Promise<void> {
  try {
    await putLeaves(reached.client, write, context.signal);
  } catch (error) {
    if (!isWinrmError(error) || error.context.uncertain !== true || context.signal.aborted) throw error;
    const observed = await readConfig(reached.client, context.signal).catch((cause: unknown) => {
      throw new WinrmError(
        "WINRM_E_UNCERTAIN_WRITE",
        "the connection broke during a write, and the host could not be read afterwards",
        {
          host: reached.host,
          operation: `write winrm/config/${write.resource} (${[...write.leaves.keys()].join(", ")})`,
          uncertain: true,
          next: "run pulumi up again when the host answers: it reads first and writes only what differs",
          cause,
        },
      );
    });
    const wanted = new Map([...write.leaves].map(([leaf, value]) => [`${write.resource}/${leaf}`, value]));
    if (differingLeaves(wanted, observed).size === 0) return;
    await putLeaves(reached.client, write, context.signal);
  }
}

async function verify(
  before: WinrmConfig,
  changes: WantedLeaves,
  { reached, context, failure }: Applying & { readonly failure: Error | undefined },
): Promise<Reconciled> {
  let after: WinrmConfig;
  try {
    context.log.progress(`reading back ${reached.host}`);
    after = await readConfig(reached.client, context.signal);
  } catch (error) {
    const known = failure === undefined ? afterWriting(before, changes) : before;
    return { before, after: known, failure: failure ?? unverified(error, reached.host) };
  }
  if (failure !== undefined) return { before, after, failure };
  const missing = differingLeaves(changes, after);
  if (missing.size === 0) return { before, after };
  const list = [...missing].map(([path, value]) => `${path} is ${after.get(path)?.value ?? "absent"}, not ${value}`);
  return {
    before,
    after,
    failure: new WinrmError(
      "WINRM_E_NOT_APPLIED",
      `the host accepted the change, but reading it back shows: ${list.join("; ")}`,
      {
        host: reached.host,
        causes: ["something else on the host changed it back: Group Policy, or another tool"],
        next: "run pulumi refresh to see what the host has now",
      },
    ),
  };
}

function unverified(error: unknown, host: string): Error {
  return new WinrmError(
    "WINRM_E_NOT_APPLIED",
    `the change was written, but the host could not be read back: ${messageOf(error)}`,
    {
      host,
      next: "run pulumi refresh when the host answers",
      cause: error,
    },
  );
}
