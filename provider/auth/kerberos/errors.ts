/** What the Kerberos library's numbers mean to a person. RFC 2743 (major), RFC 4120 §7.5.9 (minor), krb5_err.et */
import { WinrmError } from "../../errors";
import type { KerberosCredential } from "./credentials";
import { explanationOf, type KerberosReason, type KerberosRunner } from "./explanations";

/** `minor - KRB5_ERROR_BASE` is the protocol's own error number; from 128 on, the library's. The same in MIT and Heimdal. */
const KRB5_ERROR_BASE = 0x96c73a00;
/** A message of a library is cut here. */
const MAX_STATUS_TEXT = 300;
/** The numbers of MIT's krb5 mechanism itself (`gssapi_err_krb5.et`). */
const KG_ERROR_BASE = 0x025e_a100;

const REASON_OF_KRB5: Readonly<Record<number, KerberosReason>> = {
  1: "account-expired", // KDC_ERR_NAME_EXP
  6: "unknown-account", // KDC_ERR_C_PRINCIPAL_UNKNOWN
  7: "unknown-service", // KDC_ERR_S_PRINCIPAL_UNKNOWN
  9: "logon-restricted", // KDC_ERR_NULL_KEY
  12: "logon-restricted", // KDC_ERR_POLICY
  14: "encryption-type", // KDC_ERR_ETYPE_NOSUPP
  18: "account-revoked", // KDC_ERR_CLIENT_REVOKED
  20: "ticket-expired", // KDC_ERR_TGT_REVOKED
  21: "account-revoked", // KDC_ERR_CLIENT_NOTYET
  23: "password-expired", // KDC_ERR_KEY_EXPIRED
  24: "wrong-password", // KDC_ERR_PREAUTH_FAILED
  29: "no-kdc", // KDC_ERR_SVC_UNAVAILABLE
  31: "wrong-password", // KRB_AP_ERR_BAD_INTEGRITY
  32: "ticket-expired", // KRB_AP_ERR_TKT_EXPIRED
  33: "clock-skew", // KRB_AP_ERR_TKT_NYV
  34: "replay", // KRB_AP_ERR_REPEAT
  35: "wrong-service-key", // KRB_AP_ERR_NOT_US
  36: "wrong-service-key", // KRB_AP_ERR_BADMATCH
  37: "clock-skew", // KRB_AP_ERR_SKEW
  41: "wrong-service-key", // KRB_AP_ERR_MODIFIED
  44: "wrong-service-key", // KRB_AP_ERR_BADKEYVER
  45: "wrong-service-key", // KRB_AP_ERR_NOKEY
  46: "not-mutual", // KRB_AP_ERR_MUT_FAIL
  68: "unknown-realm", // KDC_ERR_WRONG_REALM
  133: "configuration", // KRB5_PARSE_ILLCHAR
  134: "configuration", // KRB5_PARSE_MALFORMED
  135: "configuration", // KRB5_CONFIG_CANTOPEN
  136: "configuration", // KRB5_CONFIG_BADFORMAT
  139: "no-credential", // KRB5_CC_BADNAME
  140: "no-credential", // KRB5_CC_UNKNOWN_TYPE
  141: "no-credential", // KRB5_CC_NOTFOUND
  144: "wrong-service-key", // KRB_AP_WRONG_PRINC
  148: "clock-skew", // KRB5_KDCREP_SKEW
  150: "encryption-type", // KRB5_PROG_ETYPE_NOSUPP
  154: "unknown-realm", // KRB5_REALM_UNKNOWN
  156: "no-kdc", // KRB5_KDC_UNREACH
  158: "not-mutual", // KRB5_MUTUAL_FAILED
  179: "keytab", // KRB5_KT_BADNAME
  181: "keytab", // KRB5_KT_NOTFOUND
  182: "keytab", // KRB5_KT_END
  184: "keytab", // KRB5_KT_IOERR
  193: "no-credential", // KRB5_CC_IO
  194: "no-credential", // KRB5_FCC_PERM
  195: "no-credential", // KRB5_FCC_NOFILE
  199: "no-credential", // KRB5_CC_FORMAT
  220: "unknown-realm", // KRB5_REALM_CANT_RESOLVE
  224: "configuration", // KRB5_CONFIG_NODEFREALM
  230: "keytab", // KRB5_KT_KVNONOTFOUND
  235: "keytab", // KRB5_KT_FORMAT
  237: "encryption-type", // KRB5_CONFIG_ETYPE_NOSUPP
};

const REASON_OF_KG: Readonly<Record<number, KerberosReason>> = {
  0: "no-credential", // KG_CCACHE_NOMATCH
  1: "keytab", // KG_KEYTAB_NOMATCH
  2: "no-credential", // KG_TGT_MISSING
  12: "no-credential", // KG_EMPTY_CCACHE
};

