/** The values of the `winrm/config` tree on one host: what is stored locally, and what Group Policy lays over it. */

import { WinrmError } from "../../../provider/errors";
import type { FaultName } from "../../wsman/fault-table";
import { allLeaves, type Leaf } from "./schema";
import type { StoredSettings } from "./stored-settings";

/** A value that Windows refuses: the fault's name and the leaf. */
export interface Refusal {
  readonly fault: FaultName;
  readonly path: string;
}

/** Whether a network connection of the host is Public; `local-puts`: and only the host itself minds. */
export type PublicNetwork = boolean | "local-puts";

/** The settings of one host. Paths are looked up without regard to case. */
export class ConfigStore {
  readonly #leaves = new Map<string, { readonly path: string; readonly leaf: Leaf }>();
  readonly #local = new Map<string, string>();
  readonly #policy = new Map<string, string>();
  /**
   * A network connection of the host is Public: `AllowUnencrypted` cannot be put, with any value (ansible/ansible#12362,
   * PowerShell/PowerShell#13654; assumed (public-network) of remote Puts).
   */
  publicNetwork: PublicNetwork = false;
  /** Edits of the store count at once, not only when the service starts. */
  followsStore = false;

  /** @param stored where values outlive the service; default: nowhere. */
  constructor(private readonly stored?: StoredSettings) {
    for (const [path, leaf] of allLeaves()) {
      const known = { path, leaf };
      // As it is written and in lower case: nearly all that ask write it as it is.
      this.#leaves.set(path, known).set(path.toLowerCase(), known);
      this.#local.set(path, leaf.default);
    }
    this.reload();
  }

  /** What the service does when it starts: values are what the store holds, else the built-in defaults. */
  reload(): void {
    for (const path of this.stored?.paths ?? []) {
      const { leaf } = this.#find(path);
      this.#local.set(path, canonical(leaf, this.stored?.read(path) ?? leaf.default) ?? leaf.default);
    }
  }

