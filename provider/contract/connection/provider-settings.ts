import { type Check, object } from "../checks";
import type { Auth, Connection, Timeouts, Tls } from "./connection";
import { SETTINGS, type SettingRow } from "./connection-settings";

/** Settings of a connection that a site can have a default for. */
type SiteDefaults = Pick<
  Auth,
  "method" | "username" | "password" | "certificatePem" | "privateKeyPem" | "pfx" | "passphrase"
> &
  Pick<Tls, "ca"> &
  Pick<Timeouts, "connectSeconds" | "operationSeconds" | "totalSeconds"> &
  Pick<Connection, "transport" | "port" | "path" | "proxy" | "preflight">;

/** Defaults of one site: what an explicit provider gives to the resources that use it. */
export interface ProviderSettings extends SiteDefaults {
  /**
   * Hosts that the runner trusts over http without Kerberos; patterns as those of `TrustedHosts`.
   * @default `winrm:trustedHosts`, `WINRM_TRUSTED_HOSTS`, then none
   */
  trustedHosts?: string[];
  /**
   * As `confirm` of the resources, for those that do not have it: 60 to 600 seconds, or `false`.
   * @default `winrm:confirm`, `WINRM_CONFIRM`, then `120`
   */
  confirm?: number | false;
}

/** The compiler demands a row of the table for each of them, and a test the reverse. */
const ROWS: Readonly<Record<keyof ProviderSettings, SettingRow>> = SETTINGS;

/** Checks the whole argument of an explicit provider; its property paths are the names of the settings. */
export const checkProviderSettings: Check = object(
  Object.fromEntries(Object.entries(ROWS).map(([name, { check }]) => [name, check])),
);
