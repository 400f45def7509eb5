import type { Account } from "../../host/accounts/local-accounts";
import { fitsCommandLine } from "../../host/tasks/rollback";
import {
  type GroupAccess,
  type GroupChange,
  grantsRemoteAccess,
  mayComeThrough,
  membershipHazard,
} from "../safety/hazards/group";
import type { HostChange } from "../safety/risk";
import { displayAccount } from "./member-names";

/**
 * A change of a group as what the host would restore. Removing a group from one that gives access may take it from the
 * connection too, whatever its direct members are; a user counts who may be the connection's own, and so does whoever comes
 * into, or goes out of, a group that is nothing to the service, but may decide who logs on over the network. Whom the host could not
 * restore by name counts where the hazards see one, and stays where it was added.
 */
export function memberChanges(
  change: GroupChange,
  { access, known }: { readonly access: GroupAccess | undefined; readonly known: readonly Account[] },
): HostChange[] {
  const { group, delta } = change;
  const opens = grantsRemoteAccess(group);
  const locksOut = access !== undefined && membershipHazard(change, access) !== undefined;
  const about = (sid: string) => {
    const account = known.find((one) => one.sid === sid);
    const name = nameOnHost(account);
    const restorable = name !== undefined && fitsCommandLine(group.name) && fitsCommandLine(name);
    return { sid, account, restorable, member: name ?? sid };
  };
  const removals = delta.remove.map(about).map(({ sid, account, restorable, member }) => {
    const mayBeOwn =
      access !== undefined && ((opens && account?.kind !== "user") || mayComeThrough(sid, account, access));
    return { kind: "removal", group: group.name, member, mayBeCaller: restorable ? mayBeOwn : locksOut } as const;
  });
  const additions = delta.add.map(about).filter(({ restorable }) => restorable);
  return [
    ...removals,
    ...additions.map(({ sid, account, member }) => {
      const mayBeCaller = !opens && access !== undefined && mayComeThrough(sid, account, access);
      return { kind: "addition", group: group.name, member, mayBeCaller } as const;
    }),
  ];
}

/** As the host's own tools take it: WMI shows the computer before the name of a principal of the system. */
function nameOnHost(account: Account | undefined): string | undefined {
  if (account === undefined || account.unnamed === true) return undefined;
  return account.kind === "system" ? account.name : displayAccount(account);
}