  /** The settings as they are now, for those that do not notice a change. */
  copy(): ConfigStore {
    const copy = new ConfigStore();
    for (const [path, value] of this.#local) copy.#local.set(path, value);
    for (const [path, value] of this.#policy) copy.#policy.set(path, value);
    return copy;
  }

  /**
   * The effective value: Group Policy's if it owns the leaf, else the local one.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path.
   */
  get(path: string): string {
    if (this.followsStore) this.reload();
    const known = this.#find(path);
    return this.#policy.get(known.path) ?? this.#local.get(known.path) ?? known.leaf.default;
  }

  /** The effective value of a boolean leaf. */
  isOn(path: string): boolean {
    return this.get(path) === "true";
  }

  /** Group Policy owns the leaf. */
  ownedByPolicy(path: string): boolean {
    return this.#policy.has(this.#find(path).path);
  }

  /** Every effective value by path, in wire order. */
  all(): Record<string, string> {
    return Object.fromEntries([...this.#local.keys()].map((path) => [path, this.get(path)]));
  }

  /**
   * Changes the local value, as an administrator at the host's keyboard does.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path or a value that Windows refuses,
   *   `WINRM_E_POLICY_CONTROLLED` if Group Policy owns the leaf.
   */
  set(path: string, value: string): void {
    const known = this.#find(path);
    const refusal = this.change(new Map([[known.path, value]]));
    if (refusal === undefined) return;
    if (refusal.fault === "policyControlled") {
      throw new WinrmError("WINRM_E_POLICY_CONTROLLED", `Group Policy owns ${known.path}`);
    }
    throw new WinrmError(
      "WINRM_E_ARGUMENT",
      `${known.path} cannot be set to ${JSON.stringify(value)}: ${reasonOf(refusal.fault, known.leaf)}`,
    );
  }

  /**
   * Applies all changes or none. A leaf that policy owns, or that cannot be written, accepts the value it has.
   * @param changes raw values by path; every path is known.
   * @param from where it comes from. Default: the host itself.
   * @returns the first refusal, in the order of the changes, or `undefined` when all are applied.
   */
  change(changes: ReadonlyMap<string, string>, from: "host" | "network" = "host"): Refusal | undefined {
    const isPublic = this.publicNetwork === true || (this.publicNetwork === "local-puts" && from === "host");
    const accepted = new Map<string, string>();
    for (const [path, raw] of changes) {
      const { leaf } = this.#find(path);
      if (isPublic && path === "service/AllowUnencrypted") return { fault: "publicNetwork", path };
      const value = canonical(leaf, raw);
      if (value === this.get(path)) continue;
      if (this.#policy.has(path)) return { fault: "policyControlled", path };
      if (leaf.access === "read-only") return { fault: "readOnly", path };
      if (leaf.access === "deprecated") return { fault: "deprecated", path };
      if (value === undefined) return { fault: leaf.invalid, path };
      accepted.set(path, value);
    }
    for (const [path, value] of accepted) {
      this.#local.set(path, value);
      this.stored?.write(path, value, this.#find(path).leaf.default);
    }
    return undefined;
  }

  /**
   * Lets Group Policy own a leaf with a value. The local value is kept and comes back with `clearPolicy`.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path, a wrong value, or a leaf that no policy can set.
   */
  setPolicy(path: string, value: string): void {
    const known = this.#find(path);
    if (!known.leaf.policy) throw new WinrmError("WINRM_E_ARGUMENT", `Windows has no Group Policy for ${known.path}`);
    const accepted = canonical(known.leaf, value);
    if (accepted === undefined) {
      throw new WinrmError(
        "WINRM_E_ARGUMENT",
        `${known.path} cannot be set to ${JSON.stringify(value)} by Group Policy: ${reasonOf(known.leaf.invalid, known.leaf)}`,
      );
    }
    this.#policy.set(known.path, accepted);
  }

  /** Makes the policy "Not Configured". @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path. */
  clearPolicy(path: string): void {
    this.#policy.delete(this.#find(path).path);
  }

  /** The values that Group Policy owns, by path. */
  allPolicies(): Record<string, string> {
    return Object.fromEntries(this.#policy);
  }

  #find(path: string): { readonly path: string; readonly leaf: Leaf } {
    const known = this.#leaves.get(path) ?? this.#leaves.get(path.toLowerCase());
    if (known !== undefined) return known;
    throw new WinrmError(
      "WINRM_E_ARGUMENT",
      `winrm/config has no setting ${JSON.stringify(path)}; settings are written like service/auth/Basic`,
    );
  }
}

/** Why a value is refused, in words for a person. */
function reasonOf(fault: FaultName, { type, invalid }: Leaf): string {
  if (fault === "readOnly") return "it can only be read";
  if (fault === "deprecated") return "it is no longer in use";
  if (fault === "publicNetwork") return "a network connection of the host is Public";
  switch (type.kind) {
    case "boolean":
      return "it is true or false";
    case "uint":
      return `it is a whole number from ${type.min} to ${type.max}`;
    case "choice":
      return `it is one of ${type.values.join(", ")}`;
    case "string":
      return invalid === "trustedHosts"
        ? "it is empty, *, or a list with commas of names, addresses, *.suffix, prefix* and <local>"
        : "Windows does not take this text";
  }
}

/**
 * The value as Windows stores and shows it, or `undefined` if the leaf cannot hold it. Booleans in any case, as
 * PowerShell sends `True`; assumed (put-wrong): also `1` and `0`, and choices in any case.
 */
function canonical(leaf: Leaf, raw: string): string | undefined {
  const { type } = leaf;
  switch (type.kind) {
    case "boolean": {
      const word = raw.trim().toLowerCase();
      if (word === "1") return "true";
      if (word === "0") return "false";
      return word === "true" || word === "false" ? word : undefined;
    }
    case "uint": {
      const digits = raw.trim();
      if (!/^\d{1,10}$/.test(digits)) return undefined;
      const value = Number(digits);
      return value >= type.min && value <= type.max ? String(value) : undefined;
    }
    case "choice":
      return type.values.find((value) => value.toLowerCase() === raw.trim().toLowerCase());
    case "string":
      return type.accepts(raw, leaf.name) ? raw : undefined;
  }
}
