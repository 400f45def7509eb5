import type * as pulumi from "@pulumi/pulumi";
import { TRUSTED_HOSTS, type TrustedHostsInputs, type TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { Inputs } from "./inputs";
import { type OutputsOf, WinrmResource } from "./winrm-resource";

/** Arguments of `TrustedHosts`. */
export type TrustedHostsArgs = Inputs<TrustedHostsInputs>;

/**
 * The hosts that the WinRM client **on this host** trusts without Kerberos or TLS (`winrm/config/client` TrustedHosts).
 * It never affects who may connect to this host.
 *
 * By default the entries given are present and others are left alone; destroy removes those that this resource added.
 *
 * ```ts
 * new TrustedHosts("jump01", {
 *   connection: { host: "jump01.corp.example.com" },
 *   entries: ["lab-01", "*.lab.example.com"],
 * });
 * ```
 */
export class TrustedHosts extends WinrmResource {
  constructor(name: string, args: TrustedHostsArgs, opts?: pulumi.CustomResourceOptions) {
    super(TRUSTED_HOSTS, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: Omit<TrustedHostsArgs, "entries">, opts?: pulumi.CustomResourceOptions): TrustedHosts {
    return new TrustedHosts(name, { entries: [], mode: "exclusive", ...args }, { ...opts, id: "winrm/trustedhosts" });
  }
}

/** Its outputs. */
export interface TrustedHosts extends OutputsOf<TrustedHostsOutputs> {}
