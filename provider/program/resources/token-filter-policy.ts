import type * as pulumi from "@pulumi/pulumi";
import {
  TOKEN_FILTER_POLICY,
  type TokenFilterPolicyInputs,
  type TokenFilterPolicyOutputs,
} from "../../contract/token-filter-policy";
import type { Inputs } from "./inputs";
import { WinrmResource } from "./winrm-resource";

/** Arguments of `TokenFilterPolicy`. */
export type TokenFilterPolicyArgs = Inputs<TokenFilterPolicyInputs>;

/**
 * Remote UAC: whether local administrators keep their full token when they log in over the network
 * (`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, `LocalAccountTokenFilterPolicy`; a fresh Windows does
 * not have the value). It takes effect with the next logon; no restart is needed. Domain accounts are not filtered.
 *
 * Destroy puts back what the host had before the first apply, absence included, if the host still has what was applied.
 *
 * ```ts
 * new TokenFilterPolicy("web01", {
 *   connection: { host: "web01.corp.example.com" },
 *   localAccountTokenFilterPolicy: 1,
 * });
 * ```
 */
export class TokenFilterPolicy extends WinrmResource {
  /** The host and how to log in to it; secrets stay references or secrets. */
  declare readonly connection: pulumi.Output<TokenFilterPolicyOutputs["connection"]>;
  /** The wanted value: 0, 1 or `"absent"`, as the program has it. */
  declare readonly localAccountTokenFilterPolicy: pulumi.Output<
    TokenFilterPolicyOutputs["localAccountTokenFilterPolicy"]
  >;
  /**
   * What the host has: a number, `absent`, or type and data of a value that is not a `REG_DWORD` (`REG_SZ "1"`).
   * @windows `LocalAccountTokenFilterPolicy`
   * @unset never
   * @delete not used
   */
  declare readonly effectiveValue: pulumi.Output<TokenFilterPolicyOutputs["effectiveValue"]>;
  /**
   * Who can administer the host over the network, in words.
   * @windows from `LocalAccountTokenFilterPolicy`, `FilterAdministratorToken` and `EnableLUA`
   * @unset never
   * @delete not used
   */
  declare readonly meaning: pulumi.Output<TokenFilterPolicyOutputs["meaning"]>;
  /**
   * The value before the first apply.
   * @windows in state only
   * @unset never; `absent` is a value
   * @delete restores it
   */
  declare readonly priorValue: pulumi.Output<TokenFilterPolicyOutputs["priorValue"]>;
  /**
   * The value after the last apply.
   * @windows in state only
   * @unset never; `absent` is a value
   * @delete restores only if the host still has it
   */
  declare readonly appliedValue: pulumi.Output<TokenFilterPolicyOutputs["appliedValue"]>;

  constructor(name: string, args: TokenFilterPolicyArgs, opts?: pulumi.CustomResourceOptions) {
    super(TOKEN_FILTER_POLICY, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(
    name: string,
    args: Omit<TokenFilterPolicyArgs, "localAccountTokenFilterPolicy">,
    opts?: pulumi.CustomResourceOptions,
  ): TokenFilterPolicy {
    const id = "winrm/tokenfilterpolicy";
    return new TokenFilterPolicy(name, { localAccountTokenFilterPolicy: "absent", ...args }, { ...opts, id });
  }
}
