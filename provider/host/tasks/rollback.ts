import { WinrmError } from "../../errors";

/**
 * The command line with which a host restores settings by itself: `reg`, `findstr`, `net`, `sc` and `schtasks` only, run
 * by cmd as SYSTEM. It goes around the WinRM service, because that may be what is broken, and matches digits and markers
 * only, because words are in the host's language. Generated from a table; nothing in it is free text.
 */

/** Name of the scheduled task, in the root folder. One of that name at a time: it is a lock on the host as well. */
export const ROLLBACK_TASK = "pulumi-winrm-confirm";

/** Key of the markers, below HKLM. */
export const MARKER_KEY = "SOFTWARE\\pulumi-winrm";

/** The service's own store, below HKLM: values count once the service has started again. */
export const WSMAN_SERVICE_KEY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN\\Service";

/** A registry value that the host restores. */
export interface RestoredValue {
  readonly kind: "value";
  /** Below HKLM. */
  readonly key: string;
  readonly name: string;
  readonly type: "REG_DWORD" | "REG_SZ";
  /** Decimal for a DWORD. */
  readonly old: string;
  /** What is about to be written. */
  readonly new: string;
  /** For a REG_SZ: every value that shows that somebody has taken the new one back. Default: the old value. */
  readonly notNew?: readonly string[];
  /** Windows' own value where the entry is absent; `undefined` if an absent entry is not the old value. */
  readonly builtIn?: string;
}

/** Whether an account is in a local group, which the host restores. */
export interface RestoredMember {
  readonly kind: "member";
  /** Name of the group on this host, as `net localgroup` takes it. */
  readonly group: string;
  readonly member: string;
  /** What is restored: the member is in the group, or is not. */
  readonly present: boolean;
}

/** Something that the host restores. */
export type Restored = RestoredValue | RestoredMember;

/** What is armed. */
export interface Rollback {
  /** 32 hexadecimal digits of this change alone. */
  readonly token: string;
  readonly restored: readonly Restored[];
  /** For people who look at the marker: when, by whom, what. */
  readonly info: string;
}

/** The longest line that cmd takes. */
const MAX_LINE_LENGTH = 8191;
const MAX_INFO_LENGTH = 300;
/** No service and no task has this name. */
const NOBODY = "pulumi-winrm-nobody";
/** Numbers that `net` names in every language: the service runs already, the account is in the group already. */
const [ALREADY_STARTED, ALREADY_MEMBER] = [2182, 1378];
const SHADOW_KEY = `${MARKER_KEY}\\Rehearsal`;
/** `net localgroup` takes no longer names of members; a group's may be longer (`Remote Management Users`). */
const MAX_MEMBER_LENGTH = 20;
const PLAIN_NAME = /^[\p{L}\p{N}._$ -]+(?:\\[\p{L}\p{N}._$ -]+)?$/u;

/** A membership can be restored by a command line: both names can appear in it, and `net` takes them. */
export function fitsCommandLine({ group, member }: Pick<RestoredMember, "group" | "member">): boolean {
  if (!PLAIN_NAME.test(group) || !PLAIN_NAME.test(member)) return false;
  return member.slice(member.indexOf("\\") + 1).length <= MAX_MEMBER_LENGTH;
}

/** Only what means nothing to cmd, to the registry's tools and to Task Scheduler; everything else becomes `-`. */
export function plainInfo(text: string): string {
  return text.replace(/[^A-Za-z0-9._:=/@ -]+/g, "-").slice(0, MAX_INFO_LENGTH);
}

/**
 * Arguments of `cmd.exe`, one line for each action of the task, which run one after the other. The first line restores:
 * it does nothing before the second one, in the task's first run, has rehearsed the restoration on a shadow key and has
 * written `pending`, for people and previews, and `armed`, or `unfit` and what failed: then the next run deletes the task,
 * since its client may be gone. Armed, it writes `checking`, and declines if it finds `confirmed`; otherwise it restores,
 * and looks once more a minute later, since a change may have been held up on its way.
 * @throws WinrmError `WINRM_E_CONFIRM_UNAVAILABLE` if a line would be longer than cmd takes, or a name cannot appear in it.
 */
