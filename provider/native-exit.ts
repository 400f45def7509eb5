/** The end of a process in which calls of system libraries run on other threads: Node's exit would wait for them. */

/** Ends the process at once with this exit code, whatever runs; returns only if it cannot. */
export type ForceExit = (exitCode: number) => void;

const underWay = new Set<{ readonly end: ForceExit }>();

/**
 * A call begins that nothing can stop, such as a question to a silent domain controller.
 * @returns to be called when it is over.
 */
export function trackNativeCall(end: ForceExit): () => void {
  const call = { end };
  underWay.add(call);
  return () => {
    underWay.delete(call);
  };
}

/** Whether Node's exit would wait for a call that nothing waits for. */
export function hasPendingNativeCalls(): boolean {
  return underWay.size > 0;
}

/** `process.exit`, which does not wait for calls under way either. */
export function exitNow(exitCode: number): never {
  const [call] = underWay;
  call?.end(exitCode);
  process.exit(exitCode);
}
