/** One thing that is only assumed of Windows, asked of one host. */

import { isWinrmError, messageOf } from "../../errors";
import { WsmanFault } from "../../wsman/faults";
import type { AssumptionName } from "./assumptions";
import type { ProvenHost } from "./proven-host";

/** `unchecked`: the host could not be asked, or asking would have told nothing. */
export type Verdict = "holds" | "differs" | "unchecked";

/** What came of a question. Never a secret. */
export interface Outcome {
  readonly verdict: Verdict;
  /** In one line; for `unchecked` why. */
  readonly observed: string;
}

/** How an assumption is checked. */
export interface Row {
  readonly assumption: AssumptionName;
  /** In one line. */
  readonly expected: string;
  /** Without these to hold there is nothing to ask. */
  readonly needs?: readonly AssumptionName[];
  /**
   * @returns what was observed, which holds if it reads as what is expected; or an outcome that was judged otherwise.
   * @throws Unchecked where nothing can be told; what the host says in a fault is an observation.
   */
  readonly ask: (host: ProvenHost) => Promise<string | Outcome>;
}

/** Declares a row as `test` declares a test: by its name, what is to be known of it, and the question. */
export function row(
  assumption: AssumptionName,
  about: { readonly expected: string; readonly needs?: readonly AssumptionName[] },
  ask: Row["ask"],
): Row {
  return { assumption, ...about, ask };
}

/** What is said of several things, asked one after the other, in one line. */
export async function inTurn<T>(things: readonly T[], ask: (thing: T) => Promise<string>): Promise<string> {
  const words: string[] = [];
  for (const thing of things) words.push(await ask(thing));
  return words.join(", ");
}

/** A row and what came of it. */
export type Proof = Outcome & Pick<Row, "assumption" | "expected">;

/** Nothing can be told; the message says why. */
export class Unchecked extends Error {
  override readonly name = "Unchecked";
}

/** @param holds whether the observation is what is expected. */
export function seen(observed: string, holds: boolean): Outcome {
  return { verdict: holds ? "holds" : "differs", observed };
}

/** A failure without the names of the host and the account, since a report is made to be sent in. */
export function wordsOf(thrown: unknown): string {
  return isWinrmError(thrown) ? `${thrown.summary} [${thrown.code}]` : messageOf(thrown);
}

/** The fault with which a host refuses; `undefined` if it does not. */
export async function faultOf(asking: Promise<unknown>): Promise<WsmanFault | undefined> {
  try {
    await asking;
    return undefined;
  } catch (error) {
    if (error instanceof WsmanFault) return error;
    throw error;
  }
}

/** What a failure tells: a fault is the host's own word; without one nothing was observed. */
export function failed(thrown: unknown): Outcome {
  return { verdict: thrown instanceof WsmanFault ? "differs" : "unchecked", observed: wordsOf(thrown) };
}
