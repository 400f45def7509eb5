import { powershellCommand } from "../powershell";
import { isImpossibleName, isSid, parseAccountName } from "../../account-name";
import { WinrmError } from "../../errors";
import type { CommandResult, RunCommand } from "../shell";

/**
 * Changes of local groups, which WMI can only read. `net localgroup` does it where it can be trusted with the names,
 * ADSI in a one-line PowerShell script otherwise: for SIDs, for members above 20 characters, for which NET prints its
 * help text (KB324639), and for names that a command line could change. The outcome is read from exit codes and
 * numbers only, since the texts are in the host's language.
 */

/** One change of one group. */
export interface MemberChange {
  /** Name of the local group in the host's language, without an authority before it. */
  readonly group: string;
  /** `user` for a local account, `AUTHORITY\name`, `user@domain`, or a SID. */
  readonly member: string;
  readonly action: "add" | "remove";
}

const MAX_NET_NAME_LENGTH = 20;
/** HRESULT_FROM_WIN32, unsigned. */
const WIN32_FACILITY = 0x8007;

/**
 * Adds or removes one member.
 * @returns 0 when it was done, otherwise the Win32 or LAN Manager code with which the host refused: 1378 already a
 *   member, 1377 not a member, 1376 and 2220 no such group, 1332, 1387 and 3783 nobody has that name, 5 access denied.
 * @throws WinrmError `WINRM_E_ARGUMENT` for a name that Windows cannot have: nothing was sent; `WINRM_E_COMMAND` if the
 *   host gives no number; whatever `run` throws.
 */
export async function changeMember(run: RunCommand, change: MemberChange): Promise<{ code: number }> {
  checkName("group", change.group);
  if (/[\\@]/.test(change.group))
    throw refused("group", change.group, "give the group's own name, without an authority");
  if (!isSid(change.member)) checkName("member", change.member);
  const net = netCommand(change);
  if (net !== undefined) {
    const code = netCode(await run(net), change);
    if (code !== undefined) return { code };
  }
  const adsi = adsiCommand(change);
  const result = adsi === undefined ? undefined : await run(adsi);
  const code = result === undefined ? undefined : adsiCode(result.exitCode);
  if (code !== undefined) return { code };
  throw new WinrmError("WINRM_E_COMMAND", `the host did not say what became of ${describe(change)}`, {
    outcomeUnknown: true,
    causes: [
      adsi === undefined ? "NET does not take the member's name" : "PowerShell is missing or restricted on the host",
      ...(result === undefined ? [] : [`the command ended with exit code ${result.exitCode ?? "unknown"}`]),
    ],
    remedy: "give the member as a SID or as DOMAIN\\name, or change the group on the host manually",
  });
}

/** A text as one argument of a program that cmd starts; `undefined` if no quoting protects it on every host. */
export function quoteArgument(text: string): string | undefined {
  // Quotes do not protect % anywhere, nor ! where delayed expansion is on; nothing protects a line break or a quote.
  if (/["%!\p{Cc}]/u.test(text)) return undefined;
  // Backslashes before the closing quote would escape it (C runtime).
  return `"${text}${/\\*$/.exec(text)?.[0] ?? ""}"`;
}

/** The `net` command; `undefined` if NET cannot be trusted with the names. */
export function netCommand({ group, member, action }: MemberChange): string | undefined {
  const name = member.slice(member.indexOf("\\") + 1);
  if (isSid(member) || name.length > MAX_NET_NAME_LENGTH) return undefined;
  if (![group, member].every(isPlain)) return undefined;
  const [quotedGroup, quotedMember] = [quoteArgument(group), quoteArgument(member)];
  if (quotedGroup === undefined || quotedMember === undefined) return undefined;
  return `net localgroup ${quotedGroup} ${quotedMember} ${action === "add" ? "/add" : "/delete"}`;
}

/** The PowerShell command; `undefined` for `user@domain`, which ADSI does not know. */
export function adsiCommand({ group, member, action }: MemberChange): string | undefined {
  const path = memberPath(member);
  if (path === undefined) return undefined;
  const target = quotePowershell(`WinNT://./${group},group`);
  return powershellCommand(`([ADSI]${target}).${action === "add" ? "Add" : "Remove"}(${path})`);
}

/** A text as a verbatim literal of PowerShell, which takes five characters for single quotes. */
export function quotePowershell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

function memberPath(member: string): string | undefined {
  const account = parseAccountName(member);
  switch (account.kind) {
    case "principal":
      return undefined;
    case "sid":
      return quotePowershell(`WinNT://${account.sid}`);
    case "qualified":
    case "cloud":
      return quotePowershell(`WinNT://${account.authority}/${account.name}`);
    case "local":
      return `'WinNT://'+$env:COMPUTERNAME+${quotePowershell(`/${account.name}`)}`;
  }
}

/**
 * Letters, digits, blanks and ASCII punctuation. A program that converts its command line to a code page can turn other
 * characters into quotes and slashes (a full-width quotation mark, a yen sign).
 */
function isPlain(text: string): boolean {
  return /^(?:[ -~]|\p{L}|\p{M}|\p{N})+$/u.test(text) && text.normalize("NFKC") === text && !text.startsWith("-");
}

function netCode({ exitCode, stdout, stderr }: CommandResult, change: MemberChange): number | undefined {
  if (exitCode === 0) return 0;
  // 1 is the help text; anything else but 2 is not NET's.
  return exitCode === 2 ? numberIn(`${stderr}\n${stdout}`, [change.member, change.group]) : undefined;
}

/** The first number in a text; one inside a name that the text repeats counts only if there is no other. */
function numberIn(text: string, names: readonly string[]): number | undefined {
  const spans = names.flatMap((name) => occurrences(text.toLowerCase(), name.toLowerCase()));
  const numbers = [...text.matchAll(/(?<![\p{L}\p{N}_-])\d{1,5}(?![\p{L}\p{N}_-])/gu)];
  const own = numbers.find(({ index }) => !spans.some(([start, end]) => index >= start && index < end));
  const found = own ?? numbers[0];
  return found === undefined || Number(found[0]) === 0 ? undefined : Number(found[0]);
}

function occurrences(text: string, name: string): (readonly [start: number, end: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) found.push([at, at + name.length]);
  return found;
}

/** The script ends with the HRESULT of the failure; 1 is PowerShell's own failure. */
function adsiCode(exitCode: number | undefined): number | undefined {
  if (exitCode === 0) return 0;
  if (exitCode === undefined || Math.floor(exitCode / 0x10000) !== WIN32_FACILITY) return undefined;
  return exitCode % 0x10000;
}

function checkName(what: "group" | "member", name: string): void {
  if (isImpossibleName(name)) {
    throw refused(what, name, "give a name that Windows can have, or a SID");
  }
}

function refused(what: string, name: string, next: string): WinrmError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new WinrmError("WINRM_E_ARGUMENT", `${shown} cannot be the name of a ${what} on Windows; nothing was sent`, {
    remedy: next,
  });
}

function describe({ group, member, action }: MemberChange): string {
  return `${action === "add" ? "adding" : "removing"} ${JSON.stringify(member)}, group ${JSON.stringify(group)}`;
}
