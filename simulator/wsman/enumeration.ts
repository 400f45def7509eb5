/**
 * Enumerate, Pull and Release (WS-Enumeration, DSP0226 §8): one place for every area that has sequences. Assumed
 * (pull-repeats).
 */

import { randomUUID } from "node:crypto";
import { fault } from "./faults";
import { ENUMERATE_ACTION, ENUMERATION_NS, PULL_ACTION, RELEASE_ACTION, WSMAN_NS } from "./namespaces";
import type { SoapRequest } from "./soap";
import { attributeOf, childOf, tag, textOf, textTag, type XmlElement } from "./xml";

/** What narrows a sequence. */
export interface EnumerationFilter {
  /** URI; XPath if the client names none. */
  readonly dialect: string;
  readonly element: XmlElement;
  /** The text of the filter, trimmed. */
  readonly text: string;
}

/** The items of a sequence, in the two forms in which they may be asked for (DSP0226 §8.7). */
export interface EnumeratedItems {
  readonly objects: readonly string[];
  /** An endpoint reference to each; absent where the area hands out objects only. */
  readonly references?: () => readonly string[];
}

/** Who asks, and how much at once may be answered. */
export interface EnumerationLimits {
  /** Whoever goes on with a sequence must be the one who began it. */
  readonly owner: string;
  /** Bytes of the largest answer. */
  readonly maxEnvelope: number;
  /** `MaxBatchItems`. */
  readonly maxBatchItems: number;
  /** `MaxConcurrentOperationsPerUser`: sequences that one owner may leave open. */
  readonly maxOpen: number;
}

interface Sequence {
  readonly owner: string;
  readonly resourceUri: string;
  /** Absent if Enumerate did not say. */
  readonly maxElements: number | undefined;
  readonly maxEnvelopeSize: number | undefined;
  rest: readonly string[];
}

const XPATH_DIALECT = "http://www.w3.org/TR/1999/REC-xpath-19991116";
/** Room for the headers of an answer. */
const ENVELOPE_OVERHEAD = 2048;
/** The prefix that Windows declares here, since ordinary answers do not. */
const PREFIX = { "xmlns:n": ENUMERATION_NS } as const;

/** The sequences of one host that are not at their end. */
export class Enumerations {
  readonly #sequences = new Map<string, Sequence>();

  /** How many are open. */
  get open(): number {
    return this.#sequences.size;
  }

  /**
   * Serves one of the three actions.
   * @param items every item that the filter lets through; asked by Enumerate only.
   * @returns the content of the body; `undefined` for any other action.
   * @throws SoapFault
   */
  serve(
    request: SoapRequest,
    limits: EnumerationLimits,
    items: (filter: EnumerationFilter | undefined) => EnumeratedItems,
  ): string | undefined {
    switch (request.action) {
      case ENUMERATE_ACTION:
        return this.#enumerate(request, limits, items);
      case PULL_ACTION:
        return this.#pull(request, limits);
      case RELEASE_ACTION:
        this.#sequences.delete(this.#found(request, limits, bodyOf(request, "Release")).context);
        return "";
      default:
        return undefined;
    }
  }

