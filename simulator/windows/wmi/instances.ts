/** What WMI's namespace `root/cimv2` holds of a host, as far as accounts and groups go. */

import type { Language } from "../../wsman/fault-table";
import type { Accounts } from "../accounts";
import type { Sam } from "../sam/sam";
import type { Principal } from "../sam/principals";
import { operatingSystem } from "./operating-system";

/** Points at an instance by its class and keys. */
export interface WmiReference {
  readonly className: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** The value of a property; `undefined` is NULL. */
export type WmiValue = string | number | boolean | WmiReference | undefined;

/** One instance. Properties stand in the order of the alphabet. */
export interface WmiInstance {
  readonly className: ClassName;
  readonly properties: Readonly<Record<string, WmiValue>>;
}

/** Who looks. */
export interface WmiView {
  readonly sam: Sam;
  readonly accounts: Pick<Accounts, "isDisabled" | "isLocked">;
  /** The host's NetBIOS name. */
  readonly hostName: string;
  /** `major.minor.build`. */
  readonly osVersion: string;
  readonly language: Language;
  /** Callers without the rights of an administrator see less, and are not told (assumed (wmi-users-rights): no memberships). */
  readonly administrator: boolean;
}

interface ClassDefinition {
  readonly keys: readonly string[];
  /** Classes whose instances are also of this class. */
  readonly subclasses?: readonly string[];
  readonly association?: boolean;
  /** There is one instance, which Get finds without keys. */
  readonly singleton?: boolean;
  instances(view: WmiView): WmiInstance[];
}

const SID_TYPES: Readonly<Record<Principal["kind"], number>> = { user: 1, group: 2, alias: 4, "well-known": 5 };
const ACCOUNT_KEYS = ["Domain", "Name"] as const;
const ACCOUNT_CLASSES: Readonly<Record<Principal["kind"], ClassName>> = {
  user: "Win32_UserAccount",
  group: "Win32_Group",
  alias: "Win32_Group",
  "well-known": "Win32_SystemAccount",
};

/** The classes by name. */
export const WMI_CLASSES = {
  Win32_Account: {
    keys: ACCOUNT_KEYS,
    subclasses: ["Win32_Group", "Win32_UserAccount", "Win32_SystemAccount"],
    instances: () => [],
  },
  Win32_Group: { keys: ACCOUNT_KEYS, instances: (view) => [...aliases(view), ...ofDomain(view, "group")] },
  Win32_UserAccount: {
    keys: ACCOUNT_KEYS,
    instances: (view) => [...view.sam.users().map((user) => account(user, view)), ...ofDomain(view, "user")],
  },
  Win32_SystemAccount: {
    keys: ACCOUNT_KEYS,
    instances: (view) => view.sam.wellKnown().map((one) => account(one, view)),
  },
  Win32_GroupUser: {
    keys: ["GroupComponent", "PartComponent"],
    association: true,
    instances: (view) => (view.administrator ? memberships(view) : []),
  },
  Win32_SID: { keys: ["SID"], instances: (view) => everybody(view).map((one) => nameOf(one)) },
  Win32_NTDomain: { keys: ["Name"], instances: (view) => domains(view) },
  Win32_ComputerSystem: { keys: ["Name"], instances: (view) => [computer(view)] },
  Win32_OperatingSystem: {
    keys: ["Name"],
    singleton: true,
    instances: (view) => [{ className: "Win32_OperatingSystem", properties: operatingSystem(view) }],
  },
} as const satisfies Record<string, ClassDefinition>;

/** A class that this model has. */
export type ClassName =
  | "Win32_Account"
  | "Win32_Group"
  | "Win32_UserAccount"
  | "Win32_SystemAccount"
  | "Win32_GroupUser"
  | "Win32_SID"
  | "Win32_NTDomain"
  | "Win32_ComputerSystem"
  | "Win32_OperatingSystem";

/** The class with a name, in any case. */
export function classNamed(name: string): ClassName | undefined {
  return (Object.keys(WMI_CLASSES) as ClassName[]).find((one) => one.toLowerCase() === name.toLowerCase());
}

/** True for a class with one instance. */
export function isSingleton(name: ClassName): boolean {
  const definition: ClassDefinition = WMI_CLASSES[name];
  return definition.singleton === true;
}

/** Names of a class's key properties. */
export function keysOf(name: ClassName): readonly string[] {
  return WMI_CLASSES[name].keys;
}

/** True if instances of the one class are also of the other. */
export function isOfClass(name: ClassName, wanted: ClassName): boolean {
  const definition: ClassDefinition = WMI_CLASSES[wanted];
  return name === wanted || definition.subclasses?.includes(name) === true;
}

/** Every instance of a class and of those below it. */
export function instancesOf(name: ClassName, view: WmiView): WmiInstance[] {
  const definition: ClassDefinition = WMI_CLASSES[name];
  const below = (definition.subclasses ?? []).flatMap((one) => {
    const subclass = classNamed(one);
    return subclass === undefined ? [] : instancesOf(subclass, view);
  });
  return [...definition.instances(view), ...below];
}

/** The classes that connect instances. */
export function associationClasses(): ClassName[] {
  return (Object.entries(WMI_CLASSES) as [ClassName, ClassDefinition][])
    .filter(([, definition]) => definition.association === true)
    .map(([name]) => name);
}

/** The reference that finds an instance. */
export function referenceTo({ className, properties }: WmiInstance): WmiReference {
  const text = (value: WmiValue) => (typeof value === "object" ? value.className : String(value ?? ""));
  const keys = keysOf(className).map((key) => [key, text(properties[key])] as const);
  return { className, keys: Object.fromEntries(keys) };
}

/** True if both find the same instance. Names and values are compared without regard to case. */
export function sameReference(one: WmiReference, other: WmiReference): boolean {
  const [first, second] = [classNamed(one.className), classNamed(other.className)];
  if (first === undefined || second === undefined) return false;
  if (!isOfClass(first, second) && !isOfClass(second, first)) return false;
  const [keys, others] = [lowerCased(one.keys), lowerCased(other.keys)];
  return keys.size === others.size && [...keys].every(([name, value]) => others.get(name) === value);
}

function lowerCased(keys: WmiReference["keys"]): Map<string, string> {
  return new Map(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value.toLowerCase()]));
}

