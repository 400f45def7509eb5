import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { WinrmError, isWinrmError } from "../../../errors";
import { unlessDenied } from "../../../host/refusal";
import { getString } from "../../../host/registry";
import { MARKER_KEY, ROLLBACK_TASK, type Restored, rollbackActions } from "../../../host/tasks/rollback";
import { deleteRollback, lacksClasses, rollbackDescription } from "../../../host/tasks/rollback-task";
import {
  type CommandTask,
  TASK_CODES,
  displayTaskCode,
  hresultOf,
  registerTask,
} from "../../../host/tasks/scheduled-task";
import { registerTaskInShell } from "../../../host/tasks/task-shell";
import type { SessionPool } from "../../../session/session-pool";
import type { Session } from "../../../session/session";
import { accountOf } from "../../../session/target";
import { WsmanClient } from "../../../session/wsman-client";
import type { Clock } from "./clock";
import { RESTORE_MARGIN_SECONDS, pendingDescription, pendingInfo, readPending, settledAt } from "./pending";

/** What arming needs. */
export interface Arming {
  readonly session: Session;
  /** Host for messages. */
  readonly host: string;
  readonly pool: SessionPool;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: { warn(text: string): void; progress(text: string): void };
  readonly windowSeconds: number;
  readonly restored: readonly Restored[];
  /** What would be restored, for people: `service.basic:true/service.kerberos:true`. */
  readonly old: string;
}

/** A rollback that the host will carry out unless it is confirmed. */
export interface Armed {
  readonly token: string;
  /** By the steady clock, when the request was sent: the host's time starts later. */
  readonly sinceMs: number;
  /** For people: when the host has restored at the latest. */
  readonly settledAt: Date;
}

/**
 * Ten seconds in all. The first looks follow each other closely: most hosts start a task at once, and while a change waits
 * it takes one of the few places that the engine has for resources at work.
 */
const ARMED_POLLS_MS = [50, 100, 200, 400, 750, 1_500, 2_000, 2_500, 2_500] as const;
const PENDING_POLL_MS = 5_000;
const OWN_POLL_MS = 500;
const OWN_POLLS = 20;

/** Changes that this run has confirmed, by the sessions of the run: their tasks are about to delete themselves. */
const confirmedHere = new WeakMap<SessionPool, Set<string>>();

/** The host takes no task from this account, through WMI or through a shell. */
const REFUSALS: ReadonlySet<string> = new Set(["WINRM_E_FAULT", "WINRM_E_ACCESS_DENIED", "WINRM_E_SHELL_DISABLED"]);
/** Exit codes of cmd and PowerShell; an HRESULT that is an error is far larger. */
const LARGEST_EXIT_CODE = 0xffff;

/** Remembers a change whose task only has to be tidied up. */
export function rememberConfirmed(pool: SessionPool, token: string): void {
  const known = confirmedHere.get(pool) ?? new Set();
  confirmedHere.set(pool, known.add(token));
}

/**
 * Arms the rollback and waits until the host has shown that it can run it.
 * @returns `undefined` if another run had the host in between, or differs from what was read: read it again.
 * @throws WinrmError `WINRM_E_CONFIRM_UNAVAILABLE` or `WINRM_E_CONFIRM_PENDING`; nothing is changed then.
 */
export async function arm(arming: Arming): Promise<Armed | undefined> {
  const { session, host, clock, windowSeconds, restored, old } = arming;
  const token = randomBytes(16).toString("hex");
  const by = `${accountOf(session.target.auth)}@${hostname()}`;
  const pending = { token, armedAt: new Date(clock.wallMs()), windowSeconds, by, old };
  const task = {
    name: ROLLBACK_TASK,
    arguments: rollbackActions({ token, restored, info: pendingInfo(pending) }),
    description: pendingDescription(pending),
    author: by,
    delaySeconds: windowSeconds,
  };
  const sinceMs = clock.steadyMs();
  const client = new WsmanClient(session);
  let certain = true;
  try {
    const code = await register(arming, { client, task, token });
    if (code === TASK_CODES.exists) {
      await waitForOther(arming);
      return undefined;
    }
    if (code !== TASK_CODES.ok) throw refused(host, code);
  } catch (error) {
    if (hresultOf(error) !== undefined || !isWinrmError(error)) throw error;
    if (REFUSALS.has(error.code)) throw unavailable(host, error.summary, error);
    if (error.context.outcomeUnknown !== true) throw error;
    certain = false;
  }
  if (await showsArmed(arming, token)) return { token, sinceMs, settledAt: settledAt(pending) };
  await standDown(arming, { token, certain });
  return undefined;
}

/** Through WMI, or where that has no such classes through a command shell: the same task, which is shown the same way. */
async function register(
  { host, log, signal }: Arming,
  { client, task, token }: { readonly client: WsmanClient; readonly task: CommandTask; readonly token: string },
): Promise<number> {
  const code = await registerTask(client, task, signal);
  if (!lacksClasses(code)) return code;
  log.progress(`${host} has no WMI classes of scheduled tasks: registering the task through a command shell`);
  return await registerTaskInShell(client, { task, id: token }, signal);
}

