/** States of GroupMembership. */
import type { DomainOptions, HostOptions } from "../../simulator";
import { CORPUS_PASSWORD, type CorpusEntry } from "./entry";

const DEFAULT_GROUP = "WinRMRemoteWMIUsers__";
const REMOTE_MANAGEMENT = "Remote Management Users";
/** States hold SIDs: neither the domain's nor a relative id may ever be another one. */
const DOMAIN: DomainOptions = {
  name: "CORP",
  sid: "S-1-5-21-1004336348-1177238915-682003330",
  users: ["ann", "bob"],
  groups: { Deploy: ["ann"] },
};
const ANN = `${DOMAIN.sid}-1104`;
const KIM = { name: "kim", password: CORPUS_PASSWORD, administrator: false, rid: 1201 };

/** A host of the domain with these members in its groups. */
function grouped(groups: HostOptions["groups"] = {}, domain = DOMAIN): HostOptions {
  return { accounts: [KIM], domain, quickConfig: true, remoteWmiUsersGroup: true, groups };
}

/** Both modes, by name and by SID, with strangers, in the default group, left, drifted, orphaned and read. */
export const GROUP_ENTRIES: readonly CorpusEntry[] = [
  {
    name: "joined",
    type: "GroupMembership",
    before: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob"] }),
    after: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob", "kim", "CORP\\Deploy"] }),
    args: `group: "${REMOTE_MANAGEMENT}", members: [".\\\\kim", "CORP\\\\Deploy", "corp\\\\BOB"], mode: "members",
      onDelete: "restore", onPolicyConflict: "fail", acceptLockout: true`,
  },
  {
    name: "joineddefault",
    type: "GroupMembership",
    before: grouped(),
    after: grouped({ [DEFAULT_GROUP]: ["CORP\\ann"] }),
    args: 'members: ["ann@corp.example.com"]',
  },
  {
    name: "joinedbysid",
    type: "GroupMembership",
    before: grouped(),
    after: grouped({ [REMOTE_MANAGEMENT]: [ANN] }),
    args: `group: "S-1-5-32-580", members: ["${ANN}"]`,
  },
  {
    name: "joinedbefore",
    type: "GroupMembership",
    before: grouped({ Operators: ["kim"] }),
    after: grouped({ Operators: ["kim"] }),
    args: 'group: "Operators", members: ["kim"]',
  },
  {
    name: "onlythese",
    type: "GroupMembership",
    before: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob"] }),
    after: grouped({ [REMOTE_MANAGEMENT]: ["kim", "CORP\\ann"] }),
    args: `group: "${REMOTE_MANAGEMENT}", members: ["kim", "CORP\\\\ann"], mode: "exclusive"`,
  },
  {
    name: "nobody",
    type: "GroupMembership",
    before: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob"] }),
    after: grouped(),
    end: grouped(),
    args: `group: "${REMOTE_MANAGEMENT}", members: [], mode: "exclusive", onDelete: "leave"`,
  },
  {
    name: "joineddrifted",
    type: "GroupMembership",
    before: grouped(),
    after: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob", "CORP\\ann"] }),
    end: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob"] }),
    args: `group: "${REMOTE_MANAGEMENT}", members: ["kim", "CORP\\\\ann"]`,
    edits: ({ groups }) => {
      groups.remove(REMOTE_MANAGEMENT, "kim");
      groups.add(REMOTE_MANAGEMENT, "CORP\\bob");
    },
    step: "update",
  },
  {
    name: "onlydrifted",
    type: "GroupMembership",
    before: grouped({ [REMOTE_MANAGEMENT]: ["CORP\\bob"] }),
    after: grouped({ [REMOTE_MANAGEMENT]: ["kim", "CORP\\ann"] }),
    end: grouped({ [REMOTE_MANAGEMENT]: ["kim", "CORP\\ann"] }),
    args: `group: "${REMOTE_MANAGEMENT}", members: ["kim"], mode: "exclusive"`,
    edits: ({ groups }) => {
      groups.add(REMOTE_MANAGEMENT, "CORP\\ann");
    },
    step: "update",
  },
  {
    name: "orphaned",
    type: "GroupMembership",
    before: grouped({}, { ...DOMAIN, users: ["ann"] }),
    after: grouped({ [REMOTE_MANAGEMENT]: [ANN] }, { ...DOMAIN, users: [], groups: {} }),
    end: grouped({}, { ...DOMAIN, users: [], groups: {} }),
    args: `group: "${REMOTE_MANAGEMENT}", members: ["CORP\\\\ann"]`,
    edits: ({ groups }) => {
      groups.removeFromDomain("ann");
    },
  },
  {
    name: "groupread",
    type: "GroupMembership",
    before: grouped({ [REMOTE_MANAGEMENT]: ["kim"] }),
    after: grouped({ [REMOTE_MANAGEMENT]: ["kim"] }),
    args: `group: "${REMOTE_MANAGEMENT}"`,
    get: true,
    step: "read",
  },
];
