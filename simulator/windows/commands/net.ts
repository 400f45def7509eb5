/**
 * `net localgroup`. Exit code 0 for success, 2 for an error with its number in the text, 1 for the help text, which is
 * also what a member whose name has more than 20 characters gets (KB324639). Assumed (net-output, net-numbers).
 */

import type { Language } from "../../wsman/fault-table";
import type { LocalGroup } from "../sam/principals";
import { type CommandContext, failure, lines, type Program, success } from "./command";
import type { ProgramOutput } from "./output";
import { netService } from "./services";

interface Texts {
  readonly done: string;
  readonly list: (host: string) => string;
  readonly head: (group: string) => readonly string[];
  readonly error: (code: number) => string;
  readonly reasons: Readonly<Record<number, string>>;
  readonly unknownMember: (member: string) => readonly string[];
  readonly help: string;
}

const HELP_SYNTAX = [
  "",
  "NET LOCALGROUP",
  '[groupname [/COMMENT:"text"]] [/DOMAIN]',
  '              groupname {/ADD [/COMMENT:"text"] | /DELETE}  [/DOMAIN]',
  "              groupname name [...] {/ADD | /DELETE} [/DOMAIN]",
  "",
];
const TEXTS: Readonly<Record<Language, Texts>> = {
  "en-US": {
    done: lines("The command completed successfully.", ""),
    list: (host) => `Aliases for \\\\${host}`,
    head: (group) => [`Alias name     ${group}`, "Comment        ", "", "Members", ""],
    error: (code) => `System error ${code} has occurred.`,
    reasons: {
      5: "Access is denied.",
      1355: "The specified domain either does not exist or could not be contacted.",
      1371: "Cannot perform this operation on built-in accounts.",
      1376: "The specified local group does not exist.",
      1377: "The specified account name is not a member of the group.",
      1378: "The specified account name is already a member of the group.",
      1388: "A new member could not be added to a local group because the member has the wrong account type.",
    },
    unknownMember: (member) => [
      `There is no such global user or group: ${member}.`,
      "",
      "More help is available by typing NET HELPMSG 3783.",
    ],
    help: lines("The syntax of this command is:", ...HELP_SYNTAX),
  },
  "de-DE": {
    done: lines("Der Befehl wurde erfolgreich ausgeführt.", ""),
    list: (host) => `Aliase für \\\\${host}`,
    head: (group) => [`Aliasname        ${group}`, "Beschreibung     ", "", "Mitglieder", ""],
    error: (code) => `Systemfehler ${code} aufgetreten.`,
    reasons: {
      5: "Zugriff verweigert",
      1355: "Die angegebene Domäne ist nicht vorhanden, oder es konnte keine Verbindung hergestellt werden.",
      1371: "Dieser Vorgang kann für integrierte Konten nicht ausgeführt werden.",
      1376: "Die angegebene lokale Gruppe ist nicht vorhanden.",
      1377: "Der angegebene Kontoname ist kein Mitglied der Gruppe.",
      1378: "Der angegebene Kontoname ist bereits Mitglied der Gruppe.",
      1388: "Der lokalen Gruppe konnte kein neues Mitglied hinzugefügt werden, da das Mitglied den falschen Kontotyp hat.",
    },
    unknownMember: (member) => [
      `Es gibt keinen solchen globalen Benutzer oder eine solche Gruppe: ${member}.`,
      "",
      "Sie erhalten weitere Hilfe, wenn Sie NET HELPMSG 3783 eingeben.",
    ],
    help: lines("Die Syntax dieses Befehls lautet:", ...HELP_SYNTAX),
  },
};
const RULE = "-".repeat(79);
const MAX_NAME_LENGTH = 20;
/** What a name that nobody has comes to, whichever way the lookup failed. */
const UNKNOWN_MEMBER: ReadonlySet<number> = new Set([1317, 1332, 1387]);

/** `net`, as far as local groups and the WinRM service go. */
export const net: Program = (args, context) => {
  const texts = TEXTS[context.host.language];
  const switches = args.filter((arg) => arg.startsWith("/")).map((arg) => arg.toLowerCase());
  const [command, group, ...members] = args.filter((arg) => !arg.startsWith("/"));
  const verb = command?.toLowerCase();
  if (verb === "start" || verb === "stop") return netService(verb, group, context);
  if (verb !== "localgroup") return failure(1, texts.help);
  if (group === undefined) return switches.length === 0 ? listGroups(context, texts) : failure(1, texts.help);
  if (members.length === 0) return switches.length === 0 ? listMembers(group, context, texts) : failure(1, texts.help);
  const action = switches.length === 1 ? switches[0] : undefined;
  if (action !== "/add" && action !== "/delete") return failure(1, texts.help);
  return change(group, members, { action, context, texts });
};

function change(
  group: string,
  members: readonly string[],
  { action, context, texts }: { action: "/add" | "/delete"; context: CommandContext; texts: Texts },
): ProgramOutput {
  if (members.some(tooLong)) return failure(1, texts.help);
  const { sam } = context.host;
  if (groupNamed(group, context) === undefined) return systemError(1376, texts);
  for (const member of members) {
    // A SID is a name that nobody has.
    const code = /^S-1-/i.test(member)
      ? 1332
      : action === "/add"
        ? sam.addMember(group, member, context.caller.administrator)
        : sam.removeMember(group, member, context.caller.administrator);
    if (UNKNOWN_MEMBER.has(code)) return failure(2, lines(...texts.unknownMember(member), ""));
    if (code !== 0) return systemError(code, texts);
  }
  return success(texts.done);
}

function tooLong(member: string): boolean {
  return member.slice(member.indexOf("\\") + 1).length > MAX_NAME_LENGTH;
}

/** Only plain names: neither a SID nor a name with an authority before it. */
function groupNamed(name: string, { host }: CommandContext): LocalGroup | undefined {
  const found = host.sam.group(name);
  return found?.name.toLowerCase() === name.toLowerCase() ? found : undefined;
}

function systemError(code: number, texts: Texts): ProgramOutput {
  return failure(2, lines(texts.error(code), "", texts.reasons[code] ?? "", ""));
}

function listGroups({ host }: CommandContext, texts: Texts): ProgramOutput {
  const names = host.sam.groups().map(({ name }) => `*${name}`);
  const sorted = names.sort((one, other) => one.localeCompare(other));
  return success(lines("", texts.list(host.name), "", RULE, ...sorted) + texts.done);
}

function listMembers(group: string, context: CommandContext, texts: Texts): ProgramOutput {
  const found = groupNamed(group, context);
  if (found === undefined) return systemError(1376, texts);
  const { sam } = context.host;
  const names = [...found.members].map((sid) => {
    const principal = sam.principal(sid);
    return principal?.local === true && principal.kind === "user" ? principal.name : sam.display(sid);
  });
  return success(lines(...texts.head(found.name), RULE, ...names) + texts.done);
}
