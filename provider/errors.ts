import { printable } from "./printable";

/**
 * The errors of this package: one class hierarchy, one table of codes.
 *
 * `WINRM_E_*` codes are a stable contract: programs and pipelines match on `error.code`, never on the text,
 * because hosts respond in their own language and texts improve between releases.
 */

/** What each code means. The documentation's table has the same texts, and what to do about each. */
export const ERROR_CODES = {
  WINRM_E_ARGUMENT: "An argument, a configuration value or an environment variable is not usable. Nothing was sent.",
  WINRM_E_CREDENTIALS_REQUIRED:
    "The chosen method needs a credential, and there is none: a user name and a password, a Kerberos ticket, or a client certificate.",
  WINRM_E_SECRET_REFERENCE: "A secret is given by reference (environment variable or file) and cannot be read.",
  WINRM_E_NOT_TRUSTED: "Over http, NTLM does not prove the host's identity, and the host is not in winrm:trustedHosts.",
  WINRM_E_UNENCRYPTED_REFUSED: "The connection would send a password or SOAP unprotected over http.",
  WINRM_E_METHOD_UNSUPPORTED: "The authentication method needs what this machine or this Node.js does not have.",
  WINRM_E_DNS: "The host name cannot be resolved.",
  WINRM_E_CONNECTION_REFUSED: "Nothing listens at the address and port.",
  WINRM_E_UNREACHABLE: "No route to the host.",
  WINRM_E_CONNECT_TIMEOUT: "The host did not accept a connection in time.",
  WINRM_E_TIMEOUT: "The host accepted the connection but did not respond in time.",
  WINRM_E_CONNECTION_LOST: "The connection broke before the response was complete.",
  WINRM_E_CANCELLED: "The operation was cancelled.",
  WINRM_E_PROXY: "The proxy cannot be reached, or opened no tunnel to the host.",
  WINRM_E_PROXY_AUTH: "The proxy demands a credential, or refused the one given.",
  WINRM_E_TLS_UNTRUSTED: "The host's certificate is not issued by a trusted authority.",
  WINRM_E_TLS_NAME: "The host's certificate is for another name.",
  WINRM_E_TLS_EXPIRED: "The host's certificate is expired or not valid yet.",
  WINRM_E_TLS_PIN: "The host's certificate is not the pinned one.",
  WINRM_E_TLS: "The TLS handshake failed.",
  WINRM_E_METHOD_NOT_OFFERED: "The host does not offer the chosen authentication method.",
  WINRM_E_LOGON_DENIED: "The host refused the logon.",
  WINRM_E_LOGON_SUPPRESSED:
    "The host refused this credential before; it is not tried again, so that no account is locked.",
  WINRM_E_HANDSHAKE: "The peer violated the authentication protocol, or offered less security than required.",
  WINRM_E_KERBEROS:
    "Kerberos gave no usable ticket for the host, or the host's proof of its identity was not acceptable.",
  WINRM_E_MESSAGE_INTEGRITY: "A sealed message could not be verified, or a response that must be sealed was not.",
  WINRM_E_NOT_WINRM: "The peer speaks HTTP, but it is not a WinRM service.",
  WINRM_E_HTTP_STATUS: "The peer returned an HTTP status that WinRM does not explain.",
  WINRM_E_UNENCRYPTED_DISABLED: "The host refuses unencrypted messages (AllowUnencrypted is false).",
  WINRM_E_PROTOCOL: "The response is not the WS-Management message that was asked for.",
  WINRM_E_ENVELOPE_TOO_LARGE: "The request or the response is larger than the envelope size allowed.",
  WINRM_E_ACCESS_DENIED: "The logon succeeded, but the account may not do this.",
  WINRM_E_POLICY_CONTROLLED: "The host refused to change a setting that Group Policy owns.",
  WINRM_E_PUBLIC_NETWORK:
    "The host does not let AllowUnencrypted be changed while one of its network connections is Public.",
  WINRM_E_QUOTA: "A quota of the host's WinRM service is used up.",
  WINRM_E_SHELL_DISABLED: "The host allows no remote shells (AllowRemoteShellAccess is false).",
  WINRM_E_COMMAND: "A command on the host failed without saying why, or did not end.",
  WINRM_E_FAULT: "The host returned a WS-Management fault.",
  WINRM_E_POLICY_CONFLICT:
    "Group Policy owns a setting and holds another value than the one wanted. Nothing was written.",
  WINRM_E_LOCKOUT:
    "The change would lock out the connection that makes it, or every administrator. Nothing was written.",
  WINRM_E_CONFIRM_UNAVAILABLE:
    "The host cannot be made to undo a risky change by itself, so the change was not made. Nothing was written.",
  WINRM_E_CONFIRM_PENDING: "The host has a change that is not confirmed yet, by another run. Nothing was written.",
  WINRM_E_CONFIRM_FAILED:
    "A fresh logon did not prove a risky change; the change is undone, or the host undoes it at the deadline.",
  WINRM_E_NOT_APPLIED: "The host accepted a change, but reading it back shows another value.",
  WINRM_E_UNCERTAIN_WRITE: "The connection broke during a write, and the host could not be read afterwards.",
  WINRM_E_NOT_FOUND: "The thing asked for does not exist on the host.",
  WINRM_E_EXISTS: "The thing to be made exists on the host, and this resource did not make it. Nothing was written.",
  WINRM_E_MAPPING_CREDENTIALS:
    "The host tried the user name and password of a certificate mapping and refused them; they are not tried again.",
  WINRM_E_CERTIFICATE_EXPIRES: "A client certificate that is mapped to an account expires soon.",
  WINRM_E_DRIFT: "The host differs from state and program, and a plain up does not repair it.",
  WINRM_E_CHANGE_WINDOW: "The change window of this resource is closed.",
  WINRM_E_SCHEMA: "The state was written by a newer release of this package, or it is damaged.",
  WINRM_E_NOT_INSTALLED: "Pulumi's provider process cannot load this package from the project's folder.",
  WINRM_E_IMPORT: "Dynamic resources cannot be imported; the first apply adopts what is there.",
  WINRM_E_INTERNAL: "A defect in this package.",
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What is known about a failure beside its text. */
export interface ErrorContext {
  /** The same request may succeed later without any change. Default `false`. */
  readonly retryable?: boolean;
  /** The host as the program names it, with the port if it is not the default. */
  readonly host?: string;
  /** What was tried, as a verb phrase: `read winrm/config`. */
  readonly operation?: string;
  /** Who and how: `ntlm as CORP\ops over http`. Never a secret. */
  readonly identity?: string;
  /** What the summary counts, one line each below it: a message that is built from several findings. */
  readonly problems?: readonly string[];
  /** Likely causes, most likely first. */
  readonly causes?: readonly string[];
  /** The next step, as an imperative sentence. */
  readonly remedy?: string;
  /** A request that changes the host may or may not have been carried out. Default `false`. */
  readonly outcomeUnknown?: boolean;
  /** What it was made of, for people who debug; never printed with the message. */
  readonly cause?: unknown;
}

/**
 * Every failure of this package. `message` is the whole text that a person needs: what was tried, on which host, as
 * whom, what came back, the likely causes in order, and the next step. Context is not enumerable, so that printing or
 * serialising an error cannot spill it.
 */
export class WinrmError extends Error {
  /** Always `WinrmError`, or the name of its kind. */
  override readonly name: string = "WinrmError";
  /** The stable code, one of `ERROR_CODES`; docs/errors.md says what to do about each. */
  readonly code: ErrorCode;
  /** Decided where the error is born. */
  readonly retryable: boolean;
  /**
   * Host, operation, likely causes and remedy; not enumerable, so that printing an error repeats no more than its
   * message.
   */
  declare readonly context: ErrorContext;
  /** The first line without context: what went wrong. */
  declare readonly summary: string;

  constructor(code: ErrorCode, summary: string, context: ErrorContext = {}) {
    super(
      errorText(code, printable(summary, MAX_PART), context),
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.code = code;
    this.retryable = context.retryable ?? false;
    Object.defineProperty(this, "context", { value: context, enumerable: false });
    Object.defineProperty(this, "summary", { value: printable(summary, MAX_PART), enumerable: false });
  }

  /** The same failure with more context; fields already known are kept. */
  withContext(context: ErrorContext): WinrmError {
    return new WinrmError(this.code, this.summary, { ...context, ...this.context });
  }
}

/** Characters of one part of a message: more than any of ours has, and what a host sends is limited where it arrives. */
const MAX_PART = 4_000;

function errorText(code: ErrorCode, summary: string, context: ErrorContext): string {
  const where = [context.host, context.operation].filter((part) => part !== undefined).join(": ");
  const identity = context.identity === undefined ? "" : ` (${context.identity})`;
  const lines = [`${where === "" ? "" : `${line(where + identity)}: `}${summary} [${code}]`];
  lines.push(...(context.problems ?? []).map((problem) => `  - ${line(problem)}`));
  const causes = (context.causes ?? []).map(line);
  if (causes.length === 1) lines.push(`  likely cause: ${causes.join("")}`);
  if (causes.length > 1) lines.push("  likely causes:", ...causes.map((cause, index) => `    ${index + 1}. ${cause}`));
  if (context.remedy !== undefined) lines.push(`  next: ${line(context.remedy)}`);
  return lines.join("\n");
}

/** Names in it may come from a host. */
function line(part: string): string {
  return printable(part, MAX_PART);
}

/** True for every error of this package, also for one thrown by another copy of it. */
export function isWinrmError(value: unknown): value is WinrmError {
  return (
    value instanceof Error &&
    "code" in value &&
    typeof value.code === "string" &&
    Object.hasOwn(ERROR_CODES, value.code)
  );
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What went wrong, in one line without context. */
export function summaryOf(thrown: unknown): string {
  return isWinrmError(thrown) ? thrown.summary : messageOf(thrown);
}

/** True for a request that may or may not have been carried out. */
export function isUncertain(thrown: unknown): thrown is WinrmError {
  return isWinrmError(thrown) && thrown.context.outcomeUnknown === true;
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
