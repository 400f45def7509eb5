/** The wording of every finding, by rule: brought about by the plans that preview, up and destroy ask. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthConfigInputs } from "../../../provider/contract/auth-config";
import type { CertMappingInputs, CertMappingOutputs } from "../../../provider/contract/cert-mapping";
import { RULES, type Rule, findingText, noteText } from "../../../provider/contract/finding";
import type { GroupMembershipInputs, GroupMembershipOutputs } from "../../../provider/contract/group-membership";
import type { TokenFilterPolicyOutputs } from "../../../provider/contract/token-filter-policy";
import type { TrustedHostsInputs } from "../../../provider/contract/trusted-hosts";
import type { Account } from "../../../provider/host/accounts/local-accounts";
import { ADMINISTRATORS } from "../../../provider/host/accounts/local-groups";
import type { LeafValue, WinrmConfig } from "../../../provider/host/config";
import type { DwordReading } from "../../../provider/host/registry";
import { planAuth, planAuthDestroy } from "../../../provider/lifecycle/auth-config/plan";
import type { ObservedMapping } from "../../../provider/lifecycle/cert-mapping/observe";
import { planCertMapping, planCertMappingDestroy } from "../../../provider/lifecycle/cert-mapping/plan";
import { RefusedCredentials } from "../../../provider/lifecycle/cert-mapping/writes";
import type { Plan } from "../../../provider/lifecycle/change/plan";
import { confirmNote } from "../../../provider/lifecycle/change/confirm/confirmation";
import { unfinishedNotes } from "../../../provider/lifecycle/change/confirm/unfinished";
import type { ObservedGroup } from "../../../provider/lifecycle/group-membership/observe";
import { planGroup, planGroupDestroy } from "../../../provider/lifecycle/group-membership/plan";
import { planPolicy, planPolicyDestroy } from "../../../provider/lifecycle/token-filter-policy/plan";
import type { TokenFilter } from "../../../provider/lifecycle/token-filter-policy/policy";
import { planTrustedHosts, planTrustedHostsDestroy } from "../../../provider/lifecycle/trusted-hosts/plan";
import { claimUnseen, contradiction } from "../../../provider/program/preflight/contradictions";
import { accountCaller, callerOf } from "../../support/lockouts/callers";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";
import { assertGolden } from "../../support/pages/golden";

const HOST = "web01";
const connection = { host: HOST };
const NONE = { kind: "none" } as const;

function config(values: Readonly<Record<string, LeafValue>>, ...owned: readonly string[]): WinrmConfig {
  return new Map(Object.entries(values).map(([path, value]) => [path, { value, policy: owned.includes(path) }]));
}

const credential = { username: "ops", password: "unused" };
const own = (method: "basic" | "ntlm", transport: "http" | "https", channelBinding = true) =>
  callerOf({ transport, auth: { method, credential, channelBinding } });

const METHODS = { "service/auth/Basic": true, "service/auth/Kerberos": true, "service/auth/Negotiate": true };

function auth(inputs: Partial<AuthConfigInputs>, observed: WinrmConfig, caller = own("basic", "https")): Plan<unknown> {
  const access = { callers: [caller], domainMember: true };
  return planAuth({ connection, ...inputs }, { observed: Object.assign(observed, { access }), host: HOST });
}

const account = (name: string, rid: number, more: Partial<Account> = {}): Account => ({
  sid: `S-1-5-21-1-2-3-${rid}`,
  domain: "WEB01",
  name,
  kind: "user",
  local: true,
  ...more,
});
const OPS = account("ops", 1001);
const OPERATORS = { sid: "S-1-5-32-580", name: "Remote Management Users", domain: "WEB01" };
const ADMINS = { sid: ADMINISTRATORS, name: "Administrators", domain: "WEB01" };

function group(inputs: Partial<GroupMembershipInputs>, seen: Partial<ObservedGroup>): Plan<unknown> {
  const observed: ObservedGroup = { ...EMPTY_GROUP, ...seen };
  return planGroup({ connection, members: [], ...inputs }, NONE, { observed, host: HOST });
}

const EMPTY_GROUP: ObservedGroup = {
  groups: [ADMINS, OPERATORS],
  group: OPERATORS,
  members: [],
  hidden: [],
  accounts: new Map(),
  domainController: false,
};
const ACCESS = { callers: [accountCaller("ops", OPS, { groups: [ADMINISTRATORS] })], administrators: [OPS.sid] };

const GROUP_STATE = {
  ...{ connection, members: [], schemaVersion: 1, groupSid: OPERATORS.sid, groupName: OPERATORS.name },
  ...{ effectiveMembers: [], memberSids: {}, orphanedMembers: [] },
};

function groupDestroy(state: Partial<GroupMembershipOutputs>, seen: Partial<ObservedGroup>): Plan<unknown> {
  return planGroupDestroy({ ...GROUP_STATE, ...state }, { observed: { ...EMPTY_GROUP, ...seen }, host: HOST });
}

const CA = authority();
const KEY = { uri: "*", subject: "deploy@localhost", issuer: "AB".repeat(20) };
const MAPPING = { ...KEY, userName: "svc-deploy", enabled: true };
const NOW = new Date("2031-01-01T00:00:00Z");
const { certPem } = clientCertificate({ upn: KEY.subject }, CA);
const BY_CERTIFICATE = callerOf({
  transport: "https",
  auth: {
    method: "certificate",
    channelBinding: true,
    certificate: { name: "deploy@localhost", fingerprint: "", chainPem: certPem, keyPem: "", secrets: [] },
  },
});
const MAPPING_INPUTS = { connection, ...KEY, userName: "svc-deploy", password: "unused" };
const PREPARED = { password: "unused", known: false, verifier: "", refused: new RefusedCredentials() };

function mapping(inputs: Partial<CertMappingInputs>, seen: Partial<ObservedMapping>): Plan<unknown> {
  const observed = { now: NOW, ...seen };
  return planCertMapping({ ...MAPPING_INPUTS, ...inputs }, NONE, { observed, host: HOST, prepared: PREPARED });
}

/** With a certificate of 90 days, so many days from now. */
function certificate(days: number): Plan<unknown> {
  const certificates = { clientCertificatePem: certPem, issuerCertificatePem: CA.certPem };
  const now = new Date(Date.now() + days * 86_400_000);
  const inputs = { connection, userName: "svc-deploy", password: "unused" };
  return planCertMapping({ ...inputs, ...certificates }, NONE, { observed: { now }, host: HOST, prepared: PREPARED });
}

