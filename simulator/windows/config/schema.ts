/**
 * The `winrm/config` tree: which leaves exist, their types, defaults and limits, in the order in which a recent
 * Windows lists them. Source [MS-WSMV] 2.2.4 and Microsoft's "Installation and configuration for WinRM"; what those
 * leave open is marked as assumed (upper-limits).
 */

import type { FaultName } from "../../wsman/fault-table";
import { isCertificateThumbprint, isIpFilter, isSecurityDescriptor, isTrustedHosts, isUrlPrefix } from "./grammar";

/** What a leaf holds. All values are strings on the wire. */
export type LeafType =
  | { readonly kind: "boolean" }
  | { readonly kind: "uint"; readonly min: number; readonly max: number }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "string"; readonly accepts: (text: string, leaf: string) => boolean };

/** One setting. */
export interface Leaf {
  readonly name: string;
  readonly type: LeafType;
  /** Windows' default, as written on the wire. */
  readonly default: string;
  /** `read-only` and `deprecated` leaves take their own value back, and nothing else. */
  readonly access: "writable" | "read-only" | "deprecated";
  /** An administrative template exists that sets this leaf by Group Policy. */
  readonly policy: boolean;
  /** The fault for a value of the right type that is not allowed. */
  readonly invalid: FaultName;
}

/** A node of the tree; `""` is the segment of the root. */
export interface Container {
  /** Local name of the element. */
  readonly name: string;
  /** Lower-case path from the root, `/` between segments: `service/auth`. */
  readonly path: string;
  /** A Put on this resource exists. */
  readonly puttable: boolean;
  readonly children: readonly (Leaf | Container)[];
}

const UINT_MAX = 4294967295;
const INT_MAX = 2147483647;

function leaf(name: string, type: LeafType, value: string, over: Partial<Leaf> = {}): Leaf {
  return { name, type, default: value, access: "writable", policy: false, invalid: "invalidValues", ...over };
}

function flag(name: string, value: boolean, over: Partial<Leaf> = {}): Leaf {
  return leaf(name, { kind: "boolean" }, String(value), over);
}

function uint(name: string, value: number, range: { min?: number; max?: number }, over: Partial<Leaf> = {}): Leaf {
  return leaf(name, { kind: "uint", min: 0, max: UINT_MAX, ...range }, String(value), over);
}

function text(
  name: string,
  value: string,
  accepts: (text: string, leaf: string) => boolean,
  over: Partial<Leaf>,
): Leaf {
  return leaf(name, { kind: "string", accepts }, value, over);
}

const POLICY = { policy: true } as const;
const PORT = { min: 1, max: 65535 } as const;

const CLIENT_AUTH: Container = {
  name: "Auth",
  path: "client/auth",
  puttable: true,
  children: [
    flag("Basic", true, POLICY),
    flag("Digest", true, POLICY),
    flag("Kerberos", true, POLICY),
    flag("Negotiate", true, POLICY),
    flag("Certificate", true),
    flag("CredSSP", false, POLICY),
  ],
};

const CLIENT: Container = {
  name: "Client",
  path: "client",
  puttable: true,
  children: [
    uint("NetworkDelayms", 5000, { min: 500 }),
    text("URLPrefix", "wsman", isUrlPrefix, {}),
    flag("AllowUnencrypted", false, POLICY),
    CLIENT_AUTH,
    {
      name: "DefaultPorts",
      path: "client/defaultports",
      puttable: true,
      children: [uint("HTTP", 5985, PORT, { invalid: "port" }), uint("HTTPS", 5986, PORT, { invalid: "port" })],
    },
    text("TrustedHosts", "", isTrustedHosts, { policy: true, invalid: "trustedHosts" }),
  ],
};

