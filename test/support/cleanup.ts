/** Cleaning up after a test, the last thing made first: a session must be closed before the peer that watches it. */
import type { TestContext } from "node:test";

type Cleanup = () => void | Promise<void>;

const pending = new WeakMap<TestContext, Cleanup[]>();

/** Runs when the test is over, before everything that was registered earlier. */
export function later(t: TestContext, cleanup: Cleanup): void {
  const known = pending.get(t);
  if (known !== undefined) {
    known.push(cleanup);
    return;
  }
  const stack = [cleanup];
  pending.set(t, stack);
  t.after(async () => {
    const errors: unknown[] = [];
    for (const next of stack.reverse()) {
      try {
        await next();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  });
}