export function rollbackActions(rollback: Rollback): readonly string[] {
  const { token, restored } = rollback;
  if (!/^[0-9a-f]{32}$/.test(token)) throw new WinrmError("WINRM_E_INTERNAL", "a token of a rollback is 32 hex digits");
  for (const item of restored) checkName(item);
  const info = plainInfo(rollback.info);
  const [began, done] = [`${token}-restoring`, `${token}-restored`];
  const remove = `schtasks /Delete /TN ${ROLLBACK_TASK} /F`;
  const declined = `(${mark("result", `${token}-declined`)} & ${remove} & exit)`;
  const restoring = [
    `${marked("armed", token)} || (${marked("unfit", token)} && ${remove} & exit)`,
    mark("checking", token),
    `${marked("result", `${token}-rest`)} || (${marked("confirmed", token)} && ${declined})`,
    `${marked("result", done)} || ${mark("result", `${began} ${info}`)}`,
    ...restoration(restored, done),
    `${running(restored)} && (${marked("result", done)} && ${remove} || ${mark("result", `${done} ${info}`)})`,
  ];
  const rehearsing = [`${marked("armed", token)} && exit`, ...rehearsal(rollback)];
  return [restoring, rehearsing].map((commands) => {
    const line = commands.join(" & ");
    if (line.length < MAX_LINE_LENGTH) return `/d /s /c "${line}"`;
    throw new WinrmError(
      "WINRM_E_CONFIRM_UNAVAILABLE",
      `the command line that restores ${restored.length} settings has ${line.length} characters, and cmd takes ${MAX_LINE_LENGTH}`,
      { remedy: "change fewer settings at once" },
    );
  });
}

/** One task can restore all of it: the lines are short enough, and every name can appear in them. */
export function fitsOneTask(restored: readonly Restored[]): boolean {
  try {
    rollbackActions({ token: "0".repeat(32), restored, info: "0".repeat(MAX_INFO_LENGTH) });
    return true;
  } catch {
    return false;
  }
}

function checkName(item: Restored): void {
  if (item.kind === "value" || fitsCommandLine(item)) return;
  throw new WinrmError(
    "WINRM_E_CONFIRM_UNAVAILABLE",
    "the name of the group or the member cannot appear in a command line, so the host cannot restore the membership",
    { remedy: "set confirm: false to make the change without a way back" },
  );
}

/** The second look restores, and restarts the service, only if something is not old any more. */
function restoration(restored: readonly Restored[], done: string): string[] {
  const values = restored.filter((item) => item.kind === "value");
  const members = restored.flatMap((item) => (item.kind === "member" ? [restoreMember(item)] : []));
  if (values.length === 0) return members;
  const old = values.map((value) => isOld(value)).join(" && ");
  const restore = values.map((value) => restoreValue(value)).join(" & ");
  if (!needsRestart(restored)) return [...members, restore];
  const stop = `(net stop WinRM /y || ${serviceIs("1")} || exit)`;
  return [...members, `(${marked("result", done)} && ${old}) || (${restore} & ${stop})`, "net start WinRM"];
}

/** With settings of the service in it, the restoration is done once the service runs again. */
function running(restored: readonly Restored[]): string {
  return needsRestart(restored) ? serviceIs("4") : "ver >nul";
}

/**
 * The same commands on a shadow key, on this very host and in its language, before anything is changed; and the store
 * still holds what the client has read, since another writer's change between the two would be undone with ours.
 */
