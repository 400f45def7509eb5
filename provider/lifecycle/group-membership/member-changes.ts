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

/** What is known of a group's change. */
interface Knowledge {
  readonly access: GroupAccess | undefined;
  readonly known: readonly Account[];
}

/**
 * A change of a group as what the host would restore. Removing a group from one that gives access may take it from the
 * connection too, whatever its direct members are; a user counts who may be the connection's own, and so does whoever comes
 * into, or goes out of, a group that is nothing to the service, but may decide who logs on over the network. Whom the host could not
 * restore by name counts where the hazards see one, and stays where it was added; see {@link needsProof}.
 */
export function memberChanges(change: GroupChange, knowledge: Knowledge): HostChange[] {
  const locksOut = isLockout(change, knowledge);
  const group = change.group.name;
  return stepsOf(change, knowledge).flatMap(({ kind, member, mayBeOwn, restorable }): HostChange[] => {
    if (kind === "removal") return [{ kind, group, member, mayBeCaller: restorable ? mayBeOwn : locksOut }];
    return restorable ? [{ kind, group, member, mayBeCaller: mayBeOwn }] : [];
  });
}

/**
 * True where the connection may come in through somebody whom the host could not restore by name, although the hazards see
 * that it gets in without him: then nothing but a fresh logon shows that they are right, and the connection restores it.
 */
export function needsProof(change: GroupChange, knowledge: Knowledge): boolean {
  if (isLockout(change, knowledge)) return false;
  return stepsOf(change, knowledge).some(({ mayBeOwn, restorable }) => mayBeOwn && !restorable);
}

function isLockout(change: GroupChange, { access }: Knowledge): boolean {
  return access !== undefined && membershipHazard(change, access) !== undefined;
}

/** Each member who goes or comes. */
function stepsOf({ group, delta }: GroupChange, { access, known }: Knowledge) {
  const opens = grantsRemoteAccess(group);
  const step = (kind: "removal" | "addition") => (sid: string) => {
    const account = known.find((one) => one.sid === sid);
    const name = nameOnHost(account);
    const restorable = name !== undefined && fitsCommandLine({ group: group.name, member: name });
    const counts = kind === "removal" || !opens;
    const isGroup = kind === "removal" && opens && account?.kind !== "user";
    const mayBeOwn = counts && access !== undefined && (isGroup || mayComeThrough(sid, account, access));
    return { kind, member: name ?? sid, mayBeOwn, restorable };
  };
  return [...delta.remove.map(step("removal")), ...delta.add.map(step("addition"))];
}

/** As the host's own tools take it: WMI shows the computer before the name of a principal of the system. */
function nameOnHost(account: Account | undefined): string | undefined {
  if (account === undefined || account.unnamed === true) return undefined;
  return account.kind === "system" ? account.name : displayAccount(account);
}
