import { isIP } from "node:net";
import { type KerberosLibrary, chooseKerberosLibrary, refuseUnsupported } from "../auth/kerberos-library";
import { type AccountName, parseAccountName } from "../account-name";
import { WinrmError } from "../errors";
import { unprintable } from "../unprintable";
import { type CertificateMaterial, type ClientCertificate, readClientCertificate } from "../x509/client-certificate";
import type { KerberosLogon, Method, SessionAuth } from "../session/target";
import type { PasswordCredential } from "../session/credential";
import type { Auth, Kerberos } from "../contract/connection/connection";

/**
 * Which method logs in, and with what: Microsoft's rules ("Authentication for Remote Connections"). Without credentials it
 * is Kerberos as the owner of the ticket; with explicit credentials it is Negotiate, which picks Kerberos for a domain
 * account and NTLM for a local one; with a certificate it is that.
 */
export interface AuthInputs {
  readonly host: string;
  /** Argument or setting; `undefined`: the rules decide. */
  readonly method: Method | undefined;
  readonly auth: Auth;
  readonly username: string | undefined;
  /** Reads the password where it is; `undefined` if none is given. */
  readonly password: (() => string) | undefined;
  /** Reads the client certificate where it is; `undefined` if none is given. */
  readonly certificate: (() => CertificateMaterial) | undefined;
  readonly transport: "http" | "https";
  /** The environment variable `WINRM_KERBEROS`. */
  readonly kerberosLibrary: string | undefined;
  /** NTLM may be used: https, this machine itself, or a host in the runner's trusted list. */
  readonly trusted: boolean;
}

/** @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED`, `WINRM_E_ARGUMENT`; nothing has been sent then. */
export function resolveAuth(choice: AuthInputs): SessionAuth {
  const { auth, host } = choice;
  const channelBinding = auth.channelBinding ?? true;
  const method = choice.method ?? defaultMethod(choice);
  switch (method) {
    case "basic":
    case "digest":
    case "ntlm":
      return { method, credential: passwordCredential(choice, method), channelBinding };
    case "certificate":
      return { method, certificate: clientCertificate(choice), channelBinding };
    case "kerberos":
      return kerberosAuth(choice);
    case "negotiate": {
      const credential = passwordCredential(choice, method);
      // A local account has no realm, so Negotiate is NTLM for it, and the bare form of it is the one that all hosts take.
      if (principalOf(credential.username, choice) === undefined || requiresSpnHost(host, auth.kerberos)) {
        return { method: "ntlm", credential, channelBinding };
      }
      return { method, credential, kerberos: kerberosLogon(choice), allowNtlm: choice.trusted, channelBinding };
    }
  }
}

function defaultMethod({ auth, host, username, password, certificate }: AuthInputs): Method {
  // What the program itself names comes before what configuration and environment have for all hosts.
  if (auth.pfx !== undefined || auth.certificatePem !== undefined) {
    if (auth.password === undefined) return "certificate";
    throw new WinrmError("WINRM_E_ARGUMENT", "both a password and a client certificate are given", {
      host,
      remedy: "leave one of them out, or choose with auth.method",
    });
  }
  if (username !== undefined && password !== undefined) return "negotiate";
  if (auth.kerberos?.keytab !== undefined || auth.kerberos?.cache !== undefined) return "kerberos";
  if (certificate !== undefined && username === undefined && password === undefined) return "certificate";
  // The running account has a ticket for domain hosts only; an address or this machine itself has no service in a domain.
  if (username !== undefined || password !== undefined || isIP(host) !== 0 || host.toLowerCase() === "localhost")
    return "negotiate";
  return "kerberos";
}

