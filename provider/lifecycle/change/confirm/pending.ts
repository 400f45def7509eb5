import { plainInfo } from "../../../host/tasks/rollback";

/** The change that is armed on a host, as its task describes it, for people and for the next run. */
export interface PendingChange {
  readonly token: string;
  /** By the clock of who armed it. */
  readonly armedAt: Date;
  readonly windowSeconds: number;
  readonly by: string;
  /** What the host would restore: `service.basic:true`. */
  readonly old: string;
}

/** After the window the service restarts and the host looks a second time. */
export const RESTORE_MARGIN_SECONDS = 75;

/** Longest name of who armed it, so that what comes after it has room. */
const MAX_BY_LENGTH = 100;
/** Only what {@link pendingInfo} writes: a host may hold anything under these names. */
const PENDING =
  /\b([0-9a-f]{32})\b.*?armed=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) window=(\d{2,3})s by=([A-Za-z0-9._:=/@-]+) old=([A-Za-z0-9._:=/@-]*)/;

/** `armed=2026-11-29T22:31:00Z window=120s by=ops@runner7 old=service.basic:true` */
export function pendingInfo({ armedAt, windowSeconds, by, old }: Omit<PendingChange, "token">): string {
  const at = `${armedAt.toISOString().slice(0, 19)}Z`;
  return plainInfo(
    `armed=${at} window=${windowSeconds}s by=${unbroken(by).slice(0, MAX_BY_LENGTH)} old=${unbroken(old)}`,
  );
}

function unbroken(text: string): string {
  return text.replaceAll(/\s+/g, "-");
}

/** The task's description, for people who find it. */
export function pendingDescription(pending: PendingChange): string {
  return `Made by pulumi-winrm: restores WinRM settings if a change is not confirmed. token=${pending.token} ${pendingInfo(pending)}`;
}

/** Reads a description, or a marker, which says the same; `undefined` for another's. */
export function readPending(text: string): PendingChange | undefined {
  const match = PENDING.exec(text.slice(0, 2_000));
  if (match === null) return undefined;
  const [, token = "", at = "", window = "", by = "", old = ""] = match;
  const armedAt = new Date(at);
  return Number.isNaN(armedAt.getTime()) ? undefined : { token, armedAt, windowSeconds: Number(window), by, old };
}

/** When the host is through with it, whatever became of the change. */
export function settledAt({ armedAt, windowSeconds }: Pick<PendingChange, "armedAt" | "windowSeconds">): Date {
  return new Date(armedAt.getTime() + (windowSeconds + RESTORE_MARGIN_SECONDS) * 1000);
}
