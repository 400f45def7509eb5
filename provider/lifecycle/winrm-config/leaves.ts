import type { WinrmConfig } from "../../host/config";
import type { WantedLeaves } from "./diff";

/** The leaves of `AuthConfig`: what a program calls them, where the host keeps them, which policy may own them. */

/** Levels of channel binding that the WinRM service can demand. */
export type CbtHardeningLevel = "None" | "Relaxed" | "Strict";

/**
 * Authentication of the host's WinRM **service**: who may log in to this host, and how.
 * An argument that is not set leaves that setting alone.
 */
export interface ServiceAuth {
  /** `winrm/config/service/auth` `Basic`; Windows' default `false`. Local accounts only, password readable inside TLS. */
  basic?: boolean;
  /** `winrm/config/service/auth` `Kerberos`; Windows' default `true`. */
  kerberos?: boolean;
  /** `winrm/config/service/auth` `Negotiate` (Kerberos or NTLM); Windows' default `true`. */
  negotiate?: boolean;
  /** `winrm/config/service/auth` `Certificate`: logon with client certificates over https; Windows' default `false`. */
  certificate?: boolean;
  /** `winrm/config/service/auth` `CredSSP`: delegates the whole credential to the host; Windows' default `false`. */
  credSSP?: boolean;
  /** `winrm/config/service` `AllowUnencrypted`; Windows' default `false`. */
  allowUnencrypted?: boolean;
  /**
   * `winrm/config/service/auth` `CbtHardeningLevel`; Windows' default `"Relaxed"`. `"Strict"` refuses https logons
   * without a channel binding token, `"Relaxed"` those with a wrong one, `"None"` none.
   */
  cbtHardeningLevel?: CbtHardeningLevel;
}

/**
 * Authentication of the WinRM **client** on this host: how it logs in to others.
 * An argument that is not set leaves that setting alone.
 */
export interface ClientAuth {
  /** `winrm/config/client/auth` `Basic`; Windows' default `true`. */
  basic?: boolean;
  /** `winrm/config/client/auth` `Digest`; Windows' default `true`. Only the client has it. */
  digest?: boolean;
  /** `winrm/config/client/auth` `Kerberos`; Windows' default `true`. */
  kerberos?: boolean;
  /** `winrm/config/client/auth` `Negotiate`; Windows' default `true`. */
  negotiate?: boolean;
  /** `winrm/config/client/auth` `Certificate`; Windows' default `true`. */
  certificate?: boolean;
  /** `winrm/config/client/auth` `CredSSP`; Windows' default `false`. */
  credSSP?: boolean;
  /** `winrm/config/client` `AllowUnencrypted`; Windows' default `false`. */
  allowUnencrypted?: boolean;
}

/** Both sides. */
export interface AuthSettings {
  service?: ServiceAuth;
  client?: ClientAuth;
}

/** One leaf. */
export interface AuthLeaf {
  readonly side: "service" | "client";
  readonly property: keyof ServiceAuth | keyof ClientAuth;
  /** Path below `winrm/config`. */
  readonly path: string;
  readonly kind: "flag" | "level";
  /** Value below `HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM` that owns the leaf; none exists for certificates. */
  readonly policyValue?: string;
}

/** Every leaf, in the host's own order within each resource. */
export const AUTH_LEAVES: readonly AuthLeaf[] = [
  leaf("client", "allowUnencrypted", "client/AllowUnencrypted", "Client\\AllowUnencryptedTraffic"),
  leaf("client", "basic", "client/auth/Basic", "Client\\AllowBasic"),
  leaf("client", "digest", "client/auth/Digest", "Client\\AllowDigest"),
  leaf("client", "kerberos", "client/auth/Kerberos", "Client\\AllowKerberos"),
  leaf("client", "negotiate", "client/auth/Negotiate", "Client\\AllowNegotiate"),
  leaf("client", "certificate", "client/auth/Certificate"),
  leaf("client", "credSSP", "client/auth/CredSSP", "Client\\AllowCredSSP"),
  leaf("service", "allowUnencrypted", "service/AllowUnencrypted", "Service\\AllowUnencryptedTraffic"),
  leaf("service", "basic", "service/auth/Basic", "Service\\AllowBasic"),
  leaf("service", "kerberos", "service/auth/Kerberos", "Service\\AllowKerberos"),
  leaf("service", "negotiate", "service/auth/Negotiate", "Service\\AllowNegotiate"),
  leaf("service", "certificate", "service/auth/Certificate"),
  leaf("service", "credSSP", "service/auth/CredSSP", "Service\\AllowCredSSP"),
  {
    ...leaf("service", "cbtHardeningLevel", "service/auth/CbtHardeningLevel", "Service\\CbtHardeningLevel"),
    kind: "level",
  },
];

function leaf(side: AuthLeaf["side"], property: AuthLeaf["property"], path: string, policyValue?: string): AuthLeaf {
  return { side, property, path, kind: "flag", ...(policyValue === undefined ? {} : { policyValue }) };
}

/** `service.basic`: the leaf as a program writes it. */
export function propertyOf({ side, property }: AuthLeaf): string {
  return `${side}.${property}`;
}

/** The leaves that are set, as the host writes them. */
export function wantedLeaves(settings: AuthSettings): WantedLeaves {
  const wanted = new Map<string, string>();
  for (const { side, property, path } of AUTH_LEAVES) {
    const value = (settings[side] as Partial<Record<string, boolean | string | null>> | undefined)?.[property];
    if (value !== undefined && value !== null) wanted.set(path, String(value));
  }
  return wanted;
}

/** Settings from leaves, in a program's terms; leaves without a value are left out. */
export function settingsFrom(leaves: ReadonlyMap<string, string>): Required<AuthSettings> {
  const sides: Record<AuthLeaf["side"], Record<string, boolean | string>> = { service: {}, client: {} };
  for (const { side, property, path, kind } of AUTH_LEAVES) {
    const value = leaves.get(path);
    if (value !== undefined) sides[side][property] = kind === "flag" ? value.toLowerCase() === "true" : value;
  }
  return sides;
}

/** The values of all leaves of `AuthConfig` that the host shows. */
export function observedLeaves(observed: WinrmConfig): Map<string, string> {
  return new Map(
    AUTH_LEAVES.flatMap(({ path }) => {
      const found = observed.get(path);
      return found === undefined ? [] : [[path, found.value] as const];
    }),
  );
}
