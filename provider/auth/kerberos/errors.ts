/** What the Kerberos library's numbers mean to a person. RFC 2743 (major), RFC 4120 §7.5.9 (minor), krb5_err.et */
import { WinrmError, type ErrorCode } from "../../errors";

/** `minor - KRB5_ERROR_BASE` is the protocol's own error number; from 128 on, the library's. The same in MIT and Heimdal. */
const KRB5_ERROR_BASE = 0x96c73a00;
/** The numbers of MIT's krb5 mechanism itself (`gssapi_err_krb5.et`). */
const KG_ERROR_BASE = 0x025e_a100;

/** Why Kerberos failed, for programs: one word per row of the table below. */
export type KerberosReason =
  | "wrong-password"
  | "unknown-account"
  | "account-revoked"
  | "account-expired"
  | "password-expired"
  | "logon-restricted"
  | "no-credential"
  | "ticket-expired"
  | "unknown-service"
  | "wrong-service-key"
  | "clock-skew"
  | "encryption-type"
  | "unknown-realm"
  | "no-kdc"
  | "channel-binding"
  | "replay"
  | "keytab"
  | "configuration"
  | "not-mutual"
  | "bad-token"
  | "other";

interface Explanation {
  readonly code: ErrorCode;
  readonly summary: string;
  readonly causes?: readonly string[];
  readonly next?: string;
  readonly retryable?: boolean;
}

/** `{spn}` and `{principal}` stand for the names of the failed logon. */
const EXPLANATIONS: Readonly<Record<KerberosReason, Explanation>> = {
  "wrong-password": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain refused the password of {principal}.",
    causes: ["the password is wrong", "a keytab is older than the last change of the password"],
    next: "check the password; it is not tried again, so that the account is not locked",
  },
  "unknown-account": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain has no account {principal}.",
    causes: ["the user name or the realm is misspelt", "the UPN suffix is not the realm's name"],
    next: "write the principal as user@REALM, with the realm in capitals",
  },
  "account-revoked": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain refuses the account {principal}.",
    causes: [
      "the account is disabled",
      "the account is locked out",
      "the account has expired",
      "it is outside the account's logon hours",
    ],
    next: "have the account enabled, unlocked or prolonged in the domain, and run again",
  },
  "account-expired": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The account {principal} has expired.",
    causes: ["the account's end date is over"],
    next: "have the account's end date moved in the domain",
  },
  "password-expired": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The password of {principal} has expired.",
    causes: ["the domain's maximum password age is over", "the password must be changed at the first logon"],
    next: "change the password",
  },
  "logon-restricted": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain's policy does not let {principal} log on from here.",
    causes: [
      "logon hours or workstations are restricted",
      "the account is in Protected Users or an authentication silo",
    ],
  },
  "no-credential": {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "There is no Kerberos ticket for {principal}.",
    causes: [
      "nobody logged on: the ticket cache is empty or missing",
      "the cache holds another principal",
      "KRB5CCNAME names another cache than the one kinit wrote",
    ],
    next: "give a password or a keytab, or run kinit for that principal",
  },
  "ticket-expired": {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "The Kerberos ticket of {principal} has expired.",
    causes: ["the ticket's lifetime is over", "this machine's clock is ahead"],
    next: "run kinit again, or give a password or a keytab, which need no ticket cache",
  },
  "unknown-service": {
    code: "WINRM_E_KERBEROS",
    summary: "No account in the domain owns the service {spn}.",
    causes: [
      "the host is named by an IP address, an alias or a short name: Kerberos wants its full DNS name",
      "the host is in another realm, and there is no trust or no [domain_realm] line in krb5.conf",
      "the computer account has no HTTP or HOST service principal name",
    ],
    next: "check with: setspn -Q {spn}; or set another service, host or realm for the SPN",
  },
  "wrong-service-key": {
    code: "WINRM_E_KERBEROS",
    summary: "The host cannot read the ticket for {spn}.",
    causes: [
      "the service principal name belongs to another account (an IIS application pool, for one)",
      "the name leads to another machine than the one that owns the SPN (a DNS alias, a load balancer)",
      "the computer account's password was changed and has not reached every domain controller",
    ],
    next: "check with: setspn -Q {spn}; try HOST or WSMAN as the SPN's service",
  },
  "clock-skew": {
    code: "WINRM_E_KERBEROS",
    summary: "The clocks differ too much (Kerberos allows 5 minutes).",
    causes: ["the host's clock is wrong", "this machine's clock is wrong", "the domain controller's clock is wrong"],
    next: "set the clocks of this machine, the host and the domain controller from one time source",
  },
  "encryption-type": {
    code: "WINRM_E_KERBEROS",
    summary: "This machine and the domain have no encryption type in common for {spn}.",
    causes: [
      "the service account has RC4 keys only, and RC4 is turned off here",
      "the account has no AES keys: its password is older than the domain's functional level",
    ],
    next: "reset the account's password, or set msDS-SupportedEncryptionTypes to allow AES",
  },
  "unknown-realm": {
    code: "WINRM_E_UNREACHABLE",
    summary: "There is no known domain controller (KDC) for the realm.",
    causes: [
      "the realm is misspelt: it is the domain's DNS name in capitals",
      "the user name is a UPN whose suffix is not the realm: set auth.kerberos.realm to the domain's name",
      "krb5.conf has no [realms] entry, and DNS has no _kerberos._tcp SRV record for the realm",
    ],
    next: "check with: dig SRV _kerberos._tcp.<domain>; or add the realm to krb5.conf",
  },
  "no-kdc": {
    code: "WINRM_E_UNREACHABLE",
    summary: "No domain controller (KDC) of the realm answers.",
    causes: ["a firewall blocks port 88 (TCP and UDP)", "the domain controllers are down"],
    next: "check that port 88 of a domain controller is open from this machine",
    retryable: true,
  },
  "channel-binding": {
    code: "WINRM_E_KERBEROS",
    summary: "The logon is bound to another TLS connection than the one it came over.",
    causes: ["a proxy between here and the host ends TLS", "somebody intercepts the connection"],
  },
  replay: {
    code: "WINRM_E_KERBEROS",
    summary: "The host has seen this logon before.",
    causes: ["a proxy or somebody on the way sent it twice"],
    retryable: true,
  },
  keytab: {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "The keytab has no usable key for {principal}.",
    causes: ["the file is missing or not readable", "it holds keys of another principal, or of other encryption types"],
    next: "check with: klist -kte <file>",
  },
  configuration: {
    code: "WINRM_E_ARGUMENT",
    summary: "The Kerberos configuration cannot be used.",
    causes: ["krb5.conf is missing or malformed (or KRB5_CONFIG names another file)", "it has no default_realm"],
    next: "write the principal as user@REALM, and check krb5.conf",
  },
  "not-mutual": {
    code: "WINRM_E_KERBEROS",
    summary: "The host did not prove that it is {spn}.",
    causes: ["the other end is not the host meant", "a proxy took the host's answer out"],
  },
  "bad-token": { code: "WINRM_E_HANDSHAKE", summary: "The host's Kerberos token is malformed." },
  other: { code: "WINRM_E_KERBEROS", summary: "The Kerberos logon failed." },
};

