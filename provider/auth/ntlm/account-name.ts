/** User names as a person writes them, and the domain and user fields that NTLM wants. */
import { WinrmError } from "../../errors";
import { AV_ID, avValue, type AvPair } from "./av-pairs";

/** The domain that stands for the host itself, as in `.\user`. */
const THIS_MACHINE = ".";

const MAX_LENGTH = 1024;

/** The two fields of an NTLM account. An empty domain leaves the search to the host. */
export interface NtlmAccount {
  /** A NetBIOS or DNS domain, a machine name, `.` for the host itself, or empty. */
  readonly domain: string;
  /** A plain name, or a whole user principal name with an empty domain. */
  readonly user: string;
}

/**
 * Splits a name: `DOMAIN\user` at the backslash; `user@domain` stays whole, with an empty domain; `user` and `\user`
 * have an empty domain; `.\user` means an account of the host itself.
 * @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED` for an empty user, `WINRM_E_ARGUMENT` for a name that cannot be one:
 * more than one backslash, a control character, more than 1,024 characters.
 */
export function parseAccountName(name: string): NtlmAccount {
  const parts = name.split("\\");
  if (parts.length > 2) throw new WinrmError("WINRM_E_ARGUMENT", "The user name has more than one backslash.");
  const [first = "", second] = parts;
  return checkedAccount(second === undefined ? { domain: "", user: first } : { domain: first, user: second });
}

/** The account as given, if its fields can be a name; errors as in `parseAccountName`. */
export function checkedAccount(account: NtlmAccount): NtlmAccount {
  const { domain, user } = account;
  if (user === "") throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", "NTLM needs a user name, and it is empty.");
  if (/[\u0000-\u001f\u007f]/.test(domain + user)) {
    throw new WinrmError("WINRM_E_ARGUMENT", "The user name has a control character.");
  }
  if (domain.length + user.length > MAX_LENGTH) {
    throw new WinrmError("WINRM_E_ARGUMENT", `The user name is longer than ${MAX_LENGTH} characters.`);
  }
  return { domain, user };
}

/** What a host calls itself in its challenge: its DNS name where it has one, else its NetBIOS name. */
export function computerName(targetInfo: readonly AvPair[]): string | undefined {
  const names = [AV_ID.MsvAvDnsComputerName, AV_ID.MsvAvNbComputerName].map((id) => avValue(targetInfo, id));
  return names.map((name) => name?.toString("utf16le")).find((name) => name !== undefined && name !== "");
}

/**
 * The account for one host: `.` becomes the computer name of the host's challenge (MsvAvNbComputerName), or empty if
 * the challenge has none. The challenge's target name is never used: for a member of a domain it is the domain.
 */
export function accountForHost(account: NtlmAccount, targetInfo: readonly AvPair[]): NtlmAccount {
  if (account.domain !== THIS_MACHINE) return account;
  const computer = avValue(targetInfo, AV_ID.MsvAvNbComputerName);
  return { domain: computer?.toString("utf16le") ?? "", user: account.user };
}
