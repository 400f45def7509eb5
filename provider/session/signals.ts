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