function rehearsal({ token, restored, info }: Rollback): string[] {
  const values = restored.filter((item) => item.kind === "value");
  const shadows = values.map((value) => ({ ...value, key: SHADOW_KEY, name: shadowName(value) }));
  const stop = (name: string) => `(${mark("unfit", `${token}-${name}`)} & exit)`;
  const need = (proofs: readonly string[], name: string) =>
    proofs.length === 0 ? [] : [`(${proofs.join(" && ")}) || ${stop(name)}`];
  // A program that succeeds at everything proves nothing.
  const never = (proofs: readonly string[], name: string) =>
    proofs.length === 0 ? [] : [`(${proofs.join(" || ")}) && ${stop(name)}`];
  // An entry that is absent stands for Windows' own value.
  const explicit = values.filter(({ builtIn, old }) => builtIn !== old);
  const perhapsAbsent = values.filter(({ builtIn, old }) => builtIn === old);
  // Whoever joins keeps nobody out: that they could not be taken out again is no reason to stop.
  const removed = restored.filter((item) => item.kind === "member").filter(({ present }) => present);
  const service = needsRestart(restored);
  const shadowMark = { key: SHADOW_KEY, name: "mark" };
  const finds = (text: string) => `(echo ${text}| findstr /l ${token} >nul)`;
  return [
    ...need([finds(token)], "findstr"),
    ...never([finds(NOBODY)], "findstr"),
    `reg add HKLM\\${SHADOW_KEY} /v ${shadowMark.name} /d ${token} /f /reg:64 >nul`,
    ...need([holds(shadowMark, token)], "reg"),
    ...never([holds(shadowMark, NOBODY)], "reg"),
    ...shadows.map((shadow) => writeValue(shadow, shadow.new)),
    ...never(shadows.map(isOld), "reg"),
    ...shadows.map((shadow) => restoreValue(shadow)),
    ...need(shadows.map(isOld), "reg"),
    `reg delete HKLM\\${SHADOW_KEY} /f /reg:64 >nul 2>nul`,
    ...need(service ? [serviceIs("4")] : [], "sc"),
    ...need(service ? [`(net start WinRM 2>&1 | findstr /l ${ALREADY_STARTED} >nul)`] : [], "net"),
    ...need(
      removed.map((member) => `(${membership(member, "/add")} 2>&1 | findstr /l ${ALREADY_MEMBER} >nul)`),
      "net",
    ),
    ...need([`schtasks /Query /TN ${ROLLBACK_TASK} >nul`], "schtasks"),
    ...never([`schtasks /Query /TN ${NOBODY} >nul 2>nul`], "schtasks"),
    ...need(explicit.map(isOld), "changed"),
    ...never(
      perhapsAbsent.map((value) => holds(value, patterns(value.type, [value.new]))),
      "changed",
    ),
    mark("pending", `${token} ${plainInfo(info)}`),
    mark("armed", token),
  ];
}

function shadowName({ key, name }: RestoredValue): string {
  return key === WSMAN_SERVICE_KEY ? name : `other_${name}`;
}

function needsRestart(restored: readonly Restored[]): boolean {
  return restored.some((item) => item.kind === "value" && item.key === WSMAN_SERVICE_KEY);
}

function isOld(value: RestoredValue): string {
  return holds(value, patterns(value.type, value.notNew ?? [value.old]));
}

function restoreValue(value: RestoredValue): string {
  return `(${isOld(value)} || ${writeValue(value, value.old)})`;
}

function writeValue({ key, name, type }: RestoredValue, data: string): string {
  return `reg add HKLM\\${key} /v ${name} /t ${type} /d ${data} /f /reg:64 >nul`;
}

function restoreMember(member: RestoredMember): string {
  return `${membership(member, member.present ? "/add" : "/delete")} >nul 2>nul`;
}

function membership({ group, member }: RestoredMember, action: "/add" | "/delete"): string {
  return `net localgroup "${group}" "${member}" ${action}`;
}

function patterns(type: RestoredValue["type"], values: readonly string[]): string {
  return values.map((value) => `/c:${type === "REG_DWORD" ? `0x${Number(value).toString(16)}` : value}`).join(" ");
}

function holds({ key, name }: Pick<RestoredValue, "key" | "name">, found: string): string {
  return `(reg query HKLM\\${key} /v ${name} /reg:64 2>nul | findstr /l ${found} >nul)`;
}

function marked(name: string, value: string): string {
  return holds({ key: MARKER_KEY, name }, value);
}

function mark(name: string, value: string): string {
  const data = value.includes(" ") ? `"${value}"` : value;
  return `reg add HKLM\\${MARKER_KEY} /v ${name} /d ${data} /f /reg:64 >nul`;
}

/** The digit of the state: 1 stopped, 4 running. */
function serviceIs(state: "1" | "4"): string {
  return `(sc query WinRM | findstr /c:": ${state} " >nul)`;
}
