/** Connections of a run as the judgement of lockouts sees them. */
import type { CallerAccount } from "../../../provider/lifecycle/safety/caller/account";
import type { Caller } from "../../../provider/lifecycle/safety/caller/caller";

/** A connection; by default the one that makes the change. */
export function callerOf(target: Caller["target"], about: Partial<Omit<Caller, "target">> = {}): Caller {
  return { target, peerThumbprint: undefined, subject: "this connection", ...about };
}

/** A connection with NTLM, and whom it logs in as. */
export function accountCaller(
  name: string,
  account: CallerAccount["account"],
  about: Partial<CallerAccount> = {},
): CallerAccount {
  const credential = { username: name, password: "unused" };
  const target = { transport: "https", auth: { method: "ntlm", channelBinding: true, credential } } as const;
  return { ...callerOf(target), name, account, groups: [], ...about };
}
