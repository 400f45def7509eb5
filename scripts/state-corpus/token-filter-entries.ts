/** States of TokenFilterPolicy. */
import { type HostOptions, SYSTEM_POLICIES_KEY } from "../../simulator";
import { CORPUS_PASSWORD, type CorpusEntry, connected } from "./entry";

const NAME = "LocalAccountTokenFilterPolicy";
const ADMINISTRATOR = { name: "Administrator", password: CORPUS_PASSWORD };

/** A host with this value, or `absent`. */
function filtering(value: number | string): HostOptions {
  const registry = value === "absent" ? {} : { [SYSTEM_POLICIES_KEY]: { [NAME]: value } };
  return { accounts: [ADMINISTRATOR], quickConfig: false, registry };
}

/** The entry of an administrator whom remote UAC does not filter. */
function policy(entry: Omit<CorpusEntry, "type" | "connection">): CorpusEntry {
  const connection = connected(entry.name, `auth: { username: "${ADMINISTRATOR.name}" }`);
  return { type: "TokenFilterPolicy", connection, ...entry };
}

/** Each value from each other one, adopted, left, drifted and read. */
export const FILTER_ENTRIES: readonly CorpusEntry[] = [
  policy({
    name: "fulltoken",
    before: filtering("absent"),
    after: filtering(1),
    args: `localAccountTokenFilterPolicy: 1, onDelete: "restore", onPolicyConflict: "fail", acceptLockout: true`,
  }),
  policy({
    name: "filtered",
    before: filtering(1),
    after: filtering(0),
    args: "localAccountTokenFilterPolicy: 0",
  }),
  policy({
    name: "valueless",
    before: filtering(1),
    after: filtering("absent"),
    args: 'localAccountTokenFilterPolicy: "absent"',
  }),
  policy({
    name: "fullalready",
    before: filtering(1),
    after: filtering(1),
    args: "localAccountTokenFilterPolicy: 1",
  }),
  policy({
    name: "fullleft",
    before: filtering("absent"),
    after: filtering(1),
    end: filtering(1),
    args: 'localAccountTokenFilterPolicy: 1, onDelete: "leave"',
  }),
  policy({
    name: "fulldrifted",
    before: filtering("absent"),
    after: filtering("1"),
    end: filtering("1"),
    args: "localAccountTokenFilterPolicy: 1",
    edits: ({ registry }) => {
      registry.set(SYSTEM_POLICIES_KEY, NAME, "1");
    },
    step: "update",
  }),
  policy({
    name: "filterread",
    before: filtering(1),
    after: filtering(1),
    get: true,
    step: "read",
  }),
];
