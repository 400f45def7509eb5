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
  type SettingRow,
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
    return this.#value(name) as ChoiceOf<Name> | Unset<Name>;
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not a number in range. */
  number<Name extends SettingOf<"number">>(name: Name): number | Unset<Name> {
    return this.#value(name) as number | Unset<Name>;
  }

  /** @throws WinrmError `WINRM_E_ARGUMENT` if the setting is not such a string. */
  text<Name extends SettingOf<"string">>(name: Name): string | Unset<Name> {
    return this.#value(name) as string | Unset<Name>;
  }

  /** The default where no place has it. */
  #value(name: SettingName): unknown {
    const { check, kind, default: otherwise } = SETTINGS[name];
    return this.#checked(name, check, (value) => literalIn(value, kind))?.value ?? otherwise;
  }

  /** The setting with its value as it was read; `undefined` if no place has it. */
  #checked(name: SettingName, check: Check, read: (value: unknown) => unknown): Setting | undefined {
    const setting = this.find(name);
    if (setting === undefined) return undefined;
    const { origin } = setting;
    const value = read(setting.value);
    const [problem] = check(value, "");
    if (problem === undefined) return { value, origin };
    throw new WinrmError("WINRM_E_ARGUMENT", `${origin} ${problem.reason}`);
  }

  /** Seconds to confirm a risky change in, or `false`. @throws WinrmError `WINRM_E_ARGUMENT` if the setting is neither. */
  confirm(): number | false | undefined {
    return this.#value("confirm") as number | false | undefined;
  }

  /**
   * A text or a reference; a reference arrives as an object, or as its JSON text from a stack.
   * @throws WinrmError `WINRM_E_ARGUMENT` if it is neither, or a reference that is written wrongly.
   */
  secret(name: SettingOf<"secret">): { readonly value: SecretValue; readonly origin: string } | undefined {
    const setting = this.#checked(name, secret(), (value) => referenceIn(value) ?? value);
    if (setting === undefined) return undefined;
    return unprintable({ value: setting.value as SecretValue, origin: setting.origin }, "value");
  }

  /**
   * The runner's trusted list: comma-separated text or a list; empty if not set.
   * @throws WinrmError `WINRM_E_ARGUMENT` if it is neither, or an entry does not follow the grammar of TrustedHosts.
   */
  trustedHosts(): readonly string[] {
    const setting = this.#checked("trustedHosts", SETTINGS.trustedHosts.check, (value) =>
      typeof value === "string" ? (jsonOf(value) ?? parseTrustedHosts(value)) : value,
    );
    const entries = parseTrustedHosts(formatTrustedHosts((setting?.value ?? []) as readonly string[]));
    for (const entry of entries) {
      const problem = entryProblem(entry);
      if (problem === undefined) continue;
      throw new WinrmError(
        "WINRM_E_ARGUMENT",
        `${setting?.origin} has the entry ${displayText(entry)}, which ${problem}`,
      );
    }
    return entries;
  }
}

/** Stacks and the environment know strings only, so digits count as a number where one is wanted. */
function literalIn(value: unknown, kind: SettingRow["kind"]): unknown {
  if (typeof value !== "string" || (kind !== "number" && kind !== "window")) return value;
  if (kind === "window" && value === "false") return false;
  return /^\d{1,9}$/.test(value) ? Number(value) : value;
}

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
