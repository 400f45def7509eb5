import { boolean, forbidden, object, oneOf } from "./checks";
import {
  type SharedInputs,
  type SharedOutputs,
  flags,
  resourceShape,
  shownString,
  shownStrings,
} from "./resource-shape";

/** Levels of channel binding that the WinRM service can demand. */
export type CbtHardeningLevel = "None" | "Relaxed" | "Strict";

/**
 * Authentication of the host's WinRM **service**: who may log in to this host, and how.
 * An argument that is not set leaves that setting alone.
 */
export interface ServiceAuth {
  /**
   * Basic: user name and password, readable inside TLS. Windows admits local accounts only.
   * @windows `winrm/config/service/auth` `Basic`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  basic?: boolean;
  /**
   * Kerberos: tickets of the domain.
   * @windows `winrm/config/service/auth` `Kerberos`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  kerberos?: boolean;
  /**
   * Negotiate: Kerberos, or NTLM.
   * @windows `winrm/config/service/auth` `Negotiate`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  negotiate?: boolean;
  /**
   * Logon with client certificates over https; each needs a `CertMapping`.
   * @windows `winrm/config/service/auth` `Certificate`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  certificate?: boolean;
  /**
   * CredSSP: delegates the whole credential to the host.
   * @windows `winrm/config/service/auth` `CredSSP`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  credSSP?: boolean;
  /**
   * Accept messages over http that are not sealed.
   * @windows `winrm/config/service` `AllowUnencrypted`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  allowUnencrypted?: boolean;
  /**
   * What https logons must prove of their TLS channel: `"Strict"` refuses those without a channel binding token,
   * `"Relaxed"` those with a wrong one, `"None"` none.
   * @windows `winrm/config/service/auth` `CbtHardeningLevel`
   * @default Windows: `"Relaxed"`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  cbtHardeningLevel?: CbtHardeningLevel;
}

/**
 * Authentication of the WinRM **client** on this host: how it logs in to others.
 * An argument that is not set leaves that setting alone.
 */
export interface ClientAuth {
  /**
   * Basic towards other hosts.
   * @windows `winrm/config/client/auth` `Basic`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  basic?: boolean;
  /**
   * Digest towards other hosts. Only the client has it: the WinRM service does not support Digest.
   * @windows `winrm/config/client/auth` `Digest`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  digest?: boolean;
  /**
   * Kerberos towards other hosts.
   * @windows `winrm/config/client/auth` `Kerberos`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  kerberos?: boolean;
  /**
   * Negotiate towards other hosts.
   * @windows `winrm/config/client/auth` `Negotiate`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  negotiate?: boolean;
  /**
   * Client certificates towards other hosts.
   * @windows `winrm/config/client/auth` `Certificate`
   * @default Windows: `true`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  certificate?: boolean;
  /**
   * CredSSP towards other hosts: delegates the whole credential to them.
   * @windows `winrm/config/client/auth` `CredSSP`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  credSSP?: boolean;
  /**
   * Send messages over http that are not sealed.
   * @windows `winrm/config/client` `AllowUnencrypted`
   * @default Windows: `false`
   * @unset not managed
   * @delete restores the value from before the first apply
   */
  allowUnencrypted?: boolean;
}

/** Settings of the WinRM service and of the WinRM client on one host. */
export interface AuthSettings {
  /**
   * The WinRM service of the host (`winrm/config/service`). Unset: nothing of it is managed. Destroy restores what was
   * there before.
   */
  service?: ServiceAuth;
  /**
   * The WinRM client of the host (`winrm/config/client`). Unset: nothing of it is managed. Destroy restores what was
   * there before.
   */
  client?: ClientAuth;
}

/** Arguments of `AuthConfig`. */
export interface AuthConfigInputs extends SharedInputs, AuthSettings {
  /**
   * Go on although the change would lock out this connection or every administrator.
   * @windows none
   * @default `false`
   * @unset such a change is refused
   * @delete `true` lets it restore values that lock out; else they stay, with a warning
   */
  acceptLockout?: boolean;
}

/** State of `AuthConfig`. */
export interface AuthConfigOutputs extends AuthConfigInputs, SharedOutputs {
  /**
   * The effective value of every setting of both sides, managed or not.
   * @windows `winrm/config`
   * @unset never
   * @delete not used
   */
  effective: Required<AuthSettings>;
  /**
   * Settings that Group Policy owns, as arguments: `["client.digest"]`.
   * @windows `winrm/config`, marked `Source="GPO"`
   * @unset empty: Group Policy owns none
   * @delete not used: what Group Policy owns then is left as it is
   */
  policyOwned: string[];
  /**
   * Values before the first apply, where they differ from what was applied.
   * @windows in state only
   * @unset empty: nothing was changed
   * @delete restores them
   */
  priorValues: Required<AuthSettings>;
  /**
   * Values after the last apply, where they differ from the arguments.
   * @windows in state only
   * @unset empty: they are the arguments'
   * @delete restores only what still has them
   */
  appliedValues: Required<AuthSettings>;
}

const SERVICE_FLAGS = ["basic", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"];
const CLIENT_FLAGS = ["basic", "digest", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"];

/** Settings as state holds them. */
const recordedService = object({ ...flags(SERVICE_FLAGS), cbtHardeningLevel: shownString });
const recorded = object({ service: recordedService, client: object(flags(CLIENT_FLAGS)) });

/** Arguments and outputs of `AuthConfig`. */
export const AUTH_CONFIG = resourceShape<AuthConfigInputs, AuthConfigOutputs>({
  type: "AuthConfig",
  arguments: {
    service: object({
      ...flags(SERVICE_FLAGS),
      cbtHardeningLevel: oneOf("None", "Relaxed", "Strict"),
      digest: forbidden("the WinRM service does not support Digest; only the client side has it (client.digest)"),
    }),
    client: object({
      ...flags(CLIENT_FLAGS),
      cbtHardeningLevel: forbidden("only the service has it (service.cbtHardeningLevel)"),
    }),
    acceptLockout: boolean(),
  },
  live: { service: recordedService },
  computed: { effective: recorded, policyOwned: shownStrings, priorValues: recorded, appliedValues: recorded },
});
