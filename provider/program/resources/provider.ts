import * as pulumi from "@pulumi/pulumi";
import { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { WinrmError } from "../../errors";
import type { ValidationIssue } from "../../contract/checks";
import type { SecretValue } from "../../contract/connection/connection";
import { holdsPrivateKey } from "../../contract/names/plausible-names";
import { type ProviderSettings, checkProviderSettings } from "../../contract/connection/provider-settings";
import { SETTINGS } from "../../contract/connection/connection-settings";
import { PROVIDER_NAMESPACE } from "../../contract/settings";
import type { Inputs } from "./inputs";
import { isPlain } from "./plain-values";
import { withoutStack } from "./stack-traces";

/** Arguments of `Provider`. What is not set comes from stack configuration, then from the environment. */
export type ProviderArgs = Inputs<ProviderSettings>;

/** Options of `Provider`. */
export interface ProviderOptions extends pulumi.ResourceOptions {
  /**
   * Environment variables that this provider's process sees under another name: `{ SITE_A_PW: "WINRM_PASSWORD" }`. Only
   * the names enter state. A setting whose variable is mapped is not taken from stack configuration.
   */
  envVarMappings?: Record<string, string>;
}

/** What the pre-flight needs to know of a provider that a resource uses. */
export interface Site {
  /** The configuration of the provider's process. */
  readonly config: pulumi.Input<Readonly<Record<string, unknown>>>;
  readonly envVarMappings: Readonly<Record<string, string>>;
}

/** Found under this symbol by every copy of this package. */
const SITE = Symbol.for("pulumi-winrm/site");

/**
 * The defaults of one site, for the resources that are given it: `{ provider }`, or `{ providers: [provider] }` of a
 * component. It is optional; without one, stack configuration and environment are the defaults. Each provider runs in a
 * process of its own.
 *
 * An argument of a resource counts before the provider's, that before stack configuration, that before the environment.
 *
 * ```ts
 * const siteA = new Provider(
 *   "site-a",
 *   { username: "SITEA\\ops", transport: "https" },
 *   { envVarMappings: { SITE_A_PASSWORD: "WINRM_PASSWORD" } },
 * );
 * new AuthConfig("web01", { connection: { host: "web01.a.example.com" }, service: { basic: false } }, { provider: siteA });
 * ```
 *
 * `pulumi refresh` and `pulumi destroy` use the arguments of the last `up`. A password given by value is then out of
 * date once it was changed; a reference and a mapped variable are read again each time.
 */
export class Provider extends pulumi.ProviderResource {
  /** @throws WinrmError `WINRM_E_ARGUMENT` for plain values that are not usable; outputs are judged where they are used. */
  constructor(name: string, args: ProviderArgs = {}, opts: ProviderOptions = {}) {
    const envVarMappings = opts.envVarMappings ?? {};
    refuse(name, [...checkProviderSettings(plainPart(args), ""), ...checkMappings(envVarMappings)]);
    const inputs = { ...stackSettings(args, envVarMappings), ...ownSettings(args) };
    super("pulumi-nodejs", name, inputs, opts);
    const site: Site = { config: inputs, envVarMappings };
    Object.defineProperty(this, SITE, { value: site });
  }
}

/** The site that a resource belongs to, `undefined` if it uses no explicit provider, `"foreign"` if that is not ours. */
export function siteOf(resource: pulumi.Resource): Site | "foreign" | undefined {
  const provider = resource.getProvider("pulumi-nodejs:dynamic/winrm:Any");
  if (provider === undefined) return undefined;
  return (provider as { readonly [SITE]?: Site })[SITE] ?? "foreign";
}

/** The provider's own arguments, as configuration of its process. */
function ownSettings(args: ProviderArgs): Record<string, unknown> {
  const secrets = Object.entries(SETTINGS).flatMap(([setting, row]) => (row.secret ? [setting] : []));
  return Object.fromEntries(
    Object.entries(args).map(([setting, value]: [string, unknown]) => [
      `${PROVIDER_NAMESPACE}:${setting}`,
      secretWhere(value, (text) => secrets.includes(setting) || holdsPrivateKey(text)),
    ]),
  );
}

/** The stack's settings where the provider says nothing: its process would not see them otherwise. */
function stackSettings(
  args: ProviderArgs,
  envVarMappings: Readonly<Record<string, string>>,
): Record<string, pulumi.Input<string>> {
  const config = new pulumi.Config("winrm");
  const mapped = new Set(Object.values(envVarMappings));
  const settings: Record<string, pulumi.Input<string>> = {};
  for (const { setting, variable } of Object.values(SETTINGS)) {
    const value = config.get(setting);
    if (value === undefined || args[setting] !== undefined || mapped.has(variable)) continue;
    const key = `winrm:${setting}`;
    settings[key] = isConfigSecret(key) ? pulumi.secret(value) : value;
  }
  return settings;
}

/** The SDK exports this function without declaring it; where it is gone, everything is a secret. */
function isConfigSecret(key: string): boolean {
  const { isConfigSecret: ask } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return ask === undefined || ask(key);
}

/** A string that is to be a secret, also where it is not known yet; a reference stays readable. */
function secretWhere(value: unknown, isSecret: (text: string) => boolean): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    const given = pulumi.output(value as pulumi.Input<SecretValue | undefined>);
    return given.apply((known) =>
      typeof known === "string" && isSecret(known) ? pulumi.secret(known) : pulumi.output(known),
    );
  }
  return typeof value === "string" && isSecret(value) ? pulumi.secret(value) : value;
}

/** The arguments that can be judged now. */
function plainPart(args: unknown): unknown {
  if (typeof args !== "object" || args === null || !isPlain(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined && hasPlainParts(value)));
}

function hasPlainParts(value: unknown): boolean {
  return isPlain(value) && (typeof value !== "object" || value === null || Object.values(value).every(isPlain));
}

function checkMappings(mappings: unknown): ValidationIssue[] {
  const problem = (reason: string) => [{ property: "envVarMappings", reason }];
  const names = typeof mappings === "object" && mappings !== null ? Object.entries(mappings) : undefined;
  if (names?.every(([source, target]) => isVariable(source) && isVariable(target)) !== true) {
    return problem('must be names of environment variables: { SITE_A_PW: "WINRM_PASSWORD" }');
  }
  const supported = "getEnvvarmappingsMap" in RegisterResourceRequest.prototype;
  return supported || names.length === 0
    ? []
    : problem("needs @pulumi/pulumi 3.220 or newer, because this one would leave it out");
}

function isVariable(name: unknown): boolean {
  return typeof name === "string" && /^[^=\0]+$/.test(name);
}

function refuse(name: string, problems: readonly ValidationIssue[]): void {
  const [first, ...others] = problems.map(({ property, reason }) =>
    property === "" ? `the argument ${reason}` : `${property} ${reason}`,
  );
  if (first === undefined) return;
  throw withoutStack(new WinrmError("WINRM_E_ARGUMENT", [`provider "${name}": ${first}`, ...others].join("; ")));
}
