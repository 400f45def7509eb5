import { CONFIRM_SECONDS } from "../../../contract/confirm";
import type { Judgement } from "../../../contract/finding";
import type { Settings } from "../../../contract/settings";
import { readableOld, riskOf } from "../../safety/risk";
import type { LifecycleContext } from "../context";
import type { Plan, Write } from "../plan";
import type { Intent } from "./shared-window";

/** Which writes of a plan are confirmed, and within which time. */

/** Several risky writes share one window, with all that come after the first of them. */
export interface Confirmed extends Intent {
  /** Index of the first write in the window. */
  readonly from: number;
}

/** The window of a plan; `undefined` where nothing is risky, or the program wants none, which is said aloud. */
export function confirmationOf<Observed>(
  observed: Observed,
  writes: readonly Write<Observed>[],
  { confirm, context, host }: { confirm: number | false | undefined; context: LifecycleContext; host: string },
): Confirmed | undefined {
  const found = riskyPart(observed, writes);
  if (found === undefined) return undefined;
  const seconds = confirmSeconds(confirm, context.settings);
  if (seconds !== false) return { ...found, seconds };
  context.log.warn(
    `${host}: confirm is false, so nothing restores ${readableOld(found.risk.old)} if this change locks every account out`,
  );
  return undefined;
}

/** What a preview says of it; the same question as at apply. */
export function confirmNote<Observed>(
  observed: Observed,
  { writes }: Plan<Observed>,
  seconds: number | false,
): Judgement[] {
  const found = riskyPart(observed, writes);
  if (found === undefined) return [];
  const about = { property: "confirm", remedy: "" } as const;
  if (seconds === false) {
    const message = `is false: nothing restores ${readableOld(found.risk.old)} if the change locks every account out`;
    return [{ ...about, rule: "confirm/off", severity: "warning", message }];
  }
  const message = `the change must be proven by a fresh logon within ${seconds} s, or the host restores ${readableOld(found.risk.old)}`;
  return [{ ...about, rule: "confirm/window", severity: "note", message }];
}

/** The window for all writes of a plan; `undefined` where nothing is risky, or the program wants none. */
export function intentOf<Observed>(
  observed: Observed,
  writes: readonly Write<Observed>[],
  { confirm, context }: { confirm: number | false | undefined; context: LifecycleContext },
): Intent | undefined {
  const risk = riskOf(writes.flatMap((write) => write.changes?.(observed) ?? []));
  const seconds = confirmSeconds(confirm, context.settings);
  return risk === undefined || seconds === false ? undefined : { risk, seconds };
}

function riskyPart<Observed>(
  observed: Observed,
  writes: readonly Write<Observed>[],
): Pick<Confirmed, "from" | "risk"> | undefined {
  const from = writes.findIndex((write) => riskOf(write.changes?.(observed) ?? []) !== undefined);
  const risk = from < 0 ? undefined : riskOf(writes.slice(from).flatMap((write) => write.changes?.(observed) ?? []));
  return risk === undefined ? undefined : { from, risk };
}

/** The argument, the setting, the default. @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not usable. */
export function confirmSeconds(confirm: number | false | undefined, settings: Settings): number | false {
  return confirm ?? settings.confirm() ?? CONFIRM_SECONDS.default;
}