async function showsArmed({ session, clock, signal }: Arming, token: string): Promise<boolean> {
  const client = new WsmanClient(session);
  for (const waitMs of ARMED_POLLS_MS) {
    await clock.sleep(waitMs, signal);
    if ((await unlessDenied(getString(client, { key: MARKER_KEY, name: "armed" }, signal))) === token) return true;
  }
  return false;
}

/** The host has not shown that it can restore: the task goes, and nothing is changed. */
async function standDown(
  { session, host, signal }: Arming,
  { token, certain }: { readonly token: string; readonly certain: boolean },
): Promise<void> {
  const client = new WsmanClient(session);
  const unfit = await unlessDenied(getString(client, { key: MARKER_KEY, name: "unfit" }, signal));
  const own = certain || (await rollbackDescription(client, signal))?.includes(token) === true;
  if (own) await deleteRollback(client, signal);
  const failed = unfit?.startsWith(`${token}-`) === true ? unfit.slice(token.length + 1) : undefined;
  if (failed === "changed") return;
  throw unavailable(host, failed === undefined ? NEVER_RAN : `its rehearsal failed at ${failed}`);
}

const NEVER_RAN = `the task that would restore the settings has not shown that it runs: Task Scheduler, cmd, reg or findstr is stopped or blocked, or the account may not read HKLM\\${MARKER_KEY}`;

/**
 * Another change may be pending. Its owner confirms it, or the host restores; both are waited for, neither is touched.
 * @throws WinrmError `WINRM_E_CONFIRM_PENDING` if it stays pending.
 */
export async function waitForOther(
  arming: Pick<Arming, "session" | "host" | "pool" | "clock" | "signal" | "log">,
): Promise<void> {
  const { session, host, pool, clock, signal, log } = arming;
  const client = new WsmanClient(session);
  let endMs: number | undefined;
  for (let polls = 0; ; polls++) {
    const description = await rollbackDescription(client, signal);
    if (description === undefined) return;
    const pending = readPending(description);
    if (pending === undefined) throw unknownTask(host);
    const own = confirmedHere.get(pool)?.has(pending.token) === true;
    const what = `an unconfirmed change by ${pending.by}, armed ${pending.armedAt.toISOString()}, window ${pending.windowSeconds} s`;
    // Clocks of two runners may differ: by one's own it lasts no longer than a whole window.
    endMs ??=
      clock.steadyMs() + Math.min(settledAt(pending).getTime() - clock.wallMs(), wholeMs(pending.windowSeconds));
    if (own ? polls > OWN_POLLS : clock.steadyMs() >= endMs) throw pendingError(host, what);
    if (!own) log.progress(`${host} has ${what}; waiting until it is confirmed or restored`);
    try {
      await clock.sleep(own ? OWN_POLL_MS : PENDING_POLL_MS, signal);
    } catch (cause) {
      throw pendingError(host, what, cause);
    }
  }
}

function wholeMs(windowSeconds: number): number {
  return (windowSeconds + RESTORE_MARGIN_SECONDS) * 1000;
}

function pendingError(host: string, what: string, cause?: unknown): WinrmError {
  return new WinrmError("WINRM_E_CONFIRM_PENDING", `the host has ${what}; nothing was changed`, {
    host,
    causes: [
      "another run is changing this host now",
      "a run was ended in the middle of a change, and the host restores the settings at the end of the window",
      `the host cannot restart WinRM, and tries again each minute (task ${ROLLBACK_TASK})`,
    ],
    remedy: "run again later; never delete the task manually while the change is not confirmed",
    cause,
  });
}

/** Of another release, or of another program that took the name. */
function unknownTask(host: string): WinrmError {
  const summary = `the host has a task ${ROLLBACK_TASK} that this release did not register; nothing was changed`;
  return new WinrmError("WINRM_E_CONFIRM_PENDING", summary, {
    host,
    causes: [
      "another release of pulumi-winrm has an unconfirmed change there",
      "another program registered a task of that name",
    ],
    remedy: `wait ten minutes and run again; if it is still there, look at schtasks /Query /TN ${ROLLBACK_TASK} /XML on the host, and delete it only if it restores nothing`,
  });
}

function refused(host: string, code: number): WinrmError {
  if (code === TASK_CODES.accessDenied) {
    return unavailable(host, "the account may not register a task that runs as SYSTEM");
  }
  if (code <= LARGEST_EXIT_CODE) {
    return unavailable(host, `WMI has no classes of scheduled tasks, and PowerShell ended with ${code}`);
  }
  return unavailable(host, `Task Scheduler refused the task with ${displayTaskCode(code)}`);
}

/** Nothing can be armed, so nothing is changed. */
export function unavailable(host: string, reason: string, cause?: unknown): WinrmError {
  return new WinrmError(
    "WINRM_E_CONFIRM_UNAVAILABLE",
    `the host cannot be made to undo the change by itself: ${reason}; nothing was changed`,
    {
      host,
      causes: [
        "WMI's classes of scheduled tasks are missing or damaged, and a policy keeps PowerShell from Task Scheduler",
        "a policy keeps cmd, reg, findstr, sc, net or schtasks, or Task Scheduler, from running as SYSTEM",
      ],
      remedy: "fix that on the host, or set confirm: false to make the change without a way back",
      cause,
    },
  );
}
