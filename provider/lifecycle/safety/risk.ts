import { type Restored, WSMAN_SERVICE_KEY } from "../../host/tasks/rollback";

/**
 * Which changes of a host are risky: those that could keep the next logon of this connection, or of every administrator,
 * from succeeding, although nothing shows beforehand that they will. What is certain to lock out is refused elsewhere;
 * what cannot be told counts as risky: so does every group of the connection's account that is none of those that open the
 * service, because no host tells over WinRM to which groups it allows or denies logons over the network. What widens access,
 * and everything on the client's side, is not.
 */

/** One thing that a write changes, with the value before and after it. */
export type HostChange =
  /** A setting by its path below `winrm/config`, as on the wire. */
  | { readonly kind: "setting"; readonly path: string; readonly from: string; readonly to: string }
  /** `LocalAccountTokenFilterPolicy`; `undefined` if the value is absent, which filters. */
  | { readonly kind: "token-filter"; readonly from: number | undefined; readonly to: number | undefined }
  /** A member that leaves a local group; names as `net localgroup` takes them on this host. */
  | {
      readonly kind: "removal";
      readonly group: string;
      readonly member: string;
      /** A logon may need the group, and the member is, or may hold, the account of this connection. */
      readonly mayBeCaller: boolean;
    }
  /** A member that joins a local group. */
  | {
      readonly kind: "addition";
      readonly group: string;
      readonly member: string;
      /** The group may be denied logons over the network, and the member is, or may hold, that account. Default `false`. */
      readonly mayBeCaller?: boolean;
    };

/** What has to be confirmed. */
export interface Risk {
  /** What the host restores if it is not confirmed: everything that the same writes change and that can be restored. */
  readonly restored: readonly Restored[];
  /** The old values for people: `service.auth.Basic:true/LocalAccountTokenFilterPolicy:1`. */
  readonly old: string;
}

/** Where the service keeps a setting, and Windows' own value. */
const ENTRIES: Readonly<Record<string, { readonly name: string; readonly builtIn: string }>> = {
  "service/auth/Basic": { name: "auth_basic", builtIn: "false" },
  "service/auth/Kerberos": { name: "auth_kerberos", builtIn: "true" },
  "service/auth/Negotiate": { name: "auth_negotiate", builtIn: "true" },
  "service/auth/Certificate": { name: "auth_certificate", builtIn: "false" },
  "service/auth/CredSSP": { name: "auth_credssp", builtIn: "false" },
  "service/auth/CbtHardeningLevel": { name: "cbt_hardening_level", builtIn: "Relaxed" },
  "service/AllowUnencrypted": { name: "allow_unencrypted", builtIn: "false" },
};
/** From lax to strict. */
const CBT_LEVELS = ["None", "Relaxed", "Strict"] as const;
const CBT_PATH = "service/auth/CbtHardeningLevel";
/** In an old value: the member is not in the group. */
const WITHOUT = "without-";
const TOKEN_FILTER_KEY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
const TOKEN_FILTER_NAME = "LocalAccountTokenFilterPolicy";

/** The settings that a host can restore, by their paths. */
export const RESTORABLE_PATHS: readonly string[] = Object.keys(ENTRIES);

/** The value of a setting that gives most access. */
export function widest(path: string): string {
  return path === CBT_PATH ? CBT_LEVELS[0] : "true";
}

/** Windows has this value unless another was set. */
export function isBuiltIn(path: string, value: string): boolean {
  return ENTRIES[path]?.builtIn.toLowerCase() === value.toLowerCase();
}

/** The risk of writes that are confirmed together; `undefined` if there is none. */
export function riskOf(changes: readonly HostChange[]): Risk | undefined {
  return changes.some(isRisky) ? wayBack(changes) : undefined;
}

/** What the host restores of changes, whether or not one of them is risky. */
export function wayBack(changes: readonly HostChange[]): Risk {
  return { restored: changes.flatMap(restorationOf), old: changes.flatMap(oldValueOf).join("/") };
}

/** One change by itself. */
export function isRisky(change: HostChange): boolean {
  switch (change.kind) {
    case "setting":
      if (change.path === CBT_PATH) return cbtLevel(change.to) > cbtLevel(change.from);
      return Object.hasOwn(ENTRIES, change.path) && !isTrue(change.to);
    case "token-filter":
      return change.from === 1 && change.to !== 1;
    case "removal":
    case "addition":
      return change.mayBeCaller === true;
  }
}

function restorationOf(change: HostChange): Restored[] {
  switch (change.kind) {
    case "setting": {
      const entry = ENTRIES[change.path];
      if (entry === undefined) return [];
      const at = { kind: "value", key: WSMAN_SERVICE_KEY, name: entry.name } as const;
      if (change.path !== CBT_PATH) {
        const bit = (value: string) => (isTrue(value) ? "1" : "0");
        const [old, next] = [bit(change.from), bit(change.to)];
        return [{ ...at, type: "REG_DWORD", old, new: next, builtIn: bit(entry.builtIn) }];
      }
      const [from, to] = [CBT_LEVELS[cbtLevel(change.from)] ?? "Relaxed", CBT_LEVELS[cbtLevel(change.to)] ?? "Strict"];
      const notNew = CBT_LEVELS.filter((level) => level !== to);
      return [{ ...at, type: "REG_SZ", old: from, new: to, notNew, builtIn: entry.builtIn }];
    }
    case "token-filter":
      if (change.from === undefined) return [];
      return [
        {
          ...{ kind: "value", key: TOKEN_FILTER_KEY, name: TOKEN_FILTER_NAME, type: "REG_DWORD" },
          ...{ old: String(change.from), new: String(change.to ?? 0) },
        },
      ];
    case "removal":
    case "addition":
      return [{ kind: "member", group: change.group, member: change.member, present: change.kind === "removal" }];
  }
}

/**
 * Old values as a person reads them, in the words of the resources: `service.basic true, Administrators with WEB01\\kim`.
 * @param old as `Risk.old` has them, also as another run left them on the host.
 */
export function readableOld(old: string): string {
  const parts = old.split("/").map((part) => {
    const colon = part.indexOf(":");
    const [name, value] = colon < 0 ? [part, ""] : [part.slice(0, colon), part.slice(colon + 1)];
    const setting = /^service\.(?:auth\.)?(\w+)$/.exec(name)?.[1];
    if (setting !== undefined) return `service.${argumentName(setting)} ${value}`;
    if (name === TOKEN_FILTER_NAME) return `${argumentName(name)} ${value}`;
    return value.startsWith(WITHOUT) ? `${name} without ${value.slice(WITHOUT.length)}` : `${name} with ${value}`;
  });
  return parts.join(", ");
}

function oldValueOf(change: HostChange): string[] {
  switch (change.kind) {
    case "setting":
      return Object.hasOwn(ENTRIES, change.path) ? [`${change.path.replaceAll("/", ".")}:${change.from}`] : [];
    case "token-filter":
      return [`${TOKEN_FILTER_NAME}:${change.from ?? "absent"}`];
    case "removal":
      return [`${change.group}:${change.member}`];
    case "addition":
      return [`${change.group}:${WITHOUT}${change.member}`];
  }
}

/** The arguments are named as Windows names the settings, with a small first letter. */
function argumentName(setting: string): string {
  return setting.slice(0, 1).toLowerCase() + setting.slice(1);
}

function cbtLevel(value: string): number {
  return CBT_LEVELS.findIndex((level) => level.toLowerCase() === value.toLowerCase());
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === "true";
}
