import { accountNameProblem } from "../account-name";
import { type Check, boolean, object, secret, stringWith } from "./checks";
import type { SecretValue } from "./connection/connection";
import { fingerprint } from "./names/fingerprint";
import { type SharedInputs, type SharedOutputs, resourceShape, shownString } from "./resource-shape";

/** Arguments of `CertMapping`. */
export interface CertMappingInputs extends SharedInputs {
  /**
   * The user principal name (`deploy@localhost`) or DNS name in the client certificate's subject alternative name;
   * at most one `*`, first or last. It is not the subject's distinguished name.
   * @windows `winrm/config/service/certmapping` `Subject`, part of the key
   * @default what `clientCertificatePem` has
   * @unset read from `clientCertificatePem`, one of the two is required
   * @delete removes the mapping with this key
   */
  subject?: string;
  /**
   * SHA-1 thumbprint of the certificate that directly signed the client certificate; its own if it is self-signed.
   * The host must have it in LocalMachine\Root or LocalMachine\CA.
   * @windows `winrm/config/service/certmapping` `Issuer`, part of the key
   * @default what `issuerCertificatePem` has
   * @unset read from `issuerCertificatePem`, or from the authorities beside `clientCertificatePem`
   * @delete removes the mapping with this key
   */
  issuer?: string;
  /**
   * The client certificate in PEM: subject and issuer are read from it, and it is checked before anything is sent
   * (purpose, key usage, signature, 16 KB; at preview and at apply also its dates). Authorities beside it count as
   * issuers.
   * @windows none; only the key is written
   * @default none
   * @unset `subject` and `issuer` are required
   * @delete as `subject`
   */
  clientCertificatePem?: string;
  /**
   * The certificate that signed the client certificate in PEM.
   * @windows none; only the key is written
   * @default none
   * @unset the client certificate is self-signed, or its issuer is in the same PEM
   * @delete as `issuer`
   */
  issuerCertificatePem?: string;
  /**
   * Resource URIs that the mapping applies to; may end in `*`.
   * @windows `winrm/config/service/certmapping` `URI`, part of the key
   * @default `*`: all
   * @unset the default
   * @delete removes the mapping with this key
   */
  uri?: string;
  /**
   * A local account of the host, without a prefix; Windows cannot map to a domain account.
   * @windows `winrm/config/service/certmapping` `UserName`
   * @default none
   * @unset required
   * @delete the account stays; a mapping that has since been reassigned to another account stays too
   */
  userName: string;
  /**
   * The account's password, best as a reference. Windows validates it on every write, and keeps it.
   * @windows `winrm/config/service/certmapping` `Password`, never returned
   * @default none
   * @unset required
   * @delete removed with the mapping; the old password of an adopted mapping cannot be restored
   */
  password: SecretValue;
  /**
   * Whether the mapping is enabled.
   * @windows `winrm/config/service/certmapping` `Enabled`
   * @default `true`
   * @unset the default
   * @delete restored on an adopted mapping
   */
  enabled?: boolean;
  /**
   * Take over a mapping with this key that this resource did not make, and that is for another account; its user
   * name and password are overwritten. Without it such a mapping is refused (`WINRM_E_EXISTS`). One for the same
   * account, as an interrupted run leaves it, is taken over with a warning.
   * @windows none
   * @default `false`
   * @unset the default
   * @delete an adopted mapping stays; `enabled` is restored, account and password cannot be
   */
  adopt?: boolean;
  /**
   * Go on although the change would lock out the connection that logs in through this mapping.
   * @windows none
   * @default `false`
   * @unset such a change is refused
   * @delete `true` lets it remove that mapping; else the delete is refused
   */
  acceptLockout?: boolean;
}

/** What of a mapping is recorded. */
export interface MappingState {
  /** The local account, as the host spells it. */
  userName: string;
  /** Whether the mapping was enabled. */
  enabled: boolean;
}

