/** What SECURITY_STATUS says of a logon. */
import { KerberosError, type KerberosNames } from "../errors";
import type { KerberosReason } from "../explanations";

/** SECURITY_STATUS as in winerror.h, and the NTSTATUS values that a logon can end with. */
const REASON_OF_STATUS: Readonly<Record<number, KerberosReason>> = {
  0x8009_0303: "unknown-service", // SEC_E_TARGET_UNKNOWN
  0x8009_0308: "bad-token", // SEC_E_INVALID_TOKEN
  0x8009_030c: "wrong-password", // SEC_E_LOGON_DENIED
  0x8009_030d: "unknown-account", // SEC_E_UNKNOWN_CREDENTIALS
  0x8009_030e: "no-credential", // SEC_E_NO_CREDENTIALS
  0x8009_0311: "no-kdc", // SEC_E_NO_AUTHENTICATING_AUTHORITY
  0x8009_0317: "ticket-expired", // SEC_E_CONTEXT_EXPIRED
  0x8009_0322: "wrong-service-key", // SEC_E_WRONG_PRINCIPAL
  0x8009_0324: "clock-skew", // SEC_E_TIME_SKEW
  0x8009_0331: "encryption-type", // SEC_E_ALGORITHM_MISMATCH
  0x8009_0341: "encryption-type", // SEC_E_KDC_UNKNOWN_ETYPE
  0x8009_0346: "channel-binding", // SEC_E_BAD_BINDINGS
  0xc000_006a: "wrong-password", // STATUS_WRONG_PASSWORD
  0xc000_006d: "wrong-password", // STATUS_LOGON_FAILURE
  0xc000_006e: "logon-restricted", // STATUS_ACCOUNT_RESTRICTION
  0xc000_006f: "logon-restricted", // STATUS_INVALID_LOGON_HOURS
  0xc000_0070: "logon-restricted", // STATUS_INVALID_WORKSTATION
  0xc000_0071: "password-expired", // STATUS_PASSWORD_EXPIRED
  0xc000_0072: "account-revoked", // STATUS_ACCOUNT_DISABLED
  0xc000_0193: "account-expired", // STATUS_ACCOUNT_EXPIRED
  0xc000_0224: "password-expired", // STATUS_PASSWORD_MUST_CHANGE
  0xc000_0234: "account-revoked", // STATUS_ACCOUNT_LOCKED_OUT
};

/**
 * Informational statuses have no top bit.
 * @throws KerberosError
 */
export function checkStatus(status: number, names: KerberosNames): void {
  if (status < 0x8000_0000) return;
  throw new KerberosError(REASON_OF_STATUS[status] ?? "other", names, { sspi: status });
}
