/** Why Kerberos fails, in words: likely causes and the next step, for the library and the credential that were used. */
import type { ErrorCode } from "../../errors";
import type { KerberosCredential } from "./credentials";

/** What a reason means to a person. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly summary: string;
  readonly causes?: readonly string[];
  readonly remedy?: string;
  readonly retryable?: boolean;
}

/** `{spn}` and `{principal}` stand for the names of the failed logon. */
export const EXPLANATIONS = {
  "wrong-password": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain refused the password of {principal}.",
    causes: ["the password is wrong"],
    remedy: "check the password; it is not tried again, so that the account is not locked",
  },
  "unknown-account": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain has no account {principal}.",
    causes: ["the user name or the realm is misspelt", "the UPN suffix is not the realm's name"],
    remedy: "write the principal as user@REALM, with the realm in capitals",
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
    remedy: "have the account enabled, unlocked or prolonged in the domain, and run again",
  },
  "account-expired": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The account {principal} has expired.",
    causes: ["the account's end date is over"],
    remedy: "have the account's end date moved in the domain",
  },
  "password-expired": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The password of {principal} has expired.",
    causes: ["the domain's maximum password age is over", "the password must be changed at the first logon"],
    remedy: "change the password",
  },
  "logon-restricted": {
    code: "WINRM_E_LOGON_DENIED",
    summary: "The domain's policy does not let {principal} log on from here.",
    causes: [
      "logon hours or workstations are restricted",
      "the account is in Protected Users or an authentication silo",
    ],
    remedy: "have the restriction lifted in the domain, or log on as another account",
  },
  "no-credential": {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "There is no Kerberos ticket for {principal}.",
    causes: [
      "no one has logged on: the ticket cache is empty or missing",
      "the cache holds another principal",
      "KRB5CCNAME names another cache than the one kinit wrote",
    ],
    remedy: "give a password or a keytab, or run kinit for that principal",
  },
  "ticket-expired": {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "The Kerberos ticket of {principal} has expired.",
    causes: ["the ticket's lifetime is over", "this machine's clock is ahead"],
    remedy: "run kinit again, or give a password or a keytab, which need no ticket cache",
  },
  "unknown-service": {
    code: "WINRM_E_KERBEROS",
    summary: "No account in the domain owns the service {spn}.",
    causes: [
      "the host is named by an IP address, an alias or a short name: Kerberos wants its full DNS name",
      "the host is in another realm, and there is no trust or no [domain_realm] line in krb5.conf",
      "the computer account has no HTTP or HOST service principal name",
    ],
    remedy:
      "on a Windows machine of the domain, check with: setspn -Q {spn}; or set auth.kerberos.service, host or realm to those of an SPN that the host has",
  },
  "wrong-service-key": {
    code: "WINRM_E_KERBEROS",
    summary: "The host cannot read the ticket for {spn}.",
    causes: [
      "the service principal name belongs to another account (an IIS application pool, for one)",
      "the name leads to another machine than the one that owns the SPN (a DNS alias, a load balancer)",
      "the computer account's password was changed and has not reached every domain controller",
    ],
    remedy:
      "on a Windows machine of the domain, check with: setspn -Q {spn}; or set auth.kerberos.service to HOST or WSMAN",
  },
  "clock-skew": {
    code: "WINRM_E_KERBEROS",
    summary: "Clock skew too great (Kerberos allows 5 minutes).",
    causes: ["the host's clock is wrong", "this machine's clock is wrong", "the domain controller's clock is wrong"],
    remedy: "set the clocks of this machine, the host and the domain controller from one time source",
  },
  "encryption-type": {
    code: "WINRM_E_KERBEROS",
    summary: "This machine and the domain have no encryption type in common for {spn}.",
    causes: [
      "the service account has RC4 keys only, and RC4 is turned off here",
      "the account has no AES keys: its password is older than the domain's functional level",
    ],
    remedy: "reset the account's password, or set msDS-SupportedEncryptionTypes to allow AES",
  },
  "unknown-realm": {
    code: "WINRM_E_UNREACHABLE",
    summary: "There is no known domain controller (KDC) for the realm.",
    causes: [
      "the realm is misspelt: it is the domain's DNS name in capitals",
      "the user name is a UPN whose suffix is not the realm: set auth.kerberos.realm to the domain's name",
      "krb5.conf has no [realms] entry, and DNS has no _kerberos._tcp SRV record for the realm",
    ],
    remedy: "check with: dig SRV _kerberos._tcp.<domain>; or add the realm to krb5.conf",
  },
  "no-kdc": {
    code: "WINRM_E_UNREACHABLE",
    summary: "No domain controller (KDC) of the realm responds.",
    causes: ["a firewall blocks port 88 (TCP and UDP)", "the domain controllers are down"],
    remedy: "check that port 88 of a domain controller is open from this machine",
    retryable: true,
  },
  "channel-binding": {
    code: "WINRM_E_KERBEROS",
    summary: "The logon is bound to another TLS connection than the one it came over.",
    causes: ["a proxy on the path terminates TLS", "an on-path attacker intercepts the connection"],
    remedy: "connect without the middleboxes on the path, or have them pass TLS through",
  },
  replay: {
    code: "WINRM_E_KERBEROS",
    summary: "The host has seen this logon before.",
    causes: ["a proxy or an on-path attacker sent it twice"],
    remedy: "run again; if it stays, connect without the middleboxes on the path",
    retryable: true,
  },
  keytab: {
    code: "WINRM_E_CREDENTIALS_REQUIRED",
    summary: "The keytab has no usable key for {principal}.",
    causes: ["the file is missing or not readable", "it holds keys of another principal, or of other encryption types"],
    remedy: "check auth.kerberos.keytab with: klist -kte <file>; the user name must be one of its principals",
  },
  configuration: {
    code: "WINRM_E_ARGUMENT",
    summary: "The Kerberos configuration cannot be used.",
    causes: ["krb5.conf is missing or malformed (or KRB5_CONFIG names another file)", "it has no default_realm"],
    remedy: "write the principal as user@REALM, and check krb5.conf",
  },
  "not-mutual": {
    code: "WINRM_E_KERBEROS",
    summary: "The host did not prove that it is {spn}.",
    causes: ["the peer is not the intended host", "a proxy removed the host's response"],
    remedy: "check connection.host and auth.kerberos.host, and connect without a proxy",
  },
  "bad-token": {
    code: "WINRM_E_HANDSHAKE",
    summary: "The host's Kerberos token is malformed.",
    causes: ["the peer is not the intended host", "a middlebox on the path changed its response"],
    remedy: "check connection.host and connection.port, and connect without the middleboxes on the path",
  },
  other: {
    code: "WINRM_E_KERBEROS",
    summary: "The Kerberos logon failed.",
    remedy: "run again with KRB5_TRACE naming a file: the library writes each step there",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

/** Why Kerberos failed, for programs: one word per row of the table above. */
export type KerberosReason = keyof typeof EXPLANATIONS;

type Difference = Partial<Pick<Explanation, "summary" | "causes" | "remedy">>;

/** What differs where Windows made the call: it has no kinit, keytabs, named caches or krb5.conf. */
const ON_WINDOWS: Readonly<Partial<Record<KerberosReason, Difference>>> = {
  "unknown-account": {
    causes: [
      "the user name or the domain is misspelt",
      "no credentials are given, and the running account has none for other machines (a local or a service account)",
    ],
    remedy: "give a password, with the user name as user@DOMAIN",
  },
  "no-credential": {
    causes: ["the running account is a local one, or logged on while no domain controller responded"],
    remedy: "give a username and a password, or run the program as a domain account",
  },
  "ticket-expired": {
    remedy: "lock and unlock the session, or run: klist purge; or give a username and a password",
  },
  "unknown-service": {
    causes: [
      "the host is named by an IP address, an alias or a short name: Kerberos wants its full DNS name",
      "the host is in another domain, and there is no trust to it",
      "the computer account has no HTTP or HOST service principal name",
    ],
    remedy:
      "check with: setspn -Q {spn}; or set auth.kerberos.service, host or realm to those of an SPN that the host has",
  },
  "wrong-service-key": {
    remedy: "check with: setspn -Q {spn}; or set auth.kerberos.service to HOST or WSMAN",
  },
  "no-kdc": {
    causes: [
      "the domain's name is misspelt, or this machine's DNS does not know it",
      "a firewall blocks port 88 (TCP and UDP)",
      "the domain controllers are down",
    ],
    remedy: "check with: nltest /dsgetdc:<domain>",
  },
  other: {
    remedy: "look the status up with: certutil -error <status>",
  },
};

/** What differs where the npm package `kerberos` made the call: it gives no number that tells one cause from another. */
const BY_NPM: Readonly<Partial<Record<KerberosReason, Difference>>> = {
  other: {
    causes: [
      "there is no ticket, or it has expired: check with klist",
      "the domain has no account for the service {spn}: the host is named by an IP address, an alias or a short name",
      "no domain controller (KDC) of the realm could be reached",
      "the clock skew is more than 5 minutes",
    ],
    remedy: "run kinit, and check with: kvno {spn}; with koffi installed, each cause has an error of its own",
  },
};

/** What differs where a keytab holds the key. */
const BY_KEYTAB: Readonly<Partial<Record<KerberosReason, Difference>>> = {
  "wrong-password": {
    causes: [
      "the keytab is older than the last change of the password",
      "it was made manually, from a wrong password or with another salt than the domain's",
    ],
    remedy:
      "make a new keytab, for instance with ktpass on a domain controller; this one is not tried again, so that the account is not locked",
  },
  // MIT's library only says that it got no ticket, whatever is wrong with the file.
  "no-credential": EXPLANATIONS.keytab,
};

/** Whose library made a logon. */
export type KerberosRunner = "windows" | "unix" | "npm";

/** What a reason means for a logon that was made so, and by such a credential. */
export function explanationOf(
  reason: KerberosReason,
  runner: KerberosRunner,
  by: KerberosCredential["kind"] | undefined,
): Explanation {
  return {
    ...EXPLANATIONS[reason],
    ...(runner === "windows" ? ON_WINDOWS[reason] : undefined),
    ...(runner === "npm" ? BY_NPM[reason] : undefined),
    ...(by === "keytab" ? BY_KEYTAB[reason] : undefined),
  };
}