/** Why the rules came to this method, in one clause for a person. */
export function methodReason(choice: AuthInputs, auth: SessionAuth): string {
  const { host, method: wanted, username } = choice;
  const chosen = wanted === undefined ? "" : "it was chosen; ";
  switch (auth.method) {
    case "basic":
    case "digest":
      return "it was chosen";
    case "certificate":
      return wanted === undefined ? "a client certificate is given" : "it was chosen";
    case "kerberos":
      return `${chosen}${TICKET_SOURCES[auth.kerberos.credential.kind]}`;
    case "ntlm": {
      if (wanted === "ntlm") return "it was chosen";
      const why =
        principalOf(username ?? "", choice) === undefined
          ? `${username ?? ""} names no realm, and Negotiate is NTLM for accounts without one`
          : `${host} is an address, to which Negotiate is NTLM: Kerberos is for names`;
      return wanted === undefined ? `credentials are given; ${why}` : `Negotiate was chosen; ${why}`;
    }
    case "negotiate": {
      const given = wanted === undefined ? "credentials are given, for an account of a realm" : "it was chosen";
      const then = auth.allowNtlm
        ? "then NTLM if the domain does not know the host"
        : "never NTLM, because over http the host is not in the trusted list";
      return `${given}; Kerberos first, ${then}`;
    }
  }
}

const TICKET_SOURCES: Readonly<Record<KerberosLogon["credential"]["kind"], string>> = {
  default: "no credentials are given, so the running account's ticket counts",
  cache: "a ticket cache is given",
  keytab: "a keytab is given",
  password: "a password is given, for which the domain gives a ticket",
};

function passwordCredential({ host, username, password }: AuthInputs, method: Method): PasswordCredential {
  if (username === undefined || password === undefined) throw credentialsRequired(host, method, username === undefined);
  if (username.includes("/")) {
    const summary = `${username} is a Kerberos principal with an instance, and ${method} is for accounts of Windows`;
    const remedy = 'set auth.kerberos.keytab and leave the password out, with method "kerberos" or none';
    throw new WinrmError("WINRM_E_ARGUMENT", summary, { host, remedy });
  }
  return unprintable({ username, password: password() }, "password");
}

function clientCertificate({ host, certificate }: AuthInputs): ClientCertificate {
  if (certificate !== undefined) return readClientCertificate(certificate());
  const summary = "method certificate needs a client certificate, and there is none";
  const remedy =
    "set connection.auth.certificatePem and privateKeyPem, or connection.auth.pfx; or the environment variables WINRM_CERTIFICATE_PEM and WINRM_PRIVATE_KEY_PEM, or WINRM_PFX";
  throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", summary, { host, remedy });
}

/** The npm package `kerberos` cannot bind a logon to the channel, so there it is not the default. */
function kerberosAuth(choice: AuthInputs): SessionAuth {
  const { auth, transport } = choice;
  const kerberos = kerberosLogon(choice);
  const channelBinding = auth.channelBinding ?? kerberos.library === "koffi";
  if (kerberos.library === "kerberos") {
    const { credential, spn } = kerberos;
    const [sealing, binding] = [transport === "http", transport === "https" && channelBinding];
    refuseUnsupported({ credential, sealing, binding, realm: spn.realm, platform: process.platform });
  }
  return { method: "kerberos", kerberos, channelBinding };
}

function kerberosLogon(choice: AuthInputs): KerberosLogon & { readonly library: KerberosLibrary } {
  return { ...ticketLogon(choice), library: chooseKerberosLibrary(choice.kerberosLibrary) };
}

