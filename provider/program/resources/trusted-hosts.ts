import type * as pulumi from "@pulumi/pulumi";
import { TRUSTED_HOSTS, type TrustedHostsInputs, type TrustedHostsOutputs } from "../../contract/trusted-hosts";
import type { Inputs } from "./inputs";
import { WinrmResource } from "./winrm-resource";

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
  /** The host and how to log in to it; secrets stay references or secrets. */
  declare readonly connection: pulumi.Output<TrustedHostsOutputs["connection"]>;
  /** The entries that the program names. */
  declare readonly entries: pulumi.Output<TrustedHostsOutputs["entries"]>;
  /** `"entries"` (default) adds these and leaves others; `"exclusive"` makes them the whole list. */
  declare readonly mode: pulumi.Output<TrustedHostsOutputs["mode"]>;
  /** The whole list that the host has. */
  declare readonly effectiveEntries: pulumi.Output<TrustedHostsOutputs["effectiveEntries"]>;
  /** Group Policy owns the list. */
  declare readonly policyOwned: pulumi.Output<TrustedHostsOutputs["policyOwned"]>;
  /** Mode `"exclusive"`: the list before the first apply. */
  declare readonly priorEntries: pulumi.Output<TrustedHostsOutputs["priorEntries"]>;
  /** Entries that this resource added in mode `"entries"`. */
  declare readonly addedEntries: pulumi.Output<TrustedHostsOutputs["addedEntries"]>;
  /** Mode `"exclusive"`: the list after the last apply. */
  declare readonly appliedEntries: pulumi.Output<TrustedHostsOutputs["appliedEntries"]>;

  constructor(name: string, args: TrustedHostsArgs, opts?: pulumi.CustomResourceOptions) {
    super(TRUSTED_HOSTS, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: Omit<TrustedHostsArgs, "entries">, opts?: pulumi.CustomResourceOptions): TrustedHosts {
    return new TrustedHosts(name, { entries: [], mode: "exclusive", ...args }, { ...opts, id: "winrm/trustedhosts" });
  }
}
