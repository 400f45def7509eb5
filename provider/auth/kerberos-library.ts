/**
 * Which of the two optional packages makes Kerberos logons in this process, and what the second of them cannot do. Apart from
 * the method's own code, which a session loads on use, because this is decided before a connection is opened.
 */
import { createRequire } from "node:module";
import { WinrmError } from "../errors";
import type { KerberosCredential } from "./kerberos/credentials";

/** `koffi`: this package's own binding to the system's library, which does everything. `kerberos`: the npm package. */
export type KerberosLibrary = "koffi" | "kerberos";

/** Packages that this process has tried to load, and whether it could. */
const loaded = new Map<KerberosLibrary, boolean>();

/**
 * The library that `wanted` names; else koffi, and the npm package `kerberos` where only that can be loaded. Where neither
 * can be, it is koffi, whose absence is the error of the logon.
 * @param wanted the value of the environment variable `WINRM_KERBEROS`; empty and `undefined` mean not set.
 * @param loads whether a package can be loaded. Default: tries it, once per process.
 * @throws WinrmError `WINRM_E_ARGUMENT` if `wanted` is neither of them.
 */
export function chooseKerberosLibrary(wanted: string | undefined, loads = loadsHere): KerberosLibrary {
  if (wanted === undefined || wanted === "") return !loads("koffi") && loads("kerberos") ? "kerberos" : "koffi";
  if (wanted === "koffi" || wanted === "kerberos") return wanted;
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    "environment variable WINRM_KERBEROS must be one of: koffi, kerberos; unset, it is koffi where that is installed",
  );
}

function loadsHere(library: KerberosLibrary): boolean {
  const known = loaded.get(library);
  if (known !== undefined) return known;
  let able = true;
  try {
    createRequire(__filename)(library);
  } catch {
    able = false;
  }
  loaded.set(library, able);
  return able;
}

/** A logon that is to be made with the npm package `kerberos`. */
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

/**
 * Refuses by name what the npm package `kerberos` cannot do, with the way out.
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` for the first such thing.
 */
export function refuseUnsupported(logon: NpmLogon): void {
  const limit = limitsOf(logon).find(({ applies }) => applies);
  if (limit === undefined) return;
  throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `The npm package kerberos cannot ${limit.cannot}.`, {
    remedy: `${limit.instead}; or use koffi, which can: npm install koffi, with WINRM_KERBEROS unset`,
  });
}
