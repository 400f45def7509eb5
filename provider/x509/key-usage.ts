import type { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";

/** What Node does not read of a certificate: its key usage. */

const KEY_USAGE = "2.5.29.15";
/** The first bit of KeyUsage (RFC 5280 §4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;

/**
 * Whether the key may sign a handshake, which a client's key does. Without the extension a key is for anything
 * (RFC 5280 §4.2.1.3); of one that is no BIT STRING in DER it cannot be told.
 */
export function signing(certificate: X509Certificate): "allowed" | "forbidden" | "unreadable" {
  try {
    const content = contentOf(parse(certificate.raw.toString("latin1")), KEY_USAGE);
    if (content === undefined) return "allowed";
    const { tagClass, type, value } = parse(content);
    if (tagClass !== UNIVERSAL_CLASS || type !== BIT_STRING || typeof value !== "string") return "unreadable";
    return ((value.charCodeAt(1) || 0) & DIGITAL_SIGNATURE) !== 0 ? "allowed" : "forbidden";
  } catch {
    return "unreadable";
  }
}

/** DER as node-forge reads it. Strings hold one byte in each character. */
interface Der {
  readonly tagClass: number;
  readonly type: number;
  readonly value: string | readonly Der[];
}

interface DerLibrary {
  readonly asn1: {
    fromDer(bytes: string, options: { readonly decodeBitStrings: boolean }): Der;
    derToOid(bytes: string): string;
  };
}

const UNIVERSAL_CLASS = 0;
const BIT_STRING = 3;
const CONTEXT_CLASS = 0x80;
const EXTENSIONS = 3;

/** Loaded only where a certificate is read. */
function der(): DerLibrary["asn1"] {
  return (createRequire(__filename)("node-forge") as DerLibrary).asn1;
}

function parse(bytes: string): Der {
  return der().fromDer(bytes, { decodeBitStrings: false });
}

function elementsIn(element: Der | undefined): readonly Der[] {
  return element === undefined || typeof element.value === "string" ? [] : element.value;
}

function isContext(element: Der, tag: number): boolean {
  return element.tagClass === CONTEXT_CLASS && element.type === tag;
}

/** The content of an extension, of which there may be none: `Certificate → tbsCertificate → [3] → SEQUENCE OF { OID, critical?, OCTET STRING }`. */
function contentOf(certificate: Der, oid: string): string | undefined {
  const [body] = elementsIn(certificate);
  const [list] = elementsIn(elementsIn(body).find((element) => isContext(element, EXTENSIONS)));
  for (const extension of elementsIn(list)) {
    const [type, ...rest] = elementsIn(extension);
    const content = rest.at(-1)?.value;
    if (typeof type?.value === "string" && der().derToOid(type.value) === oid && typeof content === "string")
      return content;
  }
  return undefined;
}
