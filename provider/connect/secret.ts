import { isUtf8 } from "node:buffer";
import { WinrmError } from "../errors";
import { unprintable } from "../unprintable";
import { certificateBlocks } from "../x509/certificate";
import { isRecord } from "../contract/checks";
import { displayFile, displayVariable, holdsPrivateKey } from "../contract/names/plausible-names";
import { slipOfTheProgram } from "../contract/names/program-slips";
import type { SecretReference, SecretValue } from "../contract/connection/connection";
import type { Settings } from "../contract/settings";

/** Reading secrets where they are: a value, an environment variable or a file. */

/** Reads a file; replaceable for tests. */
export type ReadFile = (path: string) => string | Buffer;

/** The places where references point to. */
export interface SecretReader {
  readonly settings: Settings;
  readonly readFile: ReadFile;
}

/** A secret with the place that names it, for error messages. */
export interface FoundSecret {
  readonly value: SecretValue;
  readonly origin: string;
}

/** An argument as a secret; `undefined` if it is not set. */
export function secretOf(value: SecretValue | undefined, origin: string): FoundSecret | undefined {
  return value === undefined ? undefined : unprintable({ value, origin }, "value");
}

/**
 * The value of a secret; a byte order mark and one line break at the end of a file or a variable are not part of it. The redaction
 * net learns it here, before anything can go wrong with it.
 * @throws WinrmError `WINRM_E_SECRET_REFERENCE` if it cannot be read, is empty or is not UTF-8; `WINRM_E_ARGUMENT` if it
 * has several lines and is no PEM: programs and secret stores leave a line break at the end of a password, and with it
 * the password would be wrong.
 */
export function resolveSecret(found: FoundSecret, reader: SecretReader): string {
  const text = remembered(found, reader);
  if (!/[\r\n]/.test(text) || text.includes("-----BEGIN ")) return text;
  throw new WinrmError("WINRM_E_ARGUMENT", `${found.origin} has a line break, and no password has one`, {
    remedy: "remove it where the value comes from; in a program: .trim()",
  });
}

function remembered(found: FoundSecret, reader: SecretReader): string {
  const text = resolveText(found, reader);
  reader.settings.secrets.add(text);
  return text;
}

/**
 * The PEM of a certificate, which is no secret; with a private key in it, it would be one, and would be in state.
 * @throws WinrmError as `resolveSecret`; `WINRM_E_ARGUMENT` if it holds a private key, or no certificate: OpenSSL would
 * take that for a list of none, and trust no authority.
 */
export function resolveCertificate(found: FoundSecret, reader: SecretReader): string {
  const pem = resolveText(found, reader);
  if (holdsPrivateKey(pem)) {
    throw new WinrmError("WINRM_E_ARGUMENT", `${found.origin} holds a private key where a certificate is wanted`, {
      remedy: "give the certificate only; the key belongs into auth.privateKeyPem",
    });
  }
  if (certificateBlocks(pem).length > 0) return pem;
  throw new WinrmError("WINRM_E_ARGUMENT", `${found.origin} holds no certificate in PEM`, {
    remedy: "it begins with -----BEGIN CERTIFICATE-----; of DER, make it with: openssl x509 -inform der",
  });
}

/**
 * The bytes of a secret: base64 as a value or in an environment variable; a file has the bytes themselves, or their base64.
 * @throws WinrmError `WINRM_E_SECRET_REFERENCE` if it cannot be read or is empty; `WINRM_E_ARGUMENT` if it is no base64.
 */
export function resolveBinarySecret(secret: FoundSecret, reader: SecretReader): Buffer {
  const { value, origin } = secret;
  if (isReference(value) && "file" in value) {
    const bytes = content(value.file, origin, reader.readFile);
    if (bytes.length === 0) throw unreadable(origin, `the file ${displayFile(value.file)} is empty`);
    // DER begins with a SEQUENCE, and no text does.
    return bytes[0] === 0x30 ? bytes : (base64Of(decoded(bytes, origin)) ?? bytes);
  }
  const bytes = base64Of(remembered(secret, reader));
  if (bytes !== undefined) return bytes;
  throw new WinrmError("WINRM_E_ARGUMENT", `${origin} is not valid base64`, {
    remedy: 'encode the file: base64 -w0 FILE; or refer to it: { file: "path" }',
  });
}

/** Variables often hold a PEM in one line, with `\\n` between its lines. */
function resolveText({ value, origin }: FoundSecret, { settings, readFile }: SecretReader): string {
  if (typeof value === "string") return value;
  if (!isReference(value)) {
    throw new WinrmError("WINRM_E_ARGUMENT", `${origin} must be a string, { env: "NAME" } or { file: "path" }`);
  }
  const inFile = "file" in value;
  const whole = inFile
    ? decoded(content(value.file, origin, readFile), origin)
    : settings.variable(value.env)?.replace(/^\ufeff/, "");
  const text = whole?.replace(/\r?\n$/, "");
  const slip = slipOfTheProgram(text ?? "");
  if (slip !== undefined) throw unreadable(origin, `what it refers to ${slip}`);
  if (text !== undefined && text !== "") return text.startsWith("-----BEGIN ") ? text.replaceAll("\\n", "\n") : text;
  const place = inFile
    ? `the file ${displayFile(value.file)} is empty`
    : `the environment variable ${displayVariable(value.env)} is not set`;
  throw unreadable(origin, place);
}

/** What is in state may have been damaged since it was checked. */
function isReference(value: unknown): value is SecretReference {
  return isRecord(value) && (typeof value["env"] === "string" || typeof value["file"] === "string");
}

function base64Of(text: string): Buffer | undefined {
  const compact = text.replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? Buffer.from(compact, "base64") : undefined;
}

/** The system's own text repeats the path, so only its code is passed on. */
function content(path: string, origin: string, readFile: ReadFile): Buffer {
  try {
    return Buffer.from(readFile(path));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? `${String(cause.code)}, ` : "";
    throw unreadable(
      origin,
      `the file cannot be read: ${code}${displayFile(path)}`,
      "put the file where pulumi runs, readable for its account; refresh and destroy need it too",
    );
  }
}

/** Windows PowerShell writes UTF-16, or UTF-8 with a byte order mark; a wrong guess would be a failed logon. */
function decoded(bytes: Buffer, origin: string): string {
  const wide = /^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString("latin1", 0, 2)) || bytes.includes(0);
  if (!wide && isUtf8(bytes)) return bytes.toString("utf8").replace(/^\ufeff/, "");
  throw unreadable(
    origin,
    `the file is not in UTF-8${wide ? ", but in UTF-16" : ""}`,
    "write it in UTF-8, in PowerShell: [IO.File]::WriteAllText(path, text)",
  );
}

const AVAILABLE = "set it where pulumi runs; refresh and destroy need it too";

function unreadable(origin: string, reason: string, remedy = AVAILABLE): WinrmError {
  return new WinrmError("WINRM_E_SECRET_REFERENCE", `${origin}: ${reason}`, { remedy });
}
