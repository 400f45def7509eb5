import { WinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { FAULT_CODES, WsmanFault } from "../wsman/faults";
import { ACTIONS, CIMV2_URI, CMD_SHELL_URI, CONFIG_URI, REGISTRY_URI } from "../wsman/uris";
import { printable } from "../printable";
import { type XmlElement, child } from "../wsman/xml";
import type { XmlNode } from "../wsman/xml-writer";
import { enumerate } from "./enumerate";

/** Certificate mappings: which client certificate logs in as which local account ([MS-WSMV] 2.2.4.3). */

/** What names a mapping. A host compares without regard to case. */
export interface CertMappingKey {
  /** Resource URIs that it is good for; `*` alone is all, and one at the end stands for the rest. */
  readonly uri: string;
  /** User principal name or DNS name in the certificate, with at most one `*`, first or last. */
  readonly subject: string;
  /** SHA-1 thumbprint of the certificate that signed it; 40 hex digits. */
  readonly issuer: string;
}

/** A mapping as a host shows it. No host shows the password. */
export interface CertMapping extends CertMappingKey {
  readonly userName: string;
  readonly enabled: boolean;
}

/** What a write sets. The password travels with the name or not at all, and the host tries the pair. */
export interface CertMappingValues {
  readonly enabled?: boolean;
  readonly credentials?: { readonly userName: string; readonly password: string };
}

const RESOURCE_URI = `${CONFIG_URI}/service/certmapping`;

/** The resources that this package reads and writes: a mapping may be good for some of them only. */
export const RESOURCES_IN_USE: readonly string[] = [
  CONFIG_URI,
  ...["client", "client/auth", "service", "service/auth", "service/certmapping", "listener"].map(
    (path) => `${CONFIG_URI}/${path}`,
  ),
  `${CIMV2_URI}/Win32_Group`,
  `${CIMV2_URI}/*`,
  REGISTRY_URI,
  CMD_SHELL_URI,
];

/** Every mapping of a host, in one request where they fit. A password that a host should show is not looked at. */
export async function listCertMappings(client: WsmanClient, signal: AbortSignal): Promise<CertMapping[]> {
  const query = { resourceUri: RESOURCE_URI, operation: "list the certificate mappings" };
  const items = await enumerate(client, query, signal);
  return items.filter(({ namespace, name }) => namespace === RESOURCE_URI && name === "CertMapping").map(mappingOf);
}

/** One mapping, or `undefined` if the host has none with this key. */
export async function getCertMapping(
  client: WsmanClient,
  key: CertMappingKey,
  signal: AbortSignal,
): Promise<CertMapping | undefined> {
  const operation = `read the certificate mapping of ${key.subject}`;
  const request = { action: ACTIONS.get, resourceUri: RESOURCE_URI, selectors: selectorsOf(key), operation };
  try {
    const body = await client.run({ ...request, writes: false }, signal);
    const element = child(body, RESOURCE_URI, "CertMapping");
    if (element !== undefined) return mappingOf(element);
  } catch (error) {
    if (error instanceof WsmanFault && error.code === "WINRM_E_NOT_FOUND") return undefined;
    throw error;
  }
  throw new WinrmError("WINRM_E_PROTOCOL", "the response holds no cfg:CertMapping", { operation });
}

/**
 * Makes a mapping. The host tries the credentials by a logon.
 * @throws WinrmError `WINRM_E_MAPPING_CREDENTIALS` if it refuses them, which counts towards locking the account;
 *   `WINRM_E_EXISTS` if it has a mapping with this key; `uncertain` if it may have been made.
 */
export async function createCertMapping(
  client: WsmanClient,
  { key, values }: { readonly key: CertMappingKey; readonly values: CertMappingValues },
  signal: AbortSignal,
): Promise<void> {
  await write(client, { action: ACTIONS.create, verb: "create", key, body: bodyOf(values) }, signal);
}

/**
 * Changes a mapping: what is not given stays as it is.
 * @throws WinrmError `WINRM_E_MAPPING_CREDENTIALS` and `uncertain` as with `createCertMapping`; `WINRM_E_NOT_FOUND`.
 */
export async function putCertMapping(
  client: WsmanClient,
  { key, values }: { readonly key: CertMappingKey; readonly values: CertMappingValues },
  signal: AbortSignal,
): Promise<void> {
  await write(client, { action: ACTIONS.put, verb: "change", key, body: bodyOf(values) }, signal);
}

/** Removes a mapping; one that is not there is removed already. @throws WinrmError, `uncertain` if it may have been removed. */
export async function deleteCertMapping(client: WsmanClient, key: CertMappingKey, signal: AbortSignal): Promise<void> {
  try {
    await write(client, { action: ACTIONS.delete, verb: "delete", key }, signal);
  } catch (error) {
    if (!(error instanceof WsmanFault && error.code === "WINRM_E_NOT_FOUND")) throw error;
  }
}

interface MappingWrite {
  readonly action: string;
  readonly verb: string;
  readonly key: CertMappingKey;
  readonly body?: XmlNode;
}

async function write(client: WsmanClient, { action, verb, key, body }: MappingWrite, signal: AbortSignal) {
  const operation = `${verb} the certificate mapping of ${key.subject}`;
  const content = body === undefined ? {} : { body };
  try {
    await client.run(
      { action, resourceUri: RESOURCE_URI, selectors: selectorsOf(key), ...content, operation, writes: true },
      signal,
    );
  } catch (error) {
    throw error instanceof WsmanFault ? explained(error) : error;
  }
}

/** What the fault says about mappings, and what to do about it. */
function explained(fault: WsmanFault): WinrmError {
  const { wsmanCode } = fault.details;
  const { host, identity: as, operation } = fault.context;
  const context = {
    ...(host === undefined ? {} : { host }),
    ...(as === undefined ? {} : { as }),
    ...(operation === undefined ? {} : { operation }),
    cause: fault,
  };
  switch (wsmanCode) {
    case FAULT_CODES.certMappingCredentials:
      return new WinrmError("WINRM_E_MAPPING_CREDENTIALS", fault.summary, {
        ...context,
        causes: [
          "the password is not the account's",
          "the account is not a local account of the host, or is disabled, expired or locked",
        ],
        remedy: "correct userName and password; each attempt counts as a failed logon, so this one is not repeated",
      });
    case FAULT_CODES.alreadyExists:
    case FAULT_CODES.targetAlreadyExists:
      return new WinrmError("WINRM_E_EXISTS", fault.summary, context);
    case FAULT_CODES.certMappingIssuer:
      return new WinrmError(fault.code, fault.summary, {
        ...context,
        causes: [
          "the issuer's certificate is not in the host's LocalMachine\\Root or LocalMachine\\CA store",
          "it may not sign certificates, or the thumbprint is of another certificate of the chain",
        ],
        remedy:
          "import the certificate that directly signed the client certificate on the host: certutil -addstore Root issuer.cer",
      });
    default:
      return fault;
  }
}

function selectorsOf({ uri, subject, issuer }: CertMappingKey): Record<string, string> {
  return { URI: uri, Subject: subject, Issuer: issuer };
}

/** The keys are in the selectors only, as Microsoft's own tools send it. */
function bodyOf({ enabled, credentials }: CertMappingValues): XmlNode {
  return {
    "cfg:certmapping": {
      "@": { "xmlns:cfg": `${RESOURCE_URI}.xsd` },
      ...(credentials === undefined ? {} : { "cfg:UserName": credentials.userName }),
      ...(enabled === undefined ? {} : { "cfg:Enabled": String(enabled) }),
      ...(credentials === undefined ? {} : { "cfg:Password": credentials.password }),
    },
  };
}

/** Subjects and URIs are far shorter. */
const MAX_VALUE = 2_048;

function mappingOf(element: XmlElement): CertMapping {
  const raw = (name: string) => child(element, RESOURCE_URI, name)?.text ?? "";
  const text = (name: string) => printable(raw(name), MAX_VALUE);
  return {
    uri: text("URI"),
    subject: text("Subject"),
    issuer: text("Issuer").toUpperCase(),
    userName: text("UserName"),
    enabled: text("Enabled").toLowerCase() !== "false",
  };
}
