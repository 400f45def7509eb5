import { inspect } from "node:util";
import { WinrmError } from "../errors";
import { unprintable } from "../unprintable";
import { type Check, isAbsent, isRecord, secret } from "./checks";
import type { SecretValue } from "./connection/connection";
import { displayText } from "./names/plausible-names";
import { entryProblem, formatTrustedHosts, parseTrustedHosts } from "./trusted-host-patterns";
import {
  type ChoiceOf,
  SETTINGS,
  type SettingName,
  type SettingOf,
  type Unset,
} from "./connection/connection-settings";

/** What an explicit provider, stack configuration and environment give where the arguments of a resource say nothing. */

/**
 * Namespace of an explicit provider's own arguments among the configuration of its process. Its process never sees the
 * stack's configuration, so the provider hands that over beside its arguments, under the stack's own keys.
 */
export const PROVIDER_NAMESPACE = "winrm-provider";

/** A setting with the place it comes from, for error messages. */
export interface Setting {
  readonly value: unknown;
  /** `the provider's argument port`, `stack configuration winrm:port` or `environment variable WINRM_PORT`. */
  readonly origin: string;
}

/** Looks settings up: the explicit provider first, then configuration, then environment. */
export class Settings {
  readonly #config: (key: string) => unknown;
  readonly #env: NodeJS.ProcessEnv;
  /** Every secret that was resolved so far: what the redaction net takes out of all that leaves the process. */
  readonly secrets: Set<string>;

  /**
   * @param config Value of a full configuration key (`winrm:port`); texts from stacks, typed values from explicit providers.
   * @param env The process' environment, passed in so that tests need not change it.
   * @param secrets What was resolved, kept for the life of the process.
   */
  constructor(config: (key: string) => unknown, env: NodeJS.ProcessEnv, secrets = new Set<string>()) {
    this.#config = config;
    this.#env = env;
    this.secrets = secrets;
  }

  /** Printed without the secrets. */
  [inspect.custom](): unknown {
    return { secrets: "[secret]" };
  }

  /** Value of an environment variable that a program refers to. */
  variable(name: string): string | undefined {
    return this.#env[name];
  }

  /** The setting, or `undefined` if no place has it. An empty environment variable counts as not set. */
  find(name: SettingName): Setting | undefined {
    const given = this.#config(`${PROVIDER_NAMESPACE}:${name}`);
    if (!isAbsent(given) && given !== "") return { value: given, origin: `the provider's argument ${name}` };
    const configured = this.#config(`winrm:${name}`);
    if (!isAbsent(configured) && configured !== "")
      return { value: configured, origin: `stack configuration winrm:${name}` };
    const { variable } = SETTINGS[name];
    const text = this.#env[variable];
    return text === undefined || text === "" ? undefined : { value: text, origin: `environment variable ${variable}` };
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not one of the choices. */
  choice<Name extends SettingOf<"choice">>(name: Name): ChoiceOf<Name> | Unset<Name> {
    return this.#checked(name) as ChoiceOf<Name> | Unset<Name>;
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not a number in range. */
  number<Name extends SettingOf<"number">>(name: Name): number | Unset<Name> {
    return this.#checked(name) as number | Unset<Name>;
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not such a string. */
  text<Name extends SettingOf<"string">>(name: Name): string | Unset<Name> {
    return this.#checked(name) as string | Unset<Name>;
  }

  /** The default where no place has it. Stacks and the environment know strings only, so digits count as a number where one is wanted. */
  #checked(name: SettingName): unknown {
    const setting = this.find(name);
    const { check, kind, default: otherwise } = SETTINGS[name];
    if (setting === undefined) return otherwise;
    const literal = kind === "number" ? /^\d{1,9}$/ : kind === "window" ? /^(?:false|\d{1,9})$/ : undefined;
    const isLiteral = typeof setting.value === "string" && literal?.test(setting.value) === true;
    const value: unknown = isLiteral ? (setting.value === "false" ? false : Number(setting.value)) : setting.value;
    if (check(value, "").length === 0) return value;
    throw unusable({ ...setting, value }, check);
  }

  /** Seconds to confirm a risky change in, or `false`. @throws WinrmError `WINRM_E_ARGUMENT` if the setting is neither. */
  confirm(): number | false | undefined {
    return this.#checked("confirm") as number | false | undefined;
  }

  /**
   * A text or a reference; a reference arrives as an object, or as its JSON text from a stack.
   * @throws WinrmError `WINRM_E_ARGUMENT` if it is neither, or a reference that is written wrongly.
   */
  secret(name: SettingOf<"secret">): { readonly value: SecretValue; readonly origin: string } | undefined {
    const setting = this.find(name);
    if (setting === undefined) return undefined;
    const { origin, value: given } = setting;
    const value = referenceIn(given) ?? given;
    if (checkSecret(value, "").length > 0) throw unusable({ origin, value }, checkSecret);
    return unprintable({ value: value as SecretValue, origin }, "value");
  }

  /**
   * The runner's trusted list: comma-separated text or a list; empty if not set.
   * @throws WinrmError `WINRM_E_ARGUMENT` if it is neither, or an entry does not follow the grammar of TrustedHosts.
   */
  trustedHosts(): readonly string[] {
    const setting = this.find("trustedHosts");
    if (setting === undefined) return [];
    const { origin, value: given } = setting;
    const value = typeof given === "string" ? (jsonOf(given) ?? parseTrustedHosts(given)) : given;
    const { check } = SETTINGS.trustedHosts;
    if (check(value, "").length > 0) throw unusable({ origin, value }, check);
    const entries = parseTrustedHosts(formatTrustedHosts(value as readonly string[]));
    for (const entry of entries) {
      const problem = entryProblem(entry);
      if (problem === undefined) continue;
      throw new WinrmError("WINRM_E_ARGUMENT", `${origin} has the entry ${displayText(entry)}, which ${problem}`);
    }
    return entries;
  }
}

const checkSecret = secret();

function referenceIn(value: unknown): unknown {
  const candidate = typeof value === "string" ? jsonOf(value) : undefined;
  if (!isRecord(candidate) || Object.keys(candidate).length !== 1) return undefined;
  return typeof candidate["env"] === "string" || typeof candidate["file"] === "string" ? candidate : undefined;
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(setting: Setting, check: Check): WinrmError {
  const reason = check(setting.value, "")[0]?.reason ?? "is not usable";
  return new WinrmError("WINRM_E_ARGUMENT", `${setting.origin} ${reason}`);
}
