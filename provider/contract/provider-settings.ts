import { checkConfirm } from "./confirm";
import { type Check, array, certificate, object, secret, string } from "./checks";
import { CONNECTION_CHECKS, type Connection, type SecretValue } from "./connection";
import { SETTING_VARIABLES, type SettingName } from "./settings";

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
  /** Hosts that the runner trusts over http without Kerberos; patterns as those of `TrustedHosts`. */
  trustedHosts?: string[];
  /** As `connection.preflight`. */
  preflight?: "error" | "warn" | "off";
  /** As `confirm` of the resources. */
  confirm?: number | false;
}

/** One check for each setting; the compiler demands that none is forgotten. */
const CHECKS: { readonly [Name in SettingName | keyof ProviderSettings]-?: Check } = {
  username: CONNECTION_CHECKS.username,
  password: secret(),
  certificatePem: certificate(),
  privateKeyPem: secret(),
  pfx: secret(),
  passphrase: secret(),
  method: CONNECTION_CHECKS.method,
  transport: CONNECTION_CHECKS.transport,
  port: CONNECTION_CHECKS.port,
  path: CONNECTION_CHECKS.path,
  ca: certificate(),
  proxy: CONNECTION_CHECKS.proxy,
  connectSeconds: CONNECTION_CHECKS.seconds,
  operationSeconds: CONNECTION_CHECKS.seconds,
  totalSeconds: CONNECTION_CHECKS.totalSeconds,
  trustedHosts: array(string()),
  preflight: CONNECTION_CHECKS.preflight,
  confirm: checkConfirm,
};

/** The arguments of `connection.auth` that are secrets where they are given by value. */
export const SECRET_AUTH = ["password", "privateKeyPem", "pfx", "passphrase"] as const;

/** Settings that are secrets where they are given by value. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set<SettingName>([...SECRET_AUTH, "proxy"]);

/** Checks the whole argument of an explicit provider; its property paths are the names of the settings. */
export const checkProviderSettings: Check = object(CHECKS);

/** Names of the settings with their environment variables. */
export const PROVIDER_SETTINGS = Object.entries(SETTING_VARIABLES) as readonly (readonly [SettingName, string])[];
