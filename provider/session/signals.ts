/** A controller that follows a signal until it is released: a signal that lives long collects no listeners. */
export function following(signal: AbortSignal): { controller: AbortController; release: () => void } {
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

/** What bounds work that knows no signal. */
export interface Bound {
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** The error at the limit. */
  readonly late: () => Error;
  /** The error by the signal. */
  readonly stopped: (reason: unknown) => Error;
}

/** The work's result, or an error as soon as the signal or the limit ends it; the work itself goes on, unheard. */
export function within<T>(work: Promise<T>, { signal, limitMs, late, stopped }: Bound): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(stopped(signal.reason));
    };
    const timer = setTimeout(() => {
      reject(late());
    }, limitMs);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    work.finally(settle).then(resolve, reject);
  });
}