/** What differs where Windows made the call: it has no kinit, keytabs, named caches or krb5.conf. */
const ON_WINDOWS: Readonly<Partial<Record<KerberosReason, Pick<Explanation, "causes" | "next">>>> = {
  "wrong-password": { causes: ["the password is wrong"] },
  "no-credential": {
    causes: ["the running account is a local one, or logged on while no domain controller answered"],
    next: "give a username and a password, or run the program as a domain account",
  },
  "ticket-expired": {
    next: "lock and unlock the session, or run: klist purge; or give a username and a password",
  },
  "unknown-service": {
    causes: [
      "the host is named by an IP address, an alias or a short name: Kerberos wants its full DNS name",
      "the host is in another domain, and there is no trust to it",
      "the computer account has no HTTP or HOST service principal name",
    ],
  },
};

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

/** The names that go into the text of an error. */
export interface KerberosNames {
  readonly spn?: string;
  readonly principal?: string;
}

/** A failure of Kerberos. `code` is for everybody, `reason` for those who know Kerberos; nothing in it is secret. */
export class KerberosError extends WinrmError {
  override readonly name = "KerberosError";
  readonly reason: KerberosReason;
  /** Absent where no call of the library failed. */
  readonly status: GssStatus | SspiStatus | undefined;

  constructor(reason: KerberosReason, names: KerberosNames = {}, status?: GssStatus | SspiStatus) {
    const onWindows = status !== undefined && "sspi" in status ? ON_WINDOWS[reason] : undefined;
    const { code, summary, causes, next, retryable } = { ...EXPLANATIONS[reason], ...onWindows };
    const fill = (text: string): string =>
      text
        .replaceAll("{spn}", names.spn ?? "the service")
        .replaceAll("{principal}", names.principal ?? "the current user");
    super(code, `${fill(summary)}${status === undefined ? "" : ` (${statusText(status)})`}`, {
      ...(causes === undefined ? {} : { causes }),
      ...(next === undefined ? {} : { next: fill(next) }),
      ...(retryable === undefined ? {} : { retryable }),
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

function statusText(status: GssStatus | SspiStatus): string {
  if ("sspi" in status) return `SSPI 0x${status.sspi.toString(16).padStart(8, "0").toUpperCase()}`;
  const { major, minor, text } = status;
  const number = (minor >>> 0) - KRB5_ERROR_BASE;
  const numbers =
    number >= 0 && number < 256
      ? `krb5 error ${number}`
      : `GSS ${(major >>> 0).toString(16).padStart(8, "0")}/${(minor >>> 0).toString(16).padStart(8, "0")}`;
  return text === "" ? numbers : `${text}; ${numbers}`;
}
