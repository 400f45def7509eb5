/** HTTP Basic authentication (RFC 7617), which WinRM offers to local accounts only. */
import { parseAccountName } from "../account-name";
import { WinrmError } from "../errors";

/**
 * The value of the `Authorization` header: `Basic` and base64 of `user:password` in UTF-8. Basic takes the plain names
 * of local accounts, so a leading `.\` is left out; any other prefix is sent as given.
 * @throws WinrmError `WINRM_E_CREDENTIALS_REQUIRED` if either is empty; `WINRM_E_ARGUMENT` if the user name has a colon,
 * which would end it early, or either has CR, LF or NUL.
 */
export function basicAuthorization(username: string, password: string): string {
  const account = parseAccountName(username);
  const user = account.kind === "local" ? account.name : username;
  if (user === "" || password === "") {
    throw new WinrmError("WINRM_E_CREDENTIALS_REQUIRED", "Basic needs a user name and a password.");
  }
  if (user.includes(":")) throw new WinrmError("WINRM_E_ARGUMENT", "A user name for Basic cannot have a colon.");
  for (const [what, value] of [
    ["user name", user],
    ["password", password],
  ] as const) {
    if (/[\r\n\0]/.test(value)) {
      throw new WinrmError("WINRM_E_ARGUMENT", `The ${what} has a line break or a NUL character.`);
    }
  }
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
