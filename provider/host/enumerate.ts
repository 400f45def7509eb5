import { WinrmError } from "../errors";
import { ResponseBudget } from "../wsman/response-budget";
import type { WsmanClient } from "../session/wsman-client";
import { type EnumerationFilter, enumerateBody, pullBody, readEnumeration, releaseBody } from "../wsman/enumeration";
import { ACTIONS } from "../wsman/uris";
import type { XmlElement } from "../wsman/xml";

/** Reading a whole sequence of instances (DSP0226 §8). */

/** What is enumerated. */
export interface EnumerationQuery {
  readonly resourceUri: string;
  readonly filter?: EnumerationFilter;
  /** A verb phrase for errors: `list local groups`. */
  readonly operation: string;
}

/** More than any area of a host holds. */
const MAX_ITEMS = 50_000;
/** Characters and elements of all responses of one sequence: a host that sends more fails alone, with memory to spare. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const MAX_ELEMENTS = 250_000;
const MAX_PULLS = 5_000;
/** Responses without an item in a row; a host that has none yet should say so with a fault. */
const MAX_EMPTY_PULLS = 8;
const RELEASE_TIMEOUT_MS = 5_000;

/**
 * Reads every item: usually one request, since the host sends the first items with its response; more if they do not
 * fit. A sequence that is not read to its end is released, also after a failure or an abort.
 * @throws WsmanFault, e.g. code 2150858778 for a query that the host cannot process; WinrmError `WINRM_E_PROTOCOL` for
 *   a sequence without an end; session errors.
 */
export async function enumerate(
  client: WsmanClient,
  query: EnumerationQuery,
  signal: AbortSignal,
): Promise<XmlElement[]> {
  const { resourceUri, operation } = query;
  const budget = new ResponseBudget(MAX_CHARACTERS, MAX_ELEMENTS);
  const run = { resourceUri, operation, writes: false, budget };
  const response = await client.run({ ...run, action: ACTIONS.enumerate, body: enumerateBody(query.filter) }, signal);
  let part = readEnumeration(response, "EnumerateResponse");
  const items = [...part.items];
  let emptyPulls = 0;
  for (let pulls = 1; part.context !== undefined; pulls++) {
    const { context } = part;
    try {
      if (items.length > MAX_ITEMS || pulls > MAX_PULLS || emptyPulls > MAX_EMPTY_PULLS) {
        throw new WinrmError("WINRM_E_PROTOCOL", "the host sends a sequence without an end", { operation });
      }
      // What a Pull has taken off the sequence is gone, so it is never repeated.
      const next = { ...run, action: ACTIONS.pull, body: pullBody(context), writes: true };
      part = readEnumeration(await client.run(next, signal), "PullResponse");
    } catch (error) {
      await release(client, { ...query, context });
      throw error;
    }
    emptyPulls = part.items.length === 0 ? emptyPulls + 1 : 0;
    items.push(...part.items);
  }
  return items;
}

/** Best effort: the host forgets the sequence by itself in the end, and the first failure is the one to report. */
async function release(
  client: WsmanClient,
  { context, resourceUri, operation }: EnumerationQuery & { readonly context: string },
): Promise<void> {
  const release = { resourceUri, operation, writes: true, action: ACTIONS.release, body: releaseBody(context) };
  await client.run(release, AbortSignal.timeout(RELEASE_TIMEOUT_MS)).catch(() => undefined);
}
