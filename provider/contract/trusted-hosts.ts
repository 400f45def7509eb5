import { array, boolean, oneOf, string } from "./checks";
import { type SharedInputs, type SharedOutputs, resourceShape, shownStrings } from "./resource-shape";

/** `"entries"`: these are present, others are left alone. `"exclusive"`: exactly these. */
export type TrustedHostsMode = "entries" | "exclusive";

/** Arguments of `TrustedHosts`. */
export interface TrustedHostsInputs extends SharedInputs {
  /**
   * Hosts that the WinRM client on this host trusts without Kerberos or TLS: names, IPv4 addresses, `[IPv6]`
   * addresses, `*suffix`, `prefix*`, `<local>` (names without a dot), or `*` alone. Order and case do not matter.
   * @windows `winrm/config/client` `TrustedHosts`
   * @default Windows: empty
   * @unset required
   * @delete removes the entries that this resource added; in mode `"exclusive"` it restores the list from before the
   *   first apply, if it still is as last written
   */
  entries: string[];
  /**
   * `"entries"`: these are present, others are left alone. `"exclusive"`: exactly these.
   * @windows none
   * @default `"entries"`
   * @unset the default
   * @delete decides what is restored, see `entries`
   */
  mode?: TrustedHostsMode;
}

/** State of `TrustedHosts`. */
export interface TrustedHostsOutputs extends TrustedHostsInputs, SharedOutputs {
  /**
   * The whole list on the host.
   * @windows `winrm/config/client` `TrustedHosts`
   * @unset empty: the list is
   * @delete not used
   */
  effectiveEntries: string[];
  /**
   * Whether Group Policy owns the list.
   * @windows `winrm/config/client` `TrustedHosts`, marked `Source="GPO"`
   * @unset never
   * @delete not used: what Group Policy owns then is left as it is
   */
  policyOwned: boolean;
  /**
   * Mode `"entries"`: the entries that this resource added.
   * @windows in state only
   * @unset empty: all were there before
   * @delete removes them
   */
  addedEntries: string[];
  /**
   * Mode `"exclusive"`: the list before the first apply.
   * @windows in state only
   * @unset empty: it was, or the mode is `"entries"`
   * @delete restores it
   */
  priorEntries: string[];
  /**
   * Mode `"exclusive"`: the list after the last apply.
   * @windows in state only
   * @unset empty: it was, or the mode is `"entries"`
   * @delete restores only if the host still has it
   */
  appliedEntries: string[];
}

/** Arguments and outputs of `TrustedHosts`. */
export const TRUSTED_HOSTS = resourceShape<TrustedHostsInputs, TrustedHostsOutputs>({
  type: "TrustedHosts",
  arguments: { entries: array(string()), mode: oneOf("entries", "exclusive") },
  required: ["entries"],
  live: { entries: shownStrings },
  computed: {
    effectiveEntries: shownStrings,
    policyOwned: boolean(),
    addedEntries: shownStrings,
    priorEntries: shownStrings,
    appliedEntries: shownStrings,
  },
});