function ticketLogon(choice: AuthInputs): Omit<KerberosLogon, "library"> {
  const { host, auth, username, password } = choice;
  const { kerberos = {} } = auth;
  if (requiresSpnHost(host, kerberos)) {
    throw new WinrmError("WINRM_E_ARGUMENT", `Kerberos needs the host's name, and ${host} is an address`, {
      host,
      remedy: "connect by the name, or set auth.kerberos.host to the name that the host's service principal has",
    });
  }
  const spn = {
    ...(kerberos.service === undefined ? {} : { service: kerberos.service }),
    ...(kerberos.host === undefined ? {} : { host: kerberos.host }),
    ...(kerberos.realm === undefined ? {} : { realm: kerberos.realm.toUpperCase() }),
  };
  const principal = username === undefined ? undefined : principalOf(username, choice);
  if (username !== undefined && principal === undefined) {
    throw new WinrmError("WINRM_E_ARGUMENT", `Kerberos needs an account of a realm, and ${username} is none`, {
      host,
      remedy: `write the account as user@REALM${kerberos.realm === undefined ? ", or set auth.kerberos.realm" : ""}`,
    });
  }
  if (kerberos.keytab !== undefined) {
    if (principal === undefined) throw credentialsRequired(host, "kerberos", true);
    return { spn, credential: { kind: "keytab", principal, keytab: kerberos.keytab } };
  }
  if (username !== undefined && principal !== undefined && password !== undefined) {
    const enterprise = enterprisePrincipal(username, kerberos);
    const who = enterprise === undefined ? { principal } : { principal: enterprise, enterprise: true };
    return { spn, credential: unprintable({ kind: "password" as const, ...who, password: password() }, "password") };
  }
  if (principal === undefined && kerberos.cache === undefined) return { spn, credential: { kind: "default" } };
  const named = principal === undefined ? {} : { principal };
  const placed = kerberos.cache === undefined ? {} : { cache: kerberos.cache };
  return { spn, credential: { kind: "cache", ...named, ...placed } };
}

/** A service principal is for a name; an address has none. */
function requiresSpnHost(host: string, kerberos: Kerberos | undefined): boolean {
  return isIP(host) !== 0 && kerberos?.host === undefined;
}

/** `user@REALM`, or `undefined` for an account whose realm is not known: a local one, for one. */
function principalOf(username: string, { auth: { kerberos }, host }: AuthInputs): string | undefined {
  const account = parseAccountName(username);
  // The host's own account, and one of the cloud, whatever realm is set: the domain must not be asked with that password.
  if (account.kind === "sid" || account.kind === "cloud" || (account.kind === "local" && account.explicit))
    return undefined;
  const realm = kerberos?.realm ?? realmOf(account, kerberos?.host ?? host);
  return realm === undefined || realm === "" ? undefined : `${account.name}@${realm.toUpperCase()}`;
}

const NETBIOS_LENGTH = 15;

/**
 * The realm of `DOMAIN\user`, where the host's name tells it: at `web01.corp.example.com`, `CORP` is the NetBIOS name of
 * `CORP.EXAMPLE.COM`, since no computer has the name of its domain. A DNS name tells it anywhere. No other prefix does.
 */
function realmOf(account: AccountName, host: string): string | undefined {
  if (account.kind === "principal") return account.domain;
  if (account.kind !== "qualified" || account.authority === "" || isIP(host) !== 0) return undefined;
  const [domain, name] = [account.authority.toLowerCase(), host.toLowerCase()];
  if (domain.includes(".")) return domain === name ? undefined : domain;
  const [, ...labels] = name.split(".");
  return labels.length > 1 && labels[0]?.slice(0, NETBIOS_LENGTH) === domain ? labels.join(".") : undefined;
}

/** `name@suffix@REALM` of a user principal name whose suffix is not the realm: the domain says which account it is. */
function enterprisePrincipal(username: string, { realm }: Kerberos): string | undefined {
  const account = parseAccountName(username);
  if (account.kind !== "principal" || realm === undefined) return undefined;
  return account.domain.toUpperCase() === realm.toUpperCase() ? undefined : `${username}@${realm.toUpperCase()}`;
}

function credentialsRequired(host: string, method: string, name: boolean): WinrmError {
  const [missing, setting, option] = name ? ["user name", "username", ""] : ["password", "password", " --secret"];
  const summary = `explicit credentials are required for ${method}, and there is no ${missing}`;
  const remedy = `set connection.auth.${setting}, or the environment variable WINRM_${setting.toUpperCase()}, or: pulumi config set${option} winrm:${setting} …`;
  return new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", summary, { host, remedy });
}