  /** Assumed (enumerate-one): without `MaxElements` an answer holds one item. */
  #enumerate(
    request: SoapRequest,
    limits: EnumerationLimits,
    items: (filter: EnumerationFilter | undefined) => EnumeratedItems,
  ): string {
    const body = bodyOf(request, "Enumerate");
    const mode = childOf(body, WSMAN_NS, "EnumerationMode");
    const maxElements = positive(childOf(body, WSMAN_NS, "MaxElements"), "MaxElements");
    const sequence: Sequence = {
      owner: limits.owner,
      resourceUri: request.resourceUri.toLowerCase(),
      maxElements,
      maxEnvelopeSize: request.maxEnvelopeSize,
      rest: inMode(mode === undefined ? undefined : textOf(mode).trim(), items(filterOf(body))),
    };
    const optimized = childOf(body, WSMAN_NS, "OptimizeEnumeration") !== undefined;
    const now = optimized ? take(sequence, maxElements ?? 1, limits) : [];
    const ended = optimized && sequence.rest.length === 0;
    const context = ended ? "" : this.#keep(sequence, limits);
    return tag(
      "n:EnumerateResponse",
      PREFIX,
      textTag("n:EnumerationContext", context),
      optimized ? tag("w:Items", {}, ...now) : "",
      ended ? tag("w:EndOfSequence", {}) : "",
    );
  }

  #pull(request: SoapRequest, limits: EnumerationLimits): string {
    const body = bodyOf(request, "Pull");
    const { context, sequence } = this.#found(request, limits, body);
    const maxElements = positive(childOf(body, ENUMERATION_NS, "MaxElements"), "MaxElements");
    const differs = sequence.maxElements !== undefined && sequence.maxElements !== maxElements;
    if (differs || sequence.maxEnvelopeSize !== request.maxEnvelopeSize) throw fault("pullParameters");
    const now = take(sequence, maxElements ?? 1, limits);
    const ended = sequence.rest.length === 0;
    if (ended) this.#sequences.delete(context);
    return tag(
      "n:PullResponse",
      PREFIX,
      textTag("n:EnumerationContext", ended ? "" : context),
      tag("n:Items", {}, ...now),
      ended ? tag("n:EndOfSequence", {}) : "",
    );
  }

  #keep(sequence: Sequence, { owner, maxOpen }: EnumerationLimits): string {
    const open = [...this.#sequences.values()].filter((one) => one.owner === owner).length;
    if (open >= maxOpen) throw fault("operationsQuota");
    const context = `uuid:${randomUUID().toUpperCase()}`;
    this.#sequences.set(context, sequence);
    return context;
  }

  #found(
    request: SoapRequest,
    { owner }: EnumerationLimits,
    body: XmlElement,
  ): { readonly context: string; readonly sequence: Sequence } {
    const given = childOf(body, ENUMERATION_NS, "EnumerationContext");
    const context = given === undefined ? "" : textOf(given).trim();
    const sequence = this.#sequences.get(context);
    const mine = sequence?.owner === owner && sequence.resourceUri === request.resourceUri.toLowerCase();
    if (sequence === undefined || !mine) throw fault("enumerationContext");
    return { context, sequence };
  }
}

/** @throws SoapFault for a mode that is none, or that the area does not have. */
function inMode(mode: string | undefined, { objects, references }: EnumeratedItems): readonly string[] {
  if (mode === undefined) return objects;
  if (references === undefined) throw fault("enumerationMode");
  if (mode === "EnumerateEPR") return references();
  if (mode !== "EnumerateObjectAndEPR") throw fault("enumerationMode");
  return references().map((reference, index) => tag("w:Item", {}, objects[index] ?? "", reference));
}

function bodyOf({ body }: SoapRequest, name: string): XmlElement {
  if (body === undefined) throw fault("invalidBody");
  if (body.ns !== ENUMERATION_NS || body.name !== name) throw fault("schemaValidation", body.name);
  return body;
}

/** The filter may be WS-Management's own or that of WS-Enumeration (DSP0226 §8.3). */
function filterOf(body: XmlElement): EnumerationFilter | undefined {
  const element = childOf(body, WSMAN_NS, "Filter") ?? childOf(body, ENUMERATION_NS, "Filter");
  if (element === undefined) return undefined;
  const dialect = attributeOf(element, "", "Dialect")?.trim() ?? XPATH_DIALECT;
  return { dialect, element, text: textOf(element).trim() };
}

function positive(element: XmlElement | undefined, name: string): number | undefined {
  if (element === undefined) return undefined;
  const text = textOf(element).trim();
  if (!/^\d{1,10}$/.test(text) || Number(text) === 0) throw fault("invalidValues", name);
  return Number(text);
}

/** Takes as many items as are wanted and fit. @throws SoapFault if not even one fits. */
function take(sequence: Sequence, wanted: number, { maxEnvelope, maxBatchItems }: EnumerationLimits): string[] {
  const most = Math.min(wanted, maxBatchItems);
  let room = maxEnvelope - ENVELOPE_OVERHEAD;
  const taken: string[] = [];
  for (const item of sequence.rest) {
    room -= Buffer.byteLength(item);
    if (taken.length === most || room < 0) break;
    taken.push(item);
  }
  if (taken.length === 0 && sequence.rest.length > 0) throw fault("envelopeTooLarge");
  sequence.rest = sequence.rest.slice(taken.length);
  return taken;
}
