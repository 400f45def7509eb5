/** Every change of a host that could lock its operator out, for the matrix of lockouts. */
import type { ResourceType } from "../../../provider/contract/resource-shape";
import type { SimulatedHost } from "../../../simulator";
import { ADMINISTRATORS, ISSUER, STRANGER, SVC, type Way } from "./lockout-ways";

type Arguments = Readonly<Record<string, unknown>>;

/** One change: what a program declares, and what it declares while the host is still as it was. */
export interface Change {
  readonly name: string;
  readonly type: ResourceType;
  readonly wanted: (way: Way) => Arguments;
  /** Arguments under which nothing is written. */
  readonly neutral: (host: SimulatedHost, way: Way) => Arguments;
  /** State of the neutral arguments as if the wanted ones had been there before the first apply. */
  readonly destroyable: (state: Arguments, host: SimulatedHost, way: Way) => Arguments;
  /** The change has a key of its own, so that an update of the neutral resource would be another one. */
  readonly ownKey?: boolean;
  /** The first of its resource. */
  readonly first?: boolean;
  /** What goes wrong on the host while the change is made. */
  readonly hinder?: (host: SimulatedHost, way: Way) => void;
}

const FLAGS = ["basic", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"] as const;
const PATHS: Readonly<Record<string, string>> = {
  basic: "service/auth/Basic",
  kerberos: "service/auth/Kerberos",
  negotiate: "service/auth/Negotiate",
  certificate: "service/auth/Certificate",
  credSSP: "service/auth/CredSSP",
  allowUnencrypted: "service/AllowUnencrypted",
  cbtHardeningLevel: "service/auth/CbtHardeningLevel",
};

function setting(service: Readonly<Record<string, boolean | string>>): Change {
  const live = (host: SimulatedHost, name: string) => {
    const value = host.config.get(PATHS[name]!);
    return name === "cbtHardeningLevel" ? value : value === "true";
  };
  return {
    name: Object.entries(service)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", "),
    type: "AuthConfig",
    wanted: () => ({ service }),
    neutral: (host) => ({ service: Object.fromEntries(Object.keys(service).map((name) => [name, live(host, name)])) }),
    destroyable: (state) => ({ ...state, priorValues: { service, client: {} } }),
  };
}

/** A membership as the only members of a group. */
export function membership(
  name: string,
  members: (way: Way) => readonly string[],
  { group = ADMINISTRATORS, hinder }: { readonly group?: string; readonly hinder?: Change["hinder"] } = {},
): Change {
  return {
    name: `${group === ADMINISTRATORS ? "Administrators" : group} = ${name}`,
    type: "GroupMembership",
    wanted: (way) => ({ group, mode: "exclusive", members: [...new Set(members(way))] }),
    neutral: (host) => ({ group, mode: "exclusive", members: host.groups.memberSids(group) }),
    destroyable: (state, host, way) => {
      const priorMembers = [...new Set(members(way).map((member) => host.groups.sidOf(member)))];
      return { ...state, priorMembers };
    },
    ...(hinder === undefined ? {} : { hinder }),
  };
}

/** The resource had added the operator, and the program drops it. */
const DROPPED: Change = {
  name: "the operator is dropped from the members that were added",
  type: "GroupMembership",
  wanted: () => ({ group: ADMINISTRATORS, members: [STRANGER.name] }),
  neutral: (_host, { self }) => ({ group: ADMINISTRATORS, members: [STRANGER.name, self] }),
  destroyable: (state, host, { self }) => ({ ...state, addedMembers: [host.groups.sidOf(self)] }),
};

function mapping(name: string, over: Arguments, ownKey = true): Change {
  const own = { subject: "*@localhost", issuer: ISSUER, userName: SVC.name, password: SVC.password, adopt: true };
  return {
    name: `mapping: ${name}`,
    type: "CertMapping",
    wanted: () => ({ ...own, ...over }),
    neutral: () => own,
    destroyable: (state) => ({ ...state, priorMapping: undefined }),
    ownKey,
  };
}

function policy(value: 0 | 1 | "absent"): Change {
  return {
    name: `token filter: ${value}`,
    type: "TokenFilterPolicy",
    wanted: () => ({ localAccountTokenFilterPolicy: value }),
    neutral: () => ({ localAccountTokenFilterPolicy: 1 }),
    destroyable: (state) => ({ ...state, priorValue: value }),
  };
}

const stranger = { userName: STRANGER.name, password: STRANGER.password };
const configOnly = "http://schemas.microsoft.com/wbem/wsman/1/config*";
const refuseSelf: Change["hinder"] = (host, { self }) => {
  host.groups.refuse(self, 1387);
};

const ALL: readonly Change[] = [
  ...FLAGS.flatMap((name) => [setting({ [name]: true }), setting({ [name]: false })]),
  ...["None", "Relaxed", "Strict"].map((cbtHardeningLevel) => setting({ cbtHardeningLevel })),
  setting({ kerberos: false, negotiate: false }),
  setting({ basic: false, negotiate: false }),
  setting({ basic: false, kerberos: false, negotiate: false, certificate: false }),
  membership("nobody else", () => ["Administrator"]),
  membership("the operator", ({ self }) => ["Administrator", self]),
  membership("the operator, whom the host refuses", ({ self }) => ["Administrator", self], { hinder: refuseSelf }),
  membership("a stranger", () => ["Administrator", STRANGER.name]),
  membership("Authenticated Users", () => ["Administrator", "S-1-5-11"]),
  membership("local accounts", () => ["Administrator", "S-1-5-113"]),
  membership("a stranger", () => [STRANGER.name], { group: "Remote Management Users" }),
  DROPPED,
  mapping("longer, to another account", { ...stranger, subject: "deploy@localhost" }),
  mapping("longer, to the same account", { subject: "deploy@localhost" }),
  mapping("longer and disabled", { subject: "deploy@localhost", enabled: false }),
  mapping("with a longer URI, to another account", { ...stranger, uri: configOnly }),
  mapping("a tie", { subject: "deploy@loc*" }),
  mapping("shorter, to another account", { ...stranger, subject: "*host" }),
  mapping("its own, disabled", { enabled: false }, false),
  mapping("its own, to another account", stranger, false),
  policy(0),
  policy("absent"),
  policy(1),
];

/** Every change. */
export const CHANGES: readonly Change[] = ALL.map((change, index) => ({
  ...change,
  first: ALL.findIndex(({ type }) => type === change.type) === index,
}));
