import { WinrmError, messageOf } from "../../errors";
import type { Write } from "./plan";
import type { WriteContext } from "./write";

/** What a host has after a change. */

/** What a reconcile did. */
export interface ReconcileResult<Observed> {
  readonly before: Observed;
  /** Read back after a write; the same as `before` if nothing was written; what is known if reading failed. */
  readonly after: Observed;
  /** Set if something was or may have been written before the failure. */
  readonly failure?: Error;
  /** The host took every write, and does not have all of it when it is read back. */
  readonly overwritten?: boolean;
}

/** Reads a host back after writes, and compares. */
export async function verify<Observed>(
  before: Observed,
  writes: readonly Write<Observed>[],
  { reached, context, look, failure }: WriteContext<Observed> & { readonly failure: Error | undefined },
): Promise<ReconcileResult<Observed>> {
  let after: Observed;
  try {
    context.log.progress(`reading back ${reached.host}`);
    after = await look();
  } catch (error) {
    const known = failure === undefined ? writes.reduce((host, write) => write.predictedState(host), before) : before;
    return { before, after: known, failure: failure ?? unverified(error, reached.host) };
  }
  return failure === undefined ? judged(writes, { before, after }, reached.host) : { before, after, failure };
}

/** What the writes were to bring about must be there. */
export function judged<Observed>(
  writes: readonly Write<Observed>[],
  { before, after }: ReconcileResult<Observed>,
  host: string,
): ReconcileResult<Observed> {
  const unmet = writes.flatMap((write) => write.unmet(after));
  if (unmet.length === 0) return { before, after };
  return {
    before,
    after,
    overwritten: true,
    failure: new WinrmError(
      "WINRM_E_NOT_APPLIED",
      `the host accepted the change, but reading it back shows: ${unmet.join("; ")}`,
      {
        host,
        causes: ["something else on the host changed it back: Group Policy, or another tool"],
        remedy: "run pulumi refresh to see what the host has now",
      },
    ),
  };
}

function unverified(error: unknown, host: string): Error {
  return new WinrmError(
    "WINRM_E_NOT_APPLIED",
    `the change was written, but the host could not be read back: ${messageOf(error)}`,
    {
      host,
      remedy: "run pulumi refresh when the host responds",
      cause: error,
    },
  );
}