function mappingDestroy(state: Partial<CertMappingOutputs>, seen: Partial<ObservedMapping>): Plan<unknown> {
  const observed = { now: NOW, ...seen };
  const known = { ...MAPPING_INPUTS, schemaVersion: 1, passwordVerifier: "" };
  return planCertMappingDestroy({ ...known, ...state }, { observed, host: HOST });
}

function policy(value: 0 | 1 | "absent", has: DwordReading, more: Partial<TokenFilter> = {}): Plan<unknown> {
  const inputs = { connection, localAccountTokenFilterPolicy: value };
  return planPolicy(inputs, { observed: { policy: has, ...more }, host: HOST });
}

function policyDestroy(state: Pick<TokenFilterPolicyOutputs, "priorValue" | "appliedValue">, has: DwordReading) {
  const known = {
    connection,
    localAccountTokenFilterPolicy: 1,
    schemaVersion: 1,
    effectiveValue: 1,
    meaning: "",
  } as const;
  const uac = { off: false, filtersAdministrator: false };
  const callers = [accountCaller("ops", OPS, { groups: [ADMINISTRATORS] })];
  return planPolicyDestroy({ ...known, ...state }, { observed: { policy: has, callers, uac }, host: HOST });
}

const LIST = "client/TrustedHosts";

function hosts(inputs: Partial<TrustedHostsInputs>, observed: WinrmConfig): Plan<unknown> {
  return planTrustedHosts({ connection, entries: ["backup-01"], ...inputs }, NONE, { observed, host: HOST });
}

function hostsDestroy(live: string, applied: string[], ...owned: string[]): Plan<unknown> {
  const inputs = { connection, entries: ["b"], mode: "exclusive", schemaVersion: 1 } as const;
  const lists = { effectiveEntries: [], addedEntries: [], priorEntries: ["a"], appliedEntries: applied };
  const state = { ...inputs, entries: ["b"], ...lists, policyOwned: false };
  return planTrustedHostsDestroy(state, { observed: config({ [LIST]: live }, ...owned), host: HOST });
}

/** Destroy of a resource that switched Basic on, or the level to Strict. */
function authDestroy(observed: WinrmConfig, logon = own("basic", "https"), setting = "basic"): Plan<unknown> {
  const [service, prior] = setting === "basic" ? [{ basic: true }, { basic: false }] : [LEVEL, NO_LEVEL];
  const settings = { service, client: {} };
  const state = { connection, ...settings, schemaVersion: 1, effective: settings, policyOwned: [] };
  const situation = {
    observed: Object.assign(observed, { access: { callers: [logon], domainMember: true } }),
    host: HOST,
  };
  const record = { priorValues: { service: prior, client: {} }, appliedValues: { service: {}, client: {} } };
  return planAuthDestroy({ ...state, ...record }, situation);
}

