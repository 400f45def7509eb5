import type * as pulumi from "@pulumi/pulumi";
import { AUTH_CONFIG, type AuthConfigInputs, type AuthConfigOutputs } from "../../contract/auth-config";
import type { Inputs } from "./inputs";
import { WinrmResource } from "./winrm-resource";

/** Arguments of `AuthConfig`. An argument that is not set leaves that setting alone. */
export type AuthConfigArgs = Inputs<AuthConfigInputs>;

/**
 * The authentication options of a Windows host: which ways of logging in its WinRM service accepts, and which its WinRM
 * client uses towards others (`winrm/config/service`, `winrm/config/client` and their `auth`).
 *
 * The first apply adopts what is there: it records the prior values and writes only the leaves that differ. Changes that
 * would lock out the connection that makes them, or every administrator, are refused. Destroy puts back the prior values
 * where the host still has what was last written.
 *
 * ```ts
 * new AuthConfig("web01", {
 *   connection: { host: "web01.corp.example.com" },
 *   service: { basic: false, cbtHardeningLevel: "Strict" },
 *   client: { digest: false },
 * });
 * ```
 */
export class AuthConfig extends WinrmResource {
  /** The host and how to log in to it; secrets stay references or secrets. */
  declare readonly connection: pulumi.Output<AuthConfigOutputs["connection"]>;
  /** Managed settings of the WinRM service (`winrm/config/service`); unset ones are left as they are. */
  declare readonly service: pulumi.Output<AuthConfigOutputs["service"]>;
  /** Managed settings of the WinRM client on that host (`winrm/config/client`); unset ones are left as they are. */
  declare readonly client: pulumi.Output<AuthConfigOutputs["client"]>;
  /**
   * The effective value of every setting of both sides, managed or not.
   * @windows `winrm/config`
   * @unset never
   * @delete not used
   */
  declare readonly effective: pulumi.Output<AuthConfigOutputs["effective"]>;
  /**
   * Settings that Group Policy owns, as arguments: `["client.digest"]`.
   * @windows `winrm/config`, marked `Source="GPO"`
   * @unset empty: Group Policy owns none
   * @delete not used: what Group Policy owns then is left as it is
   */
  declare readonly policyOwned: pulumi.Output<AuthConfigOutputs["policyOwned"]>;
  /**
   * Values before the first apply, where they differ from what was applied.
   * @windows in state only
   * @unset empty: nothing was changed
   * @delete restores them
   */
  declare readonly priorValues: pulumi.Output<AuthConfigOutputs["priorValues"]>;
  /**
   * Values after the last apply, where they differ from the arguments.
   * @windows in state only
   * @unset empty: they are the arguments'
   * @delete restores only what still has them
   */
  declare readonly appliedValues: pulumi.Output<AuthConfigOutputs["appliedValues"]>;

  constructor(name: string, args: AuthConfigArgs, opts?: pulumi.CustomResourceOptions) {
    super(AUTH_CONFIG, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: AuthConfigArgs, opts?: pulumi.CustomResourceOptions): AuthConfig {
    return new AuthConfig(name, args, { ...opts, id: "winrm/auth" });
  }
}
