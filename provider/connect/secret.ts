import { WinrmError, messageOf } from "../errors";
import type { SecretReference, SecretValue } from "../contract/connection";
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
  return value === undefined ? undefined : { value, origin };
}

/**
 * The text of a secret; one line break at the end of a file is not part of it.
 * @throws WinrmError `WINRM_E_SECRET_REFERENCE` if it cannot be read or is empty.
 */
export function resolveSecret({ value, origin }: FoundSecret, { settings, readFile }: SecretReader): string {
  if (typeof value === "string") return value;
  const text =
    "env" in value
      ? settings.variable(value.env)
      : content(value, origin, readFile)
          .toString("utf8")
          .replace(/\r?\n$/, "");
  if (text === undefined || text === "") throw empty(value, origin);
  return text;
}

/**
 * The bytes of a secret: base64 as a value or in an environment variable; a file has the bytes themselves, or their base64.
 * @throws WinrmError `WINRM_E_SECRET_REFERENCE` if it cannot be read or is empty; `WINRM_E_ARGUMENT` if it is no base64.
 */
export function resolveBinarySecret(secret: FoundSecret, reader: SecretReader): Buffer {
  const { value, origin } = secret;
  if (typeof value !== "string" && "file" in value) {
    const bytes = content(value, origin, reader.readFile);
    if (bytes.length === 0) throw empty(value, origin);
    return base64Of(bytes.toString("latin1")) ?? bytes;
  }
  const bytes = base64Of(resolveSecret(secret, reader));
  if (bytes !== undefined) return bytes;
  throw new WinrmError("WINRM_E_ARGUMENT", `${origin} is no base64`, {
    remedy: 'encode the file: base64 -w0 FILE; or refer to it: { file: "path" }',
  });
}

function base64Of(text: string): Buffer | undefined {
  const compact = text.replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? Buffer.from(compact, "base64") : undefined;
}

function content(reference: Extract<SecretReference, { file: string }>, origin: string, readFile: ReadFile): Buffer {
  try {
    return Buffer.from(readFile(reference.file));
  } catch (cause) {
    throw new WinrmError("WINRM_E_SECRET_REFERENCE", `${origin}: the file cannot be read: ${messageOf(cause)}`, {
      remedy: "put the file where pulumi runs, readable for its account; refresh and destroy need it too",
    });
  }
}

function empty(reference: SecretReference, origin: string): WinrmError {
  const place =
    "env" in reference ? `the environment variable ${reference.env} is not set` : `the file ${reference.file} is empty`;
  return new WinrmError("WINRM_E_SECRET_REFERENCE", `${origin}: ${place}`, {
    remedy: "set it where pulumi runs; refresh and destroy need it too",
  });
}