/**
 * Assumed (wmi-domain, nameless-members): what has the authority BUILTIN or NT AUTHORITY elsewhere has the computer's
 * name as `Domain` here.
 */
function account(principal: Principal, { sam, accounts }: WmiView): WmiInstance {
  const domain = principal.local ? sam.authority : principal.authority;
  const { name, sid, kind, local } = principal;
  const known = {
    Caption: `${domain}\\${name}`,
    Description: "",
    Domain: domain,
    InstallDate: undefined,
    LocalAccount: local,
    Name: name,
    SID: sid,
    SIDType: SID_TYPES[kind],
    Status: "OK",
  };
  const user = {
    AccountType: 512,
    Disabled: accounts.isDisabled(local ? "" : domain, name),
    FullName: "",
    Lockout: local && accounts.isLocked(name),
    PasswordChangeable: true,
    PasswordExpires: true,
    PasswordRequired: true,
  };
  const properties = kind === "user" ? { ...known, ...user } : known;
  return { className: ACCOUNT_CLASSES[kind], properties: sorted(properties) };
}

function aliases(view: WmiView): WmiInstance[] {
  return view.sam.groups().flatMap(({ sid }) => {
    const principal = view.sam.principal(sid);
    return principal === undefined ? [] : [account(principal, view)];
  });
}

function ofDomain(view: WmiView, kind: "user" | "group"): WmiInstance[] {
  const { domain } = view.sam;
  if (domain?.reachable !== true) return [];
  const wanted = domain.principals().filter((one) => (one.kind === "user") === (kind === "user"));
  return wanted.map((one) => account({ ...one, authority: domain.name, local: false }, view));
}

/** Members without a name are left out, since a reference needs one. */
function memberships(view: WmiView): WmiInstance[] {
  const { sam } = view;
  const local = sam.groups().flatMap(({ sid, members }) => pairs(sid, members, view));
  const { domain } = sam;
  if (domain?.reachable !== true) return local;
  const inDomain = domain.principals().flatMap(({ sid, kind }) => {
    return kind !== "user" ? pairs(sid, domain.membersOf(sid), view) : [];
  });
  return [...local, ...inDomain];
}

function pairs(group: string, members: Iterable<string>, view: WmiView): WmiInstance[] {
  const parent = view.sam.principal(group);
  if (parent === undefined) return [];
  return [...members].flatMap((member) => {
    const principal = view.sam.principal(member);
    if (principal === undefined) return [];
    const properties = {
      GroupComponent: referenceTo(account(parent, view)),
      PartComponent: referenceTo(account(principal, view)),
    };
    return [{ className: "Win32_GroupUser", properties }];
  });
}

function everybody({ sam }: WmiView): Principal[] {
  const local = [...sam.users(), ...sam.groups(), ...sam.wellKnown()].map(({ sid }) => sid);
  const inDomain = (sam.domain?.principals() ?? []).map(({ sid }) => sid);
  return [...local, ...inDomain].flatMap((sid) => sam.principal(sid) ?? []);
}

/** Assumed (wmi-sid, wmi-sids): a SID that nobody has is not found. Windows has no list of these instances; here it is not refused. */
function nameOf({ sid, authority, name }: Principal): WmiInstance {
  const properties = { AccountName: name, ReferencedDomainName: authority, SID: sid, SidLength: 28 };
  return { className: "Win32_SID", properties };
}

function domains({ sam: { domain }, hostName }: WmiView): WmiInstance[] {
  const own = { DnsForestName: undefined, DomainName: hostName, Name: `Domain: ${hostName}`, Status: "Unknown" };
  if (domain?.reachable !== true) return [{ className: "Win32_NTDomain", properties: own }];
  const { name, dnsName } = domain;
  const joined = { DnsForestName: dnsName, DomainName: name, Name: `Domain: ${name}`, Status: "OK" };
  return [own, joined].map((properties) => ({ className: "Win32_NTDomain", properties }));
}

const STANDALONE_SERVER = 2;
const MEMBER_SERVER = 3;
const PRIMARY_DOMAIN_CONTROLLER = 5;

function computer({ sam, hostName }: WmiView): WmiInstance {
  const { joined } = sam;
  const member = joined ? MEMBER_SERVER : STANDALONE_SERVER;
  const properties = {
    Domain: sam.domain?.dnsName ?? (joined ? "example.com" : "WORKGROUP"),
    DomainRole: sam.domainController ? PRIMARY_DOMAIN_CONTROLLER : member,
    Name: hostName,
    PartOfDomain: joined,
    Workgroup: joined ? undefined : "WORKGROUP",
  };
  return { className: "Win32_ComputerSystem", properties };
}

function sorted(properties: Readonly<Record<string, WmiValue>>): Record<string, WmiValue> {
  return Object.fromEntries(Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1)));
}
