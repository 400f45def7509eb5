import { type Check, object } from "../checks";
import type { Connection, SecretValue } from "./connection";
import { SETTING_CHECKS } from "./connection-settings";

/** Defaults of one site: what an explicit provider gives to the resources that use it. */
export interface ProviderSettings {
  /** As `connection.auth.username`. */
  username?: string;
  /** As `connection.auth.password`: a secret, best as a reference. */
  password?: SecretValue;
  /** As `connection.auth.certificatePem`. */
  certificatePem?: SecretValue;
  /** As `connection.auth.privateKeyPem`: a secret, best as a reference. */
  privateKeyPem?: SecretValue;
  /** As `connection.auth.pfx`: a secret, best as a reference. */
  pfx?: SecretValue;
  /** As `connection.auth.passphrase`: a secret, best as a reference. */
  passphrase?: SecretValue;
  /** As `connection.auth.method`. */
  method?: NonNullable<Connection["auth"]>["method"];
  /** As `connection.transport`. */
  transport?: "https" | "http";
  /** As `connection.port`. */
  port?: number;
  /** As `connection.path`. */
  path?: string;
  /** As `connection.tls.ca`: PEM of the authorities to trust instead of the system's. */
  ca?: SecretValue;
  /** As `connection.timeouts.connectSeconds`. */
  connectSeconds?: number;
  /** As `connection.proxy`: a secret where it is a URL by value. */
  proxy?: SecretValue | false;
  /** As `connection.timeouts.operationSeconds`. */
  operationSeconds?: number;
  /** As `connection.timeouts.totalSeconds`. */
  totalSeconds?: number;
  /**
   * Hosts that the runner trusts over http without Kerberos; patterns as those of `TrustedHosts`.
   * @default `winrm:trustedHosts`, `WINRM_TRUSTED_HOSTS`, then none
   */
  trustedHosts?: string[];
  /** As `connection.preflight`. */
  preflight?: "error" | "warn" | "off";
  /**
   * As `confirm` of the resources, for those that do not have it: 60 to 600 seconds, or `false`.
   * @default `winrm:confirm`, `WINRM_CONFIRM`, then `120`
   */
  confirm?: number | false;
}

/** The compiler demands a row of the table for each of them, and a test the reverse. */
const CHECKS: Readonly<Record<keyof ProviderSettings, Check>> = SETTING_CHECKS;

/** Checks the whole argument of an explicit provider; its property paths are the names of the settings. */
export const checkProviderSettings: Check = object(CHECKS);
