import type { SealedMessage } from "../../auth/auth-context";
import { WinrmError } from "../../errors";
import { SOAP_TYPE } from "../target";

/** Framing of sealed messages over HTTP: `multipart/encrypted` ([MS-WSMV] 2.2.9.1). */

const BOUNDARY = "Encrypted Boundary";
/** Far above the 16 bytes of NTLM and the 76 of Kerberos. */
const MAX_SIGNATURE_BYTES = 4096;
const OCTET_STREAM = "application/octet-stream\r\n";

/** An HTTP body with its type. */
export interface EncryptedBody {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Frames one sealed message. Every line ends in CRLF and part headers start with a tab, as Windows demands;
 * the last part holds a little-endian u32 (length of the signature), the signature and the sealed data.
 */
export function encodeEncrypted(protocol: string, message: SealedMessage): EncryptedBody {
  // The original length counts padding of the mechanism (RC4 Kerberos has one byte), so it is that of the sealed data.
  const originalLength = message.sealed.length;
  const head =
    `--${BOUNDARY}\r\n\tContent-Type: ${protocol}\r\n` +
    `\tOriginalContent: type=${SOAP_TYPE};Length=${originalLength}\r\n` +
    `--${BOUNDARY}\r\n\tContent-Type: ${OCTET_STREAM}`;
  const signatureLength = Buffer.alloc(4);
  signatureLength.writeUInt32LE(message.signature.length);
  return {
    contentType: `multipart/encrypted;protocol="${protocol}";boundary="${BOUNDARY}"`,
    body: Buffer.concat([
      Buffer.from(head, "latin1"),
      signatureLength,
      message.signature,
      message.sealed,
      Buffer.from(`--${BOUNDARY}--\r\n`, "latin1"),
    ]),
  };
}

/** True for the media type of sealed messages. */
export function isEncryptedType(contentType: string): boolean {
  return /^\s*multipart\/encrypted\s*;/i.test(contentType);
}

/**
 * Takes a frame apart, reading forward only: sealed data may contain any bytes, the boundary's too.
 * Accepts part headers with and without the tab, a blank after the dashes, and any number of CRLFs at the end, since
 * services differ there.
 * @throws WinrmError `WINRM_E_PROTOCOL` if a length does not fit or a part is missing.
 */
export function decodeEncrypted(contentType: string, body: Buffer): SealedMessage {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]?.trim() ?? BOUNDARY;
  const octets = body.indexOf(OCTET_STREAM, 0, "latin1");
  if (octets < 0) throw broken("the part with the sealed data is missing");
  const head = body.toString("latin1", 0, octets);
  if (!/^--[ ]?/.test(head) || !head.includes(boundary)) throw broken("the first boundary is missing");
  const declared = /[;\s]length=(\d{1,9})\s*\r\n/i.exec(head)?.[1];
  if (declared === undefined) throw broken("the length of the original message is missing");
  const originalLength = Number(declared);
  const start = octets + OCTET_STREAM.length;
  if (start + 4 > body.length) throw broken("it ends before the signature");
  const signatureLength = body.readUInt32LE(start);
  if (signatureLength > MAX_SIGNATURE_BYTES) throw broken(`a signature of ${signatureLength} bytes`);
  const dataStart = start + 4 + signatureLength;
  // The original length counts padding of the mechanism, so sealed data is exactly as long.
  const dataEnd = dataStart + originalLength;
  if (dataEnd > body.length) throw broken("it ends inside the sealed data");
  const tail = body.toString("latin1", dataEnd);
  const closing = tail.replace(/^--[ ]?/, "").replace(/\r\n/g, "");
  if (!tail.startsWith("--") || closing !== `${boundary}--`) throw broken("the closing boundary is missing");
  return { signature: body.subarray(start + 4, dataStart), sealed: body.subarray(dataStart, dataEnd) };
}

function broken(why: string): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", `the sealed response is malformed: ${why}`);
}