/** Routine errors of RFC 2744 §3.9.1, bits 16 to 23 of the major status, that say enough alone. */
const REASON_OF_MAJOR: Readonly<Record<number, KerberosReason>> = {
  4: "channel-binding", // GSS_S_BAD_BINDINGS
  6: "bad-token", // GSS_S_BAD_SIG
  7: "no-credential", // GSS_S_NO_CRED
  9: "bad-token", // GSS_S_DEFECTIVE_TOKEN
  10: "bad-token", // GSS_S_DEFECTIVE_CREDENTIAL
  11: "ticket-expired", // GSS_S_CREDENTIALS_EXPIRED
};

/** A failed call of the library. `text` is what the library says about it. */
export interface GssStatus {
  readonly major: number;
  readonly minor: number;
  readonly text: string;
}

/** A failed call of Windows' SSPI: its SECURITY_STATUS. */
export interface SspiStatus {
  readonly sspi: number;
}

/** A failed call of the npm package `kerberos`, which gives its library's text and no number. */
export interface NpmStatus {
  readonly text: string;
}

type LibraryStatus = GssStatus | SspiStatus | NpmStatus;

/** The names that go into the message of an error. */
export interface KerberosNames {
  readonly spn?: string;
  readonly principal?: string;
  /** By what the principal logs on: it decides what can be wrong with it. */
  readonly by?: KerberosCredential["kind"];
}

/** A failure of Kerberos. `code` is for everyone, `reason` for those who know Kerberos; nothing in it is secret. */
export class KerberosError extends WinrmError {
  override readonly name = "KerberosError";
  readonly reason: KerberosReason;
  /** Absent where no call of the library failed. */
  readonly status: LibraryStatus | undefined;

  constructor(reason: KerberosReason, names: KerberosNames = {}, status?: LibraryStatus) {
    const { code, summary, ...advice } = explanationOf(reason, runnerOf(status), names.by);
    const fill = (text: string): string =>
      text
        .replaceAll("{spn}", names.spn ?? "the service")
        .replaceAll("{principal}", names.principal ?? "the current user");
    super(code, `${fill(summary)}${status === undefined ? "" : ` (${statusText(status)})`}`, {
      ...advice,
      ...(advice.causes && { causes: advice.causes.map(fill) }),
      ...(advice.remedy !== undefined && { remedy: fill(advice.remedy) }),
    });
    this.reason = reason;
    this.status = status;
  }
}

/** Why a call failed: by the minor status where it is known, else by the major one. */
export function reasonOf(status: Omit<GssStatus, "text">): KerberosReason {
  const minor = status.minor >>> 0;
  return (
    REASON_OF_KRB5[minor - KRB5_ERROR_BASE] ??
    REASON_OF_KG[minor - KG_ERROR_BASE] ??
    REASON_OF_MAJOR[(status.major >>> 16) & 0xff] ??
    "other"
  );
}

/**
 * Failures that say "Kerberos cannot be used for this host from here", after which another mechanism may be tried. Never
 * one about an account or its password: a second mechanism would count as a second wrong password.
 */
export function kerberosUnavailable(error: unknown): boolean {
  if (error instanceof KerberosError) {
    return ["no-credential", "unknown-service", "unknown-realm", "no-kdc", "configuration"].includes(error.reason);
  }
  return error instanceof WinrmError && error.code === "WINRM_E_METHOD_UNSUPPORTED";
}

/** Failures that say "this machine belongs to no realm, or cannot use Kerberos at all". */
export function noRealmApplies(error: WinrmError): boolean {
  if (error instanceof KerberosError) return error.reason === "unknown-realm" || error.reason === "configuration";
  return error.code === "WINRM_E_METHOD_UNSUPPORTED";
}

function runnerOf(status: LibraryStatus | undefined): KerberosRunner {
  if (status === undefined || "major" in status) return "unix";
  return "sspi" in status ? "windows" : "npm";
}

/** A message of a library in one line. */
export function cleanStatusText(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .trim()
    .slice(0, MAX_STATUS_TEXT);
}

function statusText(status: LibraryStatus): string {
  if ("sspi" in status) return `SSPI 0x${status.sspi.toString(16).padStart(8, "0").toUpperCase()}`;
  if (!("major" in status)) return cleanStatusText(status.text);
  const { major, minor, text } = status;
  const number = (minor >>> 0) - KRB5_ERROR_BASE;
  const numbers =
    number >= 0 && number < 256
      ? `krb5 error ${number}`
      : `GSS ${(major >>> 0).toString(16).padStart(8, "0")}/${(minor >>> 0).toString(16).padStart(8, "0")}`;
  return text === "" ? numbers : `${text}; ${numbers}`;
}
