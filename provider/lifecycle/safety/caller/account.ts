import { parseAccountName } from "../../../account-name";
import { listCertMappings } from "../../../host/cert-mappings";
import type { HostView } from "../../../host/host-view";
import { type Account, findAccount } from "../../../host/accounts/local-accounts";
import { readGroupsOf } from "../../../host/accounts/local-groups";
import { unlessDenied } from "../../../host/refusal";
import { type SessionAuth, accountOf } from "../../../session/target";
import type { Caller } from "./caller";
import { mappedAccount } from "./certificate";

/** The built-in Administrator's relative id, whatever the account is called. */
export const BUILT_IN_ADMINISTRATOR_RID = 500;

/** A connection and whom it logs in as. */
export interface CallerAccount extends Caller {
  /** As the connection names it. */
  readonly name: string;
  /** `undefined` if neither the logon nor the host tells who it is. */
  readonly account: Account | undefined;
  /** SIDs of the groups that it is a direct member of; `undefined` if the host does not tell. */
  readonly groups: readonly string[] | undefined;
}

/** Who a connection logs in as (one request, with a certificate two), and the account's groups (one more). */
export async function observeAccount(view: HostView, caller: Caller): Promise<CallerAccount> {
  const account = await lookUp(view, caller.target.auth);
  const key = account?.kind === "user" ? `${account.domain}\\${account.name}` : undefined;
  const groups = key === undefined ? undefined : await unlessDenied(view.read(readGroupsOf, key));
  return { ...caller, name: accountOf(caller.target.auth), account, groups: groups?.map(({ sid }) => sid) };
}

/** The account that a logon leads to; `undefined` if neither the logon nor the host tells. */
export async function lookUp(view: HostView, auth: SessionAuth): Promise<Account | undefined> {
  const name = await nameOf(view, auth);
  return name === undefined ? undefined : await unlessDenied(view.read(findAccount, name));
}

/** A certificate names no account, but the host's mappings do; tickets of an unknown owner name none. */
async function nameOf(view: HostView, auth: SessionAuth): Promise<string | undefined> {
  switch (auth.method) {
    case "certificate": {
      const mappings = await unlessDenied(view.read(listCertMappings));
      return mappings === undefined ? undefined : mappedAccount(mappings, auth.certificate.chainPem);
    }
    case "kerberos": {
      const name = accountOf(auth);
      return parseAccountName(name).kind === "principal" ? name : undefined;
    }
    case "basic":
    case "digest":
      // Windows admits local accounts only; what stands before a backslash is the host itself.
      return localPart(auth.credential.username);
    case "ntlm":
    case "negotiate":
      return auth.credential.username;
  }
}

function localPart(username: string): string {
  const account = parseAccountName(username);
  return account.kind === "qualified" || account.kind === "local" ? account.name : username;
}
