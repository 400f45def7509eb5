import type { AuthSettings, ClientAuth, ServiceAuth } from "../../contract/auth-config";
import { type LeafValue, type LeafValues, type WinrmConfig, sameValue } from "../../host/config";

/** The settings of `AuthConfig`: what a program calls them, where the host keeps them, which policy may own them. */

/** A setting of `AuthConfig`: its argument, and its place on the host. */
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

/** The setting at a path below `winrm/config`, as a program writes it; the path itself if it is none of `AuthConfig`. */
export function propertyAt(path: string): string {
  const leaf = AUTH_LEAVES.find((one) => one.path === path);
  return leaf === undefined ? path : propertyOf(leaf);
}

/** The settings that are given, by path. */
export function leavesOf(settings: AuthSettings): LeafValues {
  const leaves = new Map<string, LeafValue>();
  for (const { side, property, path } of AUTH_LEAVES) {
    const value = (settings[side] as Partial<Record<string, LeafValue | null>> | undefined)?.[property];
    if (value !== undefined && value !== null) leaves.set(path, value);
  }
  return leaves;
}

/** The same in a program's terms; what has no value is left out. */
export function settingsOf(leaves: LeafValues): Required<AuthSettings> {
  const sides: Record<AuthLeaf["side"], Record<string, LeafValue>> = { service: {}, client: {} };
  for (const { side, property, path, kind } of AUTH_LEAVES) {
    const value = leaves.get(path);
    if (value !== undefined) sides[side][property] = kind === "flag" ? sameValue(value, true) : value;
  }
  return sides;
}

/** The settings of `AuthConfig` that the host shows. */
export function observedLeaves(observed: WinrmConfig): LeafValues {
  return new Map(
    AUTH_LEAVES.flatMap(({ path }) => {
      const found = observed.get(path);
      return found === undefined ? [] : [[path, found.value] as const];
    }),
  );
}
