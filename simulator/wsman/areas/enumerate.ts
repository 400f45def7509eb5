/** Sequences of an area. */

import type { EnumeratedItems, EnumerationFilter } from "../enumeration";
import { ADDRESSING_NS, ANONYMOUS, WSMAN_NS } from "../namespaces";
import { tag, textTag } from "../xml";
import type { AreaHost, AreaReply, AreaRequest } from "./area";

/**
 * Answers Enumerate, Pull and Release.
 * @param items every item that the filter lets through; an area without filters refuses one with
 *   `filteringUnsupported`.
 * @returns `undefined` for any other action.
 * @throws SoapFault
 */
export function serveEnumeration(
  request: AreaRequest,
  host: AreaHost,
  items: (filter: EnumerationFilter | undefined) => EnumeratedItems,
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

/** An endpoint reference to one instance: an element of this name, or that of a property (WS-Addressing 2004/08). */
export function endpointReference(name: string, uri: string, keys: Readonly<Record<string, string>>): string {
  const selectors = Object.entries(keys).map(([key, text]) => textTag("w:Selector", text, { Name: key }));
  return tag(
    name,
    { "xmlns:a": ADDRESSING_NS, "xmlns:w": WSMAN_NS },
    textTag("a:Address", ANONYMOUS),
    tag("a:ReferenceParameters", {}, textTag("w:ResourceURI", uri), tag("w:SelectorSet", {}, ...selectors)),
  );
}
