import { boolean, forbidden, object, oneOf } from "./checks";
import {
  type SharedInputs,
  type SharedOutputs,
  flags,
  resourceShape,
  shownString,
  shownStrings,
} from "./resource-shape";

/** `AuthConfig`: authentication options of a host's WinRM service and client. */

/** Levels of channel binding that the WinRM service can demand. */
export type CbtHardeningLevel = "None" | "Relaxed" | "Strict";

/**
 * Authentication of the host's WinRM **service**: who may log in to this host, and how.
 * An argument that is not set leaves that setting alone.
 */
export interface ServiceAuth {
  /** `winrm/config/service/auth` `Basic`; Windows' default `false`. Local accounts only, password readable inside TLS. */
  basic?: boolean;
  /** `winrm/config/service/auth` `Kerberos`; Windows' default `true`. */
  kerberos?: boolean;
  /** `winrm/config/service/auth` `Negotiate` (Kerberos or NTLM); Windows' default `true`. */
  negotiate?: boolean;
  /** `winrm/config/service/auth` `Certificate`: logon with client certificates over https; Windows' default `false`. */
  certificate?: boolean;
  /** `winrm/config/service/auth` `CredSSP`: delegates the whole credential to the host; Windows' default `false`. */
  credSSP?: boolean;
  /** `winrm/config/service` `AllowUnencrypted`; Windows' default `false`. */
  allowUnencrypted?: boolean;
  /**
   * `winrm/config/service/auth` `CbtHardeningLevel`; Windows' default `"Relaxed"`. `"Strict"` refuses https logons
   * without a channel binding token, `"Relaxed"` those with a wrong one, `"None"` none.
   */
  cbtHardeningLevel?: CbtHardeningLevel;
}

/**
 * Authentication of the WinRM **client** on this host: how it logs in to others.
 * An argument that is not set leaves that setting alone.
 */
export interface ClientAuth {
  /** `winrm/config/client/auth` `Basic`; Windows' default `true`. */
  basic?: boolean;
  /** `winrm/config/client/auth` `Digest`; Windows' default `true`. Only the client has it. */
  digest?: boolean;
  /** `winrm/config/client/auth` `Kerberos`; Windows' default `true`. */
  kerberos?: boolean;
  /** `winrm/config/client/auth` `Negotiate`; Windows' default `true`. */
  negotiate?: boolean;
  /** `winrm/config/client/auth` `Certificate`; Windows' default `true`. */
  certificate?: boolean;
  /** `winrm/config/client/auth` `CredSSP`; Windows' default `false`. */
  credSSP?: boolean;
  /** `winrm/config/client` `AllowUnencrypted`; Windows' default `false`. */
  allowUnencrypted?: boolean;
}

/** Both sides. */
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
  /** Go on although the change would lock out this connection or every administrator. Default `false`. */
  acceptLockout?: boolean;
}

/** State of `AuthConfig`. */
export interface AuthConfigOutputs extends AuthConfigInputs, SharedOutputs {
  /** The effective value of every leaf of both sides, managed or not. */
  effective: Required<AuthSettings>;
  /** Leaves that Group Policy owns, as arguments: `service.basic`. */
  policyOwned: string[];
  /** What managed leaves had before the first apply, where that is not what was applied. Destroy puts it back. */
  priorValues: Required<AuthSettings>;
  /**
   * What managed leaves had after the last apply, where that is not the argument: a refresh found something else since,
   * or Group Policy owns the leaf. Destroy restores only a leaf that still has what was applied.
   */
  appliedValues: Required<AuthSettings>;
}

const SERVICE_FLAGS = ["basic", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"];
const CLIENT_FLAGS = ["basic", "digest", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"];
const LEVEL = oneOf("None", "Relaxed", "Strict");

/** Settings as state holds them. */
const recorded = object({
  service: object({ ...flags(SERVICE_FLAGS), cbtHardeningLevel: shownString }),
  client: object(flags(CLIENT_FLAGS)),
});

/** Arguments and outputs of `AuthConfig`. */
export const AUTH_CONFIG = resourceShape<AuthConfigInputs, AuthConfigOutputs>({
  type: "AuthConfig",
  arguments: {
    service: object({
      ...flags(SERVICE_FLAGS),
      cbtHardeningLevel: LEVEL,
      digest: forbidden("the WinRM service does not support Digest; only the client side has it (client.digest)"),
    }),
    client: object({
      ...flags(CLIENT_FLAGS),
      cbtHardeningLevel: forbidden("only the service has it (service.cbtHardeningLevel)"),
    }),
    acceptLockout: boolean(),
  },
  live: {
    service: object({ ...flags(SERVICE_FLAGS), cbtHardeningLevel: shownString }),
  },
  computed: { effective: recorded, policyOwned: shownStrings, priorValues: recorded, appliedValues: recorded },
});
