/**
 * Names that an error may repeat. Whoever puts a secret where its name belongs (`{ env: "<the password>" }`) must not
 * find it in a log, so a text is repeated only where it has the usual form of such a name.
 */

/** A variable's name in capitals, in parts, or of small letters: `WEB01_PASSWORD`, `TF_VAR_password`, `pw`; not `Sommer2026`. */
const VARIABLE = /^(?=[^a-z]*$|[^_]*_|[a-z]*$)(?!\d)[A-Za-z0-9_]{1,64}$/;
/** A path as file systems have them, with a folder or an extension, or of small letters: `../secrets/pw`, `C:\pw.txt`, `pw`. */
const PATH = /^(?=.*[\\/]|.*\.[A-Za-z0-9]{1,10}$|[a-z]*$)(?:[A-Za-z]:)?[^\p{C}\p{Zl}\p{Zp}<>:"|?*=+]{1,1024}$/u;
/** An argument's name. */
const ARGUMENT = /^[A-Za-z_][A-Za-z0-9_-]{0,40}$/;

/** The variable's name in a sentence; one that is not to be repeated is only described. */
export function displayVariable(name: string): string {
  return VARIABLE.test(name) ? name : "(not repeated, because it does not look like a variable's name)";
}

/** The file's name in a sentence; one that is not to be repeated is only described. */
export function displayFile(path: string): string {
  return PATH.test(path) && path.split(/[\\/]/).every((part) => part.length <= 255)
    ? path
    : "(not repeated, because it does not look like a file's path)";
}

/** The key of an argument, or a stand-in for one that is no name. */
export function displayArgument(key: string): string {
  return ARGUMENT.test(key) ? key : "(not repeated)";
}

/** PEM of a private key, whatever its kind. */
export function holdsPrivateKey(text: string): boolean {
  return /PRIVATE KEY-----/.test(text);
}

/** A password in a URL or before a host, or a key: such a text is not repeated wherever it stands. */
function looksSecret(text: string): boolean {
  return holdsPrivateKey(text) || /:[^@]*@/.test(text);
}

/** A word, a number, or a number with its unit; nothing that mixes them as passwords do. */
const WORD = /^(?:[a-z]{0,20}|[\d.+-]{1,12}(?: ?[a-z]{1,2})?)$/i;

/** What stands where a word or a number is wanted, in quotes; what is neither is not repeated. */
export function displayWord(text: string): string {
  return WORD.test(text) ? displayText(text) : NOT_REPEATED;
}

const NOT_REPEATED = "this string, which is not repeated because it may hold a secret";
const MAX_SHOWN = 80;
/** Nobody sees them, or takes them for a blank. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** A program's own text in quotes, in part if it is long, and with invisible characters as escapes: `"web\u200b01"`. */
export function displayText(text: string): string {
  if (looksSecret(text)) return NOT_REPEATED;
  const shown = JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
  return shown.replace(INVISIBLE, (one) => `\\u${one.codePointAt(0)?.toString(16).padStart(4, "0") ?? ""}`);
}
