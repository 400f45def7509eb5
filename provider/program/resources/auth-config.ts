import type * as pulumi from "@pulumi/pulumi";
import { AUTH_CONFIG, type AuthConfigInputs, type AuthConfigOutputs } from "../../contract/auth-config";
import type { Inputs } from "./inputs";
import { type OutputsOf, WinrmResource } from "./winrm-resource";

/** Arguments of `AuthConfig`. An argument that is not set leaves that setting alone. */
export type AuthConfigArgs = Inputs<AuthConfigInputs>;

/**
 * The authentication options of a Windows host: which ways of logging in its WinRM service accepts, and which its WinRM
 * client uses towards others (`winrm/config/service`, `winrm/config/client` and their `auth`).
 *
 * The first apply adopts what is there: it records the prior values and writes only the leaves that differ. Changes that
 * would lock out the connection that makes them, or every administrator, are refused. Destroy restores the prior values
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
  constructor(name: string, args: AuthConfigArgs, opts?: pulumi.CustomResourceOptions) {
    super(AUTH_CONFIG, name, args, opts);
  }

  /** Reads a host without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: AuthConfigArgs, opts?: pulumi.CustomResourceOptions): AuthConfig {
    return new AuthConfig(name, args, { ...opts, id: "winrm/auth" });
  }
}

/** Its outputs. */
export interface AuthConfig extends OutputsOf<AuthConfigOutputs> {}
