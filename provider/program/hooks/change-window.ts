import { WinrmError } from "../../errors";
import { type HookBindings, hook } from "./hook";

/** Days as {@link ChangeWindow} names them, Sunday first. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
/** A day of the week, in three letters. */
export type Day = (typeof DAYS)[number];

/** When a host may be changed. */
export interface ChangeWindow {
  /** Days on which the window opens. Default: every day. */
  readonly days?: readonly Day[];
  /** Start, `HH:MM`, inclusive. */
  readonly from: string;
  /** End, `HH:MM`, exclusive. One before the start is on the next day: `22:00` to `04:00`. */
  readonly to: string;
  /** IANA time zone, such as `Europe/Berlin`. Default: the runner's own. */
  readonly timeZone?: string;
}

/**
 * Resource hooks that refuse creates, updates and deletes outside of a change window, before anything is sent; a preview
 * is always allowed. Delete hooks run only while the program runs: `pulumi destroy --run-program`.
 *
 * ```ts
 * import { AuthConfig, changeWindow } from "pulumi-winrm";
 *
 * const args = { connection: { host: "web01" }, service: { basic: false } };
 * new AuthConfig("web01", args, { hooks: changeWindow({ days: ["sat", "sun"], from: "22:00", to: "04:00" }) });
 * ```
 * @param now the clock; for tests.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a window that cannot be: a time that is none, an unknown day or time zone, or
 * a start that is the end. In the hook: `WINRM_E_CHANGE_WINDOW`.
 */
export function changeWindow(window: ChangeWindow, now: () => Date = () => new Date()): HookBindings {
  checkWindow(window);
  const refuse = hook("pulumi-winrm:change-window", window, ({ name }) => {
    assertOpen(window, name, now());
  });
  return { beforeCreate: [refuse], beforeUpdate: [refuse], beforeDelete: [refuse] };
}

/** @throws WinrmError `WINRM_E_CHANGE_WINDOW` outside of the window. @param name of the resource to be changed. */
export function assertOpen(window: ChangeWindow, name: string, moment: Date): void {
  if (isOpen(window, moment)) return;
  throw new WinrmError("WINRM_E_CHANGE_WINDOW", `${name} may be changed ${windowText(window)} only; nothing was sent`, {
    remedy: "run again in the window, or deploy without the changeWindow hook in an emergency",
  });
}

/** Whether a moment is inside of the window. */
export function isOpen(window: ChangeWindow, moment: Date): boolean {
  const { days = DAYS } = window;
  const [from, to] = [minutesOf(window.from), minutesOf(window.to)];
  const { day, minute } = localTime(moment, window.timeZone);
  const opensOn = (index: number) => days.includes(DAYS[(index + 7) % 7] ?? "sun");
  if (from < to) return opensOn(day) && minute >= from && minute < to;
  return (opensOn(day) && minute >= from) || (opensOn(day - 1) && minute < to);
}

function checkWindow({ days = DAYS, from, to, timeZone }: ChangeWindow): void {
  const refused = (property: string, reason: string) =>
    new WinrmError("WINRM_E_ARGUMENT", `changeWindow.${property} ${reason}`);
  for (const [property, time] of Object.entries({ from, to })) {
    if (Number.isNaN(minutesOf(time))) throw refused(property, `must be a time of day such as "22:00"`);
  }
  if (from === to) throw refused("to", "must differ from the start");
  if (days.length === 0 || days.some((day) => !DAYS.includes(day)))
    throw refused("days", `must be of: ${DAYS.join(", ")}`);
  try {
    localTime(new Date(0), timeZone);
  } catch {
    throw refused("timeZone", `must be a time zone of the IANA database, such as "Europe/Berlin"`);
  }
}

function windowText({ days, from, to, timeZone }: ChangeWindow): string {
  return `${days === undefined ? "" : `on ${days.join(", ")} `}from ${from} to ${to}${timeZone === undefined ? "" : ` (${timeZone})`}`;
}

/** Minutes since midnight; NaN unless it is `HH:MM`. */
function minutesOf(time: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

function localTime(moment: Date, timeZone: string | undefined): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  }).formatToParts(moment);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const day = DAYS.findIndex((name) => name === part("weekday").toLowerCase());
  return { day, minute: Number(part("hour")) * 60 + Number(part("minute")) };
}
