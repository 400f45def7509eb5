/** What the npm package `kerberos` cannot do: refused by name, before anything is sent, with the way out. */
import { WinrmError } from "../../../errors";
import type { KerberosCredential } from "../credentials";

/** A logon that is to be made with the package. */
export interface NpmLogon {
  readonly credential: KerberosCredential;
  /** Messages have to be sealed, as over http. */
  readonly sealing: boolean;
  /** The logon is to be bound to the TLS channel. */
  readonly binding: boolean;
  /** The realm of the service, if one is given. */
  readonly realm: string | undefined;
  readonly platform: NodeJS.Platform;
}

interface Limit {
  readonly applies: boolean;
  readonly cannot: string;
  readonly instead: string;
}

function limitsOf({ credential, sealing, binding, realm, platform }: NpmLogon): readonly Limit[] {
  const windows = platform === "win32";
  return [
    {
      applies: credential.kind === "password",
      cannot: "log on with a password",
      instead: windows
        ? "leave the credentials out to log on as the running account"
        : "run kinit and give no password",
    },
    {
      applies: credential.kind === "keytab",
      cannot: "log on with a keytab",
      instead: "fetch a ticket with kinit -kt, and leave auth.kerberos.keytab out",
    },
    {
      applies: credential.kind === "cache" && credential.cache !== undefined,
      cannot: "open a named ticket cache",
      instead: "set the environment variable KRB5CCNAME to it, and leave auth.kerberos.cache out",
    },
    {
      applies: credential.kind === "cache" && windows,
      cannot: "log on as another account than the running one",
      instead: "leave auth.username out to log on as the running account",
    },
    {
      applies: sealing && !windows,
      cannot: "seal messages on this system, and without TLS they would be readable",
      instead: 'use transport "https"',
    },
    {
      applies: binding,
      cannot: "bind the logon to the TLS channel",
      instead: "set auth.channelBinding to false, if the host is not at CbtHardeningLevel Strict",
    },
    {
      applies: realm !== undefined && !windows,
      cannot: "ask for a service of a given realm",
      instead: "leave auth.kerberos.realm out, and map the host's domain to its realm in krb5.conf, [domain_realm]",
    },
  ];
}

/** @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` for the first thing that the package cannot do. */
export function refuseUnsupported(logon: NpmLogon): void {
  const limit = limitsOf(logon).find(({ applies }) => applies);
  if (limit === undefined) return;
  throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `The npm package kerberos cannot ${limit.cannot}.`, {
    remedy: `${limit.instead}; or use koffi, which can: npm install koffi, with WINRM_KERBEROS unset`,
  });
}