const SERVICE_AUTH: Container = {
  name: "Auth",
  path: "service/auth",
  puttable: true,
  children: [
    flag("Basic", false, POLICY),
    flag("Kerberos", true, POLICY),
    flag("Negotiate", true, POLICY),
    flag("Certificate", false),
    flag("CredSSP", false, POLICY),
    leaf("CbtHardeningLevel", { kind: "choice", values: ["None", "Relaxed", "Strict"] }, "Relaxed", {
      policy: true,
      invalid: "cbtHardening",
    }),
  ],
};

const SERVICE: Container = {
  name: "Service",
  path: "service",
  puttable: true,
  children: [
    text("RootSDDL", "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)", isSecurityDescriptor, {
      invalid: "securityDescriptor",
    }),
    uint("MaxConcurrentOperations", UINT_MAX, {}, { access: "deprecated" }),
    uint("MaxConcurrentOperationsPerUser", 1500, {}),
    uint("EnumerationTimeoutms", 240000, { min: 500 }),
    uint("MaxConnections", 300, {}),
    uint("MaxPacketRetrievalTimeSeconds", 120, {}),
    flag("AllowUnencrypted", false, POLICY),
    SERVICE_AUTH,
    {
      name: "DefaultPorts",
      path: "service/defaultports",
      puttable: false,
      children: [
        uint("HTTP", 5985, PORT, { access: "read-only", invalid: "port" }),
        uint("HTTPS", 5986, PORT, { access: "read-only", invalid: "port" }),
      ],
    },
    text("IPv4Filter", "*", isIpFilter, { policy: true, invalid: "ipFilter" }),
    text("IPv6Filter", "*", isIpFilter, { policy: true, invalid: "ipFilter" }),
    flag("EnableCompatibilityHttpListener", false, POLICY),
    flag("EnableCompatibilityHttpsListener", false, POLICY),
    text("CertificateThumbprint", "", isCertificateThumbprint, {}),
    flag("AllowRemoteAccess", true, { policy: true, access: "read-only" }),
  ],
};

const WINRS: Container = {
  name: "Winrs",
  path: "winrs",
  puttable: true,
  children: [
    flag("AllowRemoteShellAccess", true, POLICY),
    uint("IdleTimeout", 7200000, { max: INT_MAX }, POLICY),
    uint("MaxConcurrentUsers", 10, { min: 1, max: INT_MAX }, POLICY),
    uint("MaxShellRunTime", INT_MAX, { max: INT_MAX }, { access: "deprecated" }),
    uint("MaxProcessesPerShell", 25, { max: INT_MAX }, POLICY),
    uint("MaxMemoryPerShellMB", 1024, { max: INT_MAX }, POLICY),
    uint("MaxShellsPerUser", 30, { max: INT_MAX }, POLICY),
  ],
};

/** The whole tree. */
export const CONFIG_TREE: Container = {
  name: "Config",
  path: "",
  puttable: true,
  children: [
    uint("MaxEnvelopeSizekb", 500, { min: 32, max: 1039440 }),
    uint("MaxTimeoutms", 60000, { min: 500 }),
    uint("MaxBatchItems", 32000, { min: 1 }),
    uint("MaxProviderRequests", UINT_MAX, {}, { access: "deprecated" }),
    CLIENT,
    SERVICE,
    WINRS,
  ],
};

/** True for a container. */
export function isContainer(node: Leaf | Container): node is Container {
  return "children" in node;
}

/** The path of a leaf: `service/auth/Basic`. */
export function leafPath(container: Container, leafName: string): string {
  return container.path === "" ? leafName : `${container.path}/${leafName}`;
}

/** Every leaf with its path, in wire order. */
export function allLeaves(container: Container = CONFIG_TREE): (readonly [string, Leaf])[] {
  return container.children.flatMap((node) =>
    isContainer(node) ? allLeaves(node) : [[leafPath(container, node.name), node] as const],
  );
}

/** Every container, the root first. */
export function allContainers(container: Container = CONFIG_TREE): Container[] {
  return [container, ...container.children.filter(isContainer).flatMap(allContainers)];
}
