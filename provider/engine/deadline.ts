import { WinrmError } from "../errors";
import type { Connection } from "../contract/connection/connection";
import type { Settings } from "../contract/settings";

/** A running limit. */
export interface OperationDeadline {
  /** Aborts with a `WINRM_E_TIMEOUT` that names the limit. */
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * Starts `timeouts.totalSeconds` (argument, then `winrm:totalSeconds`, then `WINRM_TOTAL_SECONDS`, then 300), at most
 * `outerMs`: the time for one whole operation of a resource, its turn, retries and reading back included.
 * @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not usable.
 */
export function startDeadline(
  connection: Pick<Connection, "timeouts"> | undefined,
  settings: Settings,
  outerMs: number,
): OperationDeadline {
  const seconds = connection?.timeouts?.totalSeconds ?? settings.number("totalSeconds");
  const controller = new AbortController();
  const timer = setTimeout(
    () => {
      controller.abort(expired(seconds));
    },
    Math.min(seconds * 1000, outerMs),
  );
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function expired(seconds: number): WinrmError {
  return new WinrmError(
    "WINRM_E_TIMEOUT",
    `the whole operation took longer than ${seconds} s (timeouts.totalSeconds)`,
    {
      causes: [
        "the host responds slowly, or not at all",
        "other resources of the host took their turn first, and long",
      ],
      remedy: "run again: it reads first and writes only what differs; or raise timeouts.totalSeconds (at most 600)",
    },
  );
}