const LEVEL = { cbtHardeningLevel: "Strict" } as const;
const NO_LEVEL = { cbtHardeningLevel: "None" } as const;

const PENDING = {
  token: "0",
  armedAt: new Date("2031-01-01T00:00:00Z"),
  windowSeconds: 120,
  by: "ops@runner7",
  old: "service.basic:true",
};
const basicOff = () => auth({ service: { basic: false } }, config(METHODS), own("ntlm", "https"));
const risky = (seconds: number | false): Plan<unknown> => ({
  findings: confirmNote(config(METHODS), basicOff() as Plan<WinrmConfig>, seconds),
  writes: [],
});

/** What stands before the host, in words of this file; what is found by them is in the catalogue. */
const SITUATIONS: Readonly<Record<string, () => Plan<unknown>>> = {
  "AuthConfig: the own method is switched off": () => auth({ service: { basic: false } }, config(METHODS)),
  "AuthConfig: every method is switched off": () =>
    auth({ service: { kerberos: false, negotiate: false } }, config(METHODS)),
  "AuthConfig: accepted": () => auth({ service: { basic: false }, acceptLockout: true }, config(METHODS)),
  "AuthConfig: messages in cleartext are refused": () =>
    auth(
      { service: { allowUnencrypted: false } },
      config({ ...METHODS, "service/AllowUnencrypted": true }),
      own("basic", "http"),
    ),
  "AuthConfig: channel binding is demanded, and this connection has none": () =>
    auth(
      { service: { cbtHardeningLevel: "Strict" } },
      config({ ...METHODS, "service/auth/CbtHardeningLevel": "Relaxed" }),
      own("ntlm", "https", false),
    ),
  "AuthConfig: Group Policy owns the setting": () =>
    auth({ client: { digest: false } }, config({ "client/auth/Digest": true }, "client/auth/Digest")),
  "AuthConfig: Group Policy owns the setting, and it is left": () =>
    auth(
      { client: { digest: false }, onPolicyConflict: "warn" },
      config({ "client/auth/Digest": true }, "client/auth/Digest"),
    ),
  "AuthConfig: destroy, and Group Policy owns the setting": () =>
    authDestroy(config(METHODS, "service/auth/Basic"), own("ntlm", "https")),
  "AuthConfig: destroy, and the setting was changed": () =>
    authDestroy(config({ "service/auth/CbtHardeningLevel": "Relaxed" }), own("ntlm", "https"), "cbtHardeningLevel"),
  "AuthConfig: destroy would lock out": () => authDestroy(config(METHODS)),
  "GroupMembership: the group is missing": () => group({ group: "Nobody" }, { group: undefined }),
  "GroupMembership: a domain controller": () => group({}, { group: undefined, domainController: true }),
  "GroupMembership: members to add": () => group({ members: ["ops"] }, { accounts: new Map([["ops", OPS]]) }),
  "GroupMembership: a local group as a member": () =>
    group({ members: ["users"] }, { accounts: new Map([["users", account("Users", 545, { kind: "alias" })]]) }),
  "GroupMembership: no account has that name": () => group({ members: ["kim", "CORP\\kim", "AzureAD\\kim"] }, {}),
  "GroupMembership: the account is gone": () => {
    const memberSids = { "CORP\\kim": "S-1-5-21-1-2-3-1104" };
    const state = { ...GROUP_STATE, memberSids, addedMembers: [] };
    const inputs = { connection, members: ["CORP\\kim"] };
    return planGroup(
      inputs,
      { kind: "state", state },
      { observed: { ...EMPTY_GROUP, hidden: ["S-1-5-21-1-2-3-1104"] }, host: HOST },
    );
  },
  "GroupMembership: the built-in Administrator is to leave": () =>
    group(
      { mode: "exclusive" },
      { group: ADMINS, members: [account("Administrator", 500)], access: { callers: [], administrators: [] } },
    ),
  "GroupMembership: the own account is to leave": () =>
    group({ mode: "exclusive" }, { group: ADMINS, members: [OPS], access: ACCESS }),
  "GroupMembership: destroy, and the members were changed": () =>
    groupDestroy({ mode: "exclusive", priorMembers: [], appliedMembers: [OPS.sid] }, { members: [] }),
  "GroupMembership: destroy, and an account is gone": () =>
    groupDestroy({ mode: "exclusive", priorMembers: ["S-1-5-21-1-2-3-1104"], appliedMembers: [] }, {}),
  "CertMapping: another account has it": () => mapping({}, { mapping: { ...MAPPING, userName: "other" } }),
  "CertMapping: the same account has it": () => mapping({}, { mapping: MAPPING }),
  "CertMapping: certificates are switched off": () =>
    mapping({}, { config: config({ "service/auth/Certificate": false }) }),
  "CertMapping: the certificate has expired": () => certificate(100),
  "CertMapping: the certificate is not valid yet": () => certificate(-10),
  "CertMapping: the certificate expires soon": () => certificate(80.5),
  "CertMapping: the mapping in use is disabled": () =>
    mapping({ enabled: false, adopt: true }, { mapping: MAPPING, callers: [BY_CERTIFICATE], all: [MAPPING] }),
  "CertMapping: destroy of the mapping in use": () =>
    mappingDestroy({}, { mapping: MAPPING, callers: [BY_CERTIFICATE], all: [MAPPING] }),
  "CertMapping: destroy, and another account has it": () =>
    mappingDestroy({}, { mapping: { ...MAPPING, userName: "other" } }),
  "CertMapping: destroy of an adopted mapping": () =>
    mappingDestroy({ priorMapping: { userName: "other", enabled: true } }, { mapping: MAPPING }),
  "TokenFilterPolicy: a value of another type": () => policy(1, { kind: "other", type: "REG_SZ", text: "1" }),
  "TokenFilterPolicy: the own account loses its full token": () =>
    policy(
      0,
      { kind: "dword", value: 1 },
      {
        callers: [accountCaller("ops", OPS, { groups: [ADMINISTRATORS] })],
        uac: { off: false, filtersAdministrator: false },
      },
    ),
  "TokenFilterPolicy: destroy, and the value was changed": () =>
    policyDestroy({ priorValue: "absent", appliedValue: 1 }, { kind: "dword", value: 0 }),
  "TokenFilterPolicy: destroy would lock out": () =>
    policyDestroy({ priorValue: "absent", appliedValue: 1 }, { kind: "dword", value: 1 }),
  "TrustedHosts: entries to add": () => hosts({}, config({ [LIST]: "" })),
  "TrustedHosts: * beside others": () => hosts({ entries: ["*"] }, config({ [LIST]: "lab-01" })),
  "TrustedHosts: * is there": () => hosts({}, config({ [LIST]: "*" })),
  "TrustedHosts: Group Policy owns the list": () => hosts({}, config({ [LIST]: "lab-01" }, LIST)),
  "TrustedHosts: Group Policy owns the list, and it is left": () =>
    hosts({ onPolicyConflict: "warn" }, config({ [LIST]: "lab-01" }, LIST)),
  "TrustedHosts: destroy, and the list was changed": () => hostsDestroy("c", ["b"]),
  "TrustedHosts: destroy, and Group Policy owns the list": () => hostsDestroy("b", ["b"], LIST),
  "a risky change": () => risky(120),
  "a risky change without a way back": () => risky(false),
  "a change of another run is pending": () => ({
    findings: unfinishedNotes(HOST, { kind: "pending", change: PENDING }),
    writes: [],
  }),
  "two resources want different values": () => ({
    findings: [contradiction("basic-on", "service.basic"), claimUnseen("basic-off")],
    writes: [],
  }),
  "a change of another run was undone": () => ({
    findings: unfinishedNotes(HOST, { kind: "restored", change: PENDING }),
    writes: [],
  }),
};

test("every finding is worded as test/golden/findings.txt has it, and none is missing there", () => {
  const found = Object.entries(SITUATIONS).map(([situation, plan]) => ({ situation, findings: plan().findings }));
  for (const { situation, findings } of found) assert.ok(findings.length > 0, `${situation}: nothing was found`);
  const rules = new Set(found.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  assert.deepEqual(
    (Object.keys(RULES) as Rule[]).filter((rule) => !rules.has(rule)),
    [],
  );
  const shown = found.map(({ situation, findings }) => {
    const lines = findings.map((one) => {
      const text = one.severity === "note" ? noteText(one) : findingText(one);
      return `  ${one.severity} ${one.rule}\n    ${text}`;
    });
    return [situation, ...lines].join("\n");
  });
  const day = /(?<=expired on |before |expires on )\d{4}-\d\d-\d\d/g;
  assertGolden("findings.txt", `${shown.join("\n\n").replace(day, "2031-01-11")}\n`);
});
