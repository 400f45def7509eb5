const TICK_MS = 100;

/**
 * A signal that aborts after `limitMs` of time in which the event loop turned. A program that blocks the loop (a
 * thousand constructors take seconds) would otherwise see healthy hosts time out, because timers fire before sockets
 * are read.
 */
export function eventLoopTimeout(limitMs: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  let remaining = limitMs;
  let last = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    remaining -= Math.min(now - last, 2 * TICK_MS);
    last = now;
    if (remaining > 0) return;
    clearInterval(ticker);
    controller.abort(new DOMException("the time for this host is up", "TimeoutError"));
  }, TICK_MS);
  return {
    signal: controller.signal,
    clear: () => {
      clearInterval(ticker);
    },
  };
}
