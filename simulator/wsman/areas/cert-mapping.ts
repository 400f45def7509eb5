/**
 * `winrm/config/service/certmapping`: Get, Create, Put, Delete and Enumerate of certificate mappings ([MS-WSMV]
 * 2.2.4.3). Assumed (mapping-key).
 */

import type { CertMapping, CertMappingChange, CertMappingKey, CertMappingRefusal } from "../../windows/cert-mappings";
import {
  ADDRESSING_NS,
  ANONYMOUS,
  CONFIG_URI,
  CREATE_ACTION,
  DELETE_ACTION,
  GET_ACTION,
  PUT_ACTION,
  TRANSFER_NS,
  WSMAN_NS,
} from "../namespaces";
import { elementsOf, tag, textOf, textTag, type XmlElement } from "../xml";
import type { Area, AreaHost, AreaNotes, AreaReply, AreaRequest } from "./area";
import { configFault } from "./config-provider";
import { serveEnumeration } from "./enumerate";

/** The resource URI, which is also the namespace of what is answered. */
export const CERT_MAPPING_URI = `${CONFIG_URI}/service/certmapping`;

/** Names of the keys as Windows writes them, in its order. */
const KEYS = ["URI", "Subject", "Issuer"] as const;
const KEY_NAMES: ReadonlySet<string> = new Set(KEYS.map((name) => name.toLowerCase()));
const LEAVES = new Map(
  ["UserName", "Enabled", "PassCertToPlugin", "Password", ...KEYS].map((name) => [name.toLowerCase(), name]),
);

/** The area of certificate mappings. */
export const certMappingArea: Area = {
  owns: (uri) => uri === CERT_MAPPING_URI,

  handle(request: AreaRequest, host: AreaHost, notes: AreaNotes): AreaReply {
    const listed = serveEnumeration(request, host, (filter) => {
      if (filter !== undefined) throw configFault("filteringUnsupported");
      return { objects: host.certMappings.list().map(render) };
    });
    if (listed !== undefined) return listed;
    const key = keyIn(request.selectors);
    switch (request.action) {
      case GET_ACTION:
        return { body: render(found(host, key)) };
      case CREATE_ACTION: {
        const change = changeIn(request.body, key, notes);
        settle(host.certMappings.create(key, change), notes);
        return { body: created(key), ...notes };
      }
      case PUT_ACTION: {
        found(host, key);
        const change = changeIn(request.body, key, notes);
        settle(host.certMappings.change(key, change), notes);
        return { body: render(found(host, key)), ...notes };
      }
      case DELETE_ACTION:
        if (!host.certMappings.remove(key)) throw configFault("notFound");
        return { body: "" };
      default:
        throw configFault("actionNotSupported", request.action);
    }
  },
};

function keyIn(selectors: ReadonlyMap<string, string>): Required<CertMappingKey> {
  const stranger = [...selectors.keys()].find((name) => !KEY_NAMES.has(name));
  if (stranger !== undefined) throw configFault("unexpectedSelectors", stranger);
  const value = (name: string): string => {
    const text = selectors.get(name.toLowerCase());
    if (text === undefined) throw configFault("insufficientSelectors", name);
    return text;
  };
  return { uri: value("URI"), subject: value("Subject"), issuer: value("Issuer") };
}

function found(host: AreaHost, key: CertMappingKey): CertMapping {
  const mapping = host.certMappings.find(key);
  if (mapping === undefined) throw configFault("notFound");
  return mapping;
}

/**
 * What a Create or Put asks for. The namespace may end in `.xsd`, and names may have any case: [MS-WSMV] 4.2.3 sends
 * `certmapping` and `password`, cloudbase-init `CertificateThumbPrint`. Keys may be repeated in the body, if they are the same.
 */
function changeIn(body: XmlElement | undefined, key: Required<CertMappingKey>, notes: AreaNotes): CertMappingChange {
  if (body === undefined) throw configFault("invalidBody");
  if (body.name.toLowerCase() !== "certmapping") throw configFault("schemaValidation", body.name);
  if (body.ns !== CERT_MAPPING_URI && body.ns !== `${CERT_MAPPING_URI}.xsd`) {
    throw configFault("invalidNamespace", body.name);
  }
  const leaves = new Map<string, string>();
  for (const child of elementsOf(body)) {
    const name = LEAVES.get(child.name.toLowerCase());
    if (name === undefined || leaves.has(name) || elementsOf(child).length > 0) {
      throw configFault("schemaValidation", child.name);
    }
    if (child.ns !== body.ns) throw configFault("invalidNamespace", child.name);
    leaves.set(name, textOf(child));
  }
  notes.leaves = Object.fromEntries(
    [...leaves].map(([name, value]) => [`service/certmapping/${name}`, name === "Password" ? "(hidden)" : value]),
  );
  const keys = { uri: key.uri, subject: key.subject, issuer: key.issuer } as Readonly<Record<string, string>>;
  for (const [name, value] of leaves) {
    if (!KEY_NAMES.has(name.toLowerCase())) continue;
    if (keys[name.toLowerCase()]?.toLowerCase() !== value.toLowerCase()) throw configFault("certMappingKeys");
  }
  const [userName, password] = [leaves.get("UserName"), leaves.get("Password")];
  const enabled = flag("Enabled", leaves.get("Enabled"));
  const passCertToPlugin = flag("PassCertToPlugin", leaves.get("PassCertToPlugin"));
  return {
    ...(userName === undefined ? {} : { userName }),
    ...(password === undefined ? {} : { password }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(passCertToPlugin === undefined ? {} : { passCertToPlugin }),
  };
}

function flag(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (!/^(?:true|false|1|0)$/i.test(text.trim())) throw configFault("invalidValues", name);
  return /^(?:true|1)$/i.test(text.trim());
}

function settle(refusal: CertMappingRefusal | undefined, notes: AreaNotes): void {
  if (refusal === undefined) return;
  if (refusal.logonFailure !== undefined) notes.logonFailure = refusal.logonFailure;
  throw configFault(refusal.fault);
}

function render(mapping: CertMapping): string {
  return tag(
    "cfg:CertMapping",
    { "xmlns:cfg": CERT_MAPPING_URI },
    textTag("cfg:URI", mapping.uri),
    textTag("cfg:Subject", mapping.subject),
    textTag("cfg:Issuer", mapping.issuer),
    textTag("cfg:UserName", mapping.userName),
    textTag("cfg:Enabled", String(mapping.enabled)),
    textTag("cfg:PassCertToPlugin", String(mapping.passCertToPlugin)),
    textTag("cfg:Password", ""),
  );
}

function created(key: Required<CertMappingKey>): string {
  const values = { URI: key.uri, Subject: key.subject, Issuer: key.issuer };
  const selectors = KEYS.map((name) => textTag("w:Selector", values[name], { Name: name }));
  return tag(
    "x:ResourceCreated",
    { "xmlns:x": TRANSFER_NS, "xmlns:a": ADDRESSING_NS, "xmlns:w": WSMAN_NS },
    textTag("a:Address", ANONYMOUS),
    tag(
      "a:ReferenceParameters",
      {},
      textTag("w:ResourceURI", CERT_MAPPING_URI),
      tag("w:SelectorSet", {}, ...selectors),
    ),
  );
}