/** State of `CertMapping`. */
export interface CertMappingOutputs extends CertMappingInputs, SharedOutputs {
  /**
   * The name that the host compares, where it was read from a certificate.
   * @windows `winrm/config/service/certmapping` `Subject`
   * @unset absent: `subject` has it
   * @delete finds the mapping by it
   */
  mappedSubject?: string;
  /**
   * SHA-1 thumbprint of the issuer, where it was read from a certificate; 40 upper-case hex digits.
   * @windows `winrm/config/service/certmapping` `Issuer`
   * @unset absent: `issuer` has it
   * @delete finds the mapping by it
   */
  mappedIssuer?: string;
  /**
   * Recognises the password that was last written, by a salted hash. A secret.
   * @windows in state only
   * @unset empty: it is not certain which password the host has
   * @delete not used
   */
  passwordVerifier: string;
  /**
   * Account and `enabled` after the last apply, where they differ from the arguments.
   * @windows in state only
   * @unset absent: they are the arguments'
   * @delete touches the mapping only if it still is for this account
   */
  appliedMapping?: MappingState;
  /**
   * Account and `enabled` before it was adopted.
   * @windows in state only
   * @unset absent: this resource made the mapping
   * @delete restores `enabled`; without it, removes the mapping
   */
  priorMapping?: MappingState;
}

const MAX_KEY_LENGTH = 1023;
const MAX_USER_LENGTH = 20;

const checkSubject = stringWith((value) => {
  if (value.length > MAX_KEY_LENGTH) return `must have at most ${MAX_KEY_LENGTH} characters`;
  if (!/^(?:\*?[^*]*|[^*]*\*)$/.test(value)) return "may hold one *, as its first or its last character";
  if (DISTINGUISHED_NAME.test(value)) {
    return "is a distinguished name; WinRM compares the user principal name or DNS name in the subject alternative name, such as deploy@localhost";
  }
  if (LABELLED_NAME.test(value)) return "must be the name alone, without the kind of name before it";
  return value.trim() === value ? undefined : "must not begin or end with a blank";
});

/** Attributes of RFC 4514 and those that tools write beside them, at the start or after OpenSSL's slash; or an OID. */
const DISTINGUISHED_NAME =
  /^\s*\/?\s*(?:CN|OU?|DC|C|ST?|L|STREET|UID|E|EMAIL|EMAILADDRESS|SERIALNUMBER|SN|GN?|T|TITLE|(?:OID\.)?\d+(?:\.\d+)+)\s*=/i;
/** As OpenSSL and Windows' certificate dialog show an alternative name. */
const LABELLED_NAME = /^\s*(?:UPN|DNS(?: name)?|email|(?:principal|RFC822) name|other ?name)\s*[:=]/i;

const checkUri = stringWith((value) => {
  if (value.length > MAX_KEY_LENGTH) return `must have at most ${MAX_KEY_LENGTH} characters`;
  if (/[\s?]/.test(value)) return "must not hold blanks or ?";
  return /^[^*]*\*?$/.test(value) ? undefined : "may hold one *, as its last character";
});

const checkUserName = stringWith((value) => {
  if (/[\\@]/.test(value)) {
    return "must be the bare name of a local account: WinRM maps certificates to local accounts only, never to accounts of a domain";
  }
  const reason = accountNameProblem(value, "logon");
  if (reason !== undefined) return `is not an account name that Windows takes: it ${reason}`;
  return value.length <= MAX_USER_LENGTH ? undefined : `must have at most ${MAX_USER_LENGTH} characters`;
});

/** PEM has line breaks, which other texts must not have. */
const checkPem: Check = (value, property) => {
  if (typeof value !== "string") return [{ property, reason: "must be a certificate as PEM text" }];
  return value.trim() === "" ? [{ property, reason: "must not be empty; leave the argument out instead" }] : [];
};

const recorded = object({ userName: shownString, enabled: boolean() }, ["userName", "enabled"]);

/** Arguments and outputs of `CertMapping`. */
export const CERT_MAPPING = resourceShape<CertMappingInputs, CertMappingOutputs>({
  type: "CertMapping",
  arguments: {
    subject: checkSubject,
    issuer: fingerprint("SHA-1", "the SHA-1 thumbprint"),
    clientCertificatePem: checkPem,
    issuerCertificatePem: checkPem,
    uri: checkUri,
    userName: checkUserName,
    password: secret(),
    enabled: boolean(),
    adopt: boolean(),
    acceptLockout: boolean(),
  },
  required: ["userName", "password"],
  live: { userName: shownString },
  computed: {
    mappedSubject: shownString,
    mappedIssuer: shownString,
    passwordVerifier: shownString,
    appliedMapping: recorded,
    priorMapping: recorded,
  },
  optional: ["mappedSubject", "mappedIssuer", "appliedMapping", "priorMapping"],
  secrets: ["password"],
});
