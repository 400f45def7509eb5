import { type Check, boolean, plain } from "./checks";
import { type SharedInputs, type SharedOutputs, resourceShape, shownString } from "./resource-shape";

/** A value that can be written: a DWORD, or none. */
export type PolicyValue = number | "absent";

/** Arguments of `TokenFilterPolicy`. */
export interface TokenFilterPolicyInputs extends SharedInputs {
  /**
   * `1`: local administrators get their full token over the network. `0` or `"absent"`: remote UAC filters it,
   * except for the built-in Administrator. `"absent"` deletes the value.
   * @windows `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System` `LocalAccountTokenFilterPolicy`
   *   (`REG_DWORD`)
   * @default Windows: `absent`; `winrm quickconfig` sets `1` in a workgroup
   * @unset required
   * @delete restores the value from before the first apply, absence included, if the host still has what was last
   *   written
   */
  localAccountTokenFilterPolicy: 0 | 1 | "absent";
  /**
   * Go on although the change would lock out this connection.
   * @windows none
   * @default `false`
   * @unset such a change is refused
   * @delete `true` lets it restore a value that locks out; else it stays, with a warning
   */
  acceptLockout?: boolean;
}

/** State of `TokenFilterPolicy`. */
export interface TokenFilterPolicyOutputs extends TokenFilterPolicyInputs, SharedOutputs {
  /**
   * What the host has: a number, `absent`, or type and data of a value that is not a `REG_DWORD` (`REG_SZ "1"`).
   * @windows `LocalAccountTokenFilterPolicy`
   * @unset never
   * @delete not used
   */
  effectiveValue: number | string;
  /**
   * Who can administer the host over the network, in words.
   * @windows from `LocalAccountTokenFilterPolicy`, `FilterAdministratorToken` and `EnableLUA`
   * @unset never
   * @delete not used
   */
  meaning: string;
  /**
   * The value before the first apply.
   * @windows in state only
   * @unset never; `absent` is a value
   * @delete restores it
   */
  priorValue: PolicyValue;
  /**
   * The value after the last apply.
   * @windows in state only
   * @unset never; `absent` is a value
   * @delete restores only if the host still has it
   */
  appliedValue: PolicyValue;
}

const VALUES = [0, 1, "absent"];
const checkValue = plain('0, 1 or "absent"', (value) => VALUES.some((one) => one === value), VALUES);

const shownValue: Check = (value, property) => (typeof value === "number" ? [] : shownString(value, property));
const recorded: Check = (value, property) =>
  typeof value === "number" || value === "absent" ? [] : [{ property, reason: 'must be a number or "absent"' }];

/** Arguments and outputs of `TokenFilterPolicy`. */
export const TOKEN_FILTER_POLICY = resourceShape<TokenFilterPolicyInputs, TokenFilterPolicyOutputs>({
  type: "TokenFilterPolicy",
  arguments: { localAccountTokenFilterPolicy: checkValue, acceptLockout: boolean() },
  required: ["localAccountTokenFilterPolicy"],
  live: { localAccountTokenFilterPolicy: shownValue },
  computed: {
    effectiveValue: shownValue,
    meaning: shownString,
    priorValue: recorded,
    appliedValue: recorded,
  },
});
