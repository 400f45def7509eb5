/** The WinRM service above HTTP: an envelope in, an envelope out. */

import { answerEnvelope, faultEnvelope, identifyEnvelope } from "./responses";
import type { Caller } from "../windows/access";
import type { Area, AreaHost, AreaNotes } from "./areas/area";
import { certMappingArea } from "./areas/cert-mapping";
import { configArea } from "./areas/config";
import { identifyResponse } from "./areas/identify";
import { listenerArea } from "./areas/listener";
import { registryArea } from "./areas/registry";
import { scheduledTasksArea } from "./areas/scheduled-tasks";
import { shellArea } from "./areas/shell";
import { wmiArea } from "./areas/wmi";
import { fault, SoapFault } from "./faults";
import { ADDRESSING_NS, IDENTITY_NS, WSMAN_NS } from "./namespaces";
import { inCimNamespace } from "./cim-namespace";
import { type Envelope, headerText, isIdentify, messageIdOf, readRequest, type SoapRequest } from "./soap";

const AREAS: readonly Area[] = [
  ...[configArea, certMappingArea, listenerArea, registryArea, wmiArea, scheduledTasksArea, shellArea],
];

/** The host as the service sees it. */
export type ServiceHost = AreaHost;

/** The answer, and what the journal records of it. */
export interface ServiceAnswer {
  readonly status: 200 | 500;
  readonly xml: string;
  readonly leaves?: Readonly<Record<string, string>>;
  /** Milliseconds that the answer is held back. */
  readonly holdMs?: number;
  readonly returnValue?: number;
  readonly selectors?: Readonly<Record<string, string>>;
  readonly logonFailure?: string;
  /** The decimal code of a fault. */
  readonly faultCode?: number;
}

/** What a message asks for, before it is judged: for the journal and for fault injection. */
export interface Subject {
  readonly action?: string;
  readonly resourceUri?: string;
  /** The action's last word in lower case: `get`, `put`, `identify`. */
  readonly verb: string;
}

/** Reads the subject of an envelope. */
export function subjectOf(envelope: Envelope): Subject {
  if (isIdentify(envelope)) return { action: `${IDENTITY_NS}/Identify`, verb: "identify" };
  const action = headerText(envelope, ADDRESSING_NS, "Action");
  const resourceUri = headerText(envelope, WSMAN_NS, "ResourceURI");
  return {
    ...(action === undefined ? {} : { action }),
    ...(resourceUri === undefined ? {} : { resourceUri }),
    verb: action?.slice(action.lastIndexOf("/") + 1).toLowerCase() ?? "",
  };
}

/**
 * Handles one message. Never throws for a wrong message: that is a fault answer.
 * @param caller absent for an Identify that nobody vouches for.
 */
export function serve(envelope: Envelope, caller: Caller | undefined, host: ServiceHost): ServiceAnswer {
  if (isIdentify(envelope)) {
    const version = caller === undefined ? undefined : host.osVersion;
    return { status: 200, xml: identifyEnvelope(identifyResponse(version, host.config), host.language) };
  }
  const notes: AreaNotes = {};
  try {
    const request = inCimNamespace(readRequest(envelope));
    if (request.selectors.size > 0) notes.selectors = Object.fromEntries(request.selectors);
    const area = AREAS.find((candidate) => candidate.owns(request.resourceUri.toLowerCase()));
    if (area === undefined) throw fault("invalidResourceUri", request.resourceUri);
    if (caller === undefined || !(caller.administrator || area.admits?.(caller, host) === true)) {
      throw fault("accessDenied");
    }
    checkOptions(request, area);
    const hostLimit = envelopeLimit(host);
    const { body } = area.handle({ ...request, caller }, host, notes);
    const context = { relatesTo: request.messageId, language: host.language };
    const xml = answerEnvelope(headerText(envelope, ADDRESSING_NS, "Action") ?? "", body, context);
    if (Buffer.byteLength(xml) > Math.min(request.maxEnvelopeSize ?? hostLimit, hostLimit))
      throw fault("envelopeTooLarge");
    return { status: 200, xml, ...notes };
  } catch (error) {
    if (!(error instanceof SoapFault)) throw error;
    return { ...faultAnswer(error, envelope, host), ...notes };
  }
}

function checkOptions({ mandatoryOptions }: SoapRequest, { options }: Area): void {
  const unknown = options === "ignored" ? undefined : mandatoryOptions.find((name) => options?.has(name) !== true);
  if (unknown !== undefined) throw fault("invalidOptions", unknown);
}

/** A fault as the answer to an envelope. */
export function faultAnswer(error: SoapFault, envelope: Envelope, host: ServiceHost): ServiceAnswer {
  const machines = { addressed: addressedAs(headerText(envelope, ADDRESSING_NS, "To")), own: host.name };
  const relatesTo = messageIdOf(envelope);
  const context = { language: host.language, ...(relatesTo === undefined ? {} : { relatesTo }) };
  return { status: 500, xml: faultEnvelope(error, machines, context), faultCode: error.kind.code };
}

/** The largest envelope in bytes that the host takes or sends (`MaxEnvelopeSizekb`). */
export function envelopeLimit(host: AreaHost): number {
  return Number(host.config.get("MaxEnvelopeSizekb")) * 1024;
}

function addressedAs(to: string | undefined): string {
  return to !== undefined && URL.canParse(to) ? new URL(to).hostname : "";
}
