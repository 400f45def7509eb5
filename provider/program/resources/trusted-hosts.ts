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
  /**
   * The whole list on the host.
   * @windows `winrm/config/client` `TrustedHosts`
   * @unset empty: the list is
   * @delete not used
   */
  declare readonly effectiveEntries: pulumi.Output<TrustedHostsOutputs["effectiveEntries"]>;
  /**
   * Whether Group Policy owns the list.
   * @windows `winrm/config/client` `TrustedHosts`, marked `Source="GPO"`
   * @unset never
   * @delete not used: what Group Policy owns then is left as it is
   */
  declare readonly policyOwned: pulumi.Output<TrustedHostsOutputs["policyOwned"]>;
  /**
   * Mode `"exclusive"`: the list before the first apply.
   * @windows in state only
   * @unset empty: it was, or the mode is `"entries"`
   * @delete restores it
   */
  declare readonly priorEntries: pulumi.Output<TrustedHostsOutputs["priorEntries"]>;
  /**
   * Mode `"entries"`: the entries that this resource added.
   * @windows in state only
   * @unset empty: all were there before
   * @delete removes them
   */
  declare readonly addedEntries: pulumi.Output<TrustedHostsOutputs["addedEntries"]>;
  /**
   * Mode `"exclusive"`: the list after the last apply.
   * @windows in state only
   * @unset empty: it was, or the mode is `"entries"`
   * @delete restores only if the host still has it
   */
  declare readonly appliedEntries: pulumi.Output<TrustedHostsOutputs["appliedEntries"]>;

  constructor(name: string, args: TrustedHostsArgs, opts?: pulumi.CustomResourceOptions) {
    super(TRUSTED_HOSTS, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: Omit<TrustedHostsArgs, "entries">, opts?: pulumi.CustomResourceOptions): TrustedHosts {
    return new TrustedHosts(name, { entries: [], mode: "exclusive", ...args }, { ...opts, id: "winrm/trustedhosts" });
  }
}
