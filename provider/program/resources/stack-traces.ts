/**
 * Puts stack traces off until the function that it returns is called. The SDK takes one for each of the four promises
 * behind every output, to report promises that never end, and in a program of many resources that is most of its time.
 * Where the program is declared is still known: for that the SDK takes a trace with a limit of its own. Traces stay on
 * where `PULUMI_DEBUG_PROMISE_LEAKS` asks for them.
 */
export function withoutStackTraces(env: NodeJS.ProcessEnv = process.env): () => void {
  const limit = Error.stackTraceLimit;
  if (env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}

/** The program's runtime prints the stack of what it throws, and what a person needs is in the message. */
export function withoutStack<Thrown extends Error>(error: Thrown): Thrown {
  error.stack = error.message;
  return error;
}
