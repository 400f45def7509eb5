/** Sequences of an area. */

import type { EnumerationFilter } from "../enumeration";
import type { AreaHost, AreaReply, AreaRequest } from "./area";

/**
 * Answers Enumerate, Pull and Release.
 * @param items the markup of every item that the filter lets through; an area without filters refuses one with
 *   `filteringUnsupported`.
 * @returns `undefined` for any other action.
 * @throws SoapFault
 */
export function serveEnumeration(
  request: AreaRequest,
  host: AreaHost,
  items: (filter: EnumerationFilter | undefined) => readonly string[],
): AreaReply | undefined {
  const ownLimit = Number(host.config.get("MaxEnvelopeSizekb")) * 1024;
  const limits = {
    owner: request.caller.name.toLowerCase(),
    maxEnvelope: Math.min(request.maxEnvelopeSize ?? ownLimit, ownLimit),
    maxBatchItems: Number(host.config.get("MaxBatchItems")),
    maxOpen: Number(host.config.get("service/MaxConcurrentOperationsPerUser")),
  };
  const body = host.enumerations.serve(request, limits, items);
  return body === undefined ? undefined : { body };
}
