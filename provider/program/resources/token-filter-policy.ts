import type * as pulumi from "@pulumi/pulumi";
import {
  TOKEN_FILTER_POLICY,
  type TokenFilterPolicyInputs,
  type TokenFilterPolicyOutputs,
} from "../../contract/token-filter-policy";
import type { Inputs } from "./inputs";
import { type OutputsOf, WinrmResource } from "./winrm-resource";

/** Arguments of `TokenFilterPolicy`. */
export type TokenFilterPolicyArgs = Inputs<TokenFilterPolicyInputs>;

/**
 * Remote UAC: whether local administrators keep their full token when they log in over the network
 * (`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, `LocalAccountTokenFilterPolicy`; a fresh Windows does
 * not have the value). It takes effect with the next logon; no restart is needed. Domain accounts are not filtered.
 *
 * Destroy restores what the host had before the first apply, absence included, if the host still has what was applied.
 *
 * ```ts
 * new TokenFilterPolicy("web01", {
 *   connection: { host: "web01.corp.example.com" },
 *   localAccountTokenFilterPolicy: 1,
 * });
 * ```
 */
export class TokenFilterPolicy extends WinrmResource {
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

/** Its outputs. */
export interface TokenFilterPolicy extends OutputsOf<TokenFilterPolicyOutputs> {}
