import { cancelled } from "../diagnosis/socket";

/** A controller that follows a signal until it is released: a signal that lives long collects no listeners. */
export function linkedAbortController(signal: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const onAbort = () => {
    controller.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    controller,
    release: () => {
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/**
 * The result of work that knows no signal, or an error as soon as the signal is aborted; the work itself goes on, unheard.
 * @throws WinrmError `WINRM_E_CANCELLED` or `WINRM_E_TIMEOUT` by the signal; else what the work throws.
 */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(cancelled(signal.reason));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work
      .finally(() => {
        signal.removeEventListener("abort", onAbort);
      })
      .then(resolve, reject);
  });
}
