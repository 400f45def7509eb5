import { type DwordReading, deleteValue, getDword, readDword, setDword } from "../../host/registry";
import type { Judgement } from "../../contract/finding";
import type { WsmanClient } from "../../session/wsman-client";
import type { HostView } from "../../host/host-view";
import { BUILT_IN_ADMINISTRATOR_RID, type OwnAccount, observeOwnAccount } from "../safety/caller/account";
import type { PolicyValue } from "../../contract/token-filter-policy";
import type { Write } from "../change/plan";

/** Remote UAC on a host: what is read, what it means, what would lock out, and how it is written. */

/** Where Windows keeps the settings of UAC, below `HKEY_LOCAL_MACHINE`. */
const KEY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
/** The setting's name in the registry. */
export const TOKEN_FILTER_NAME = "LocalAccountTokenFilterPolicy";

/** A host as the plan needs it. */
export interface TokenFilter {
  readonly policy: DwordReading;
  /** Looked up only where a full token could be lost; `undefined` otherwise. */
  readonly own?: OwnAccount;
  /** `FilterAdministratorToken` is 1: the built-in Administrator is filtered too. Looked up only for that account. */
  readonly filtersAdministrator?: boolean;
}

/** What a person sees of the value: a number, `absent`, or `REG_SZ "1"` for a value of another type. */
export function formatPolicyValue(policy: DwordReading): number | string {
  switch (policy.kind) {
    case "dword":
      return policy.value;
    case "absent":
      return "absent";
    case "other":
      return policy.text === undefined ? policy.type : `${policy.type} ${JSON.stringify(policy.text.slice(0, 40))}`;
  }
}

/** What can be put back: a value of another type counts as absent, as Windows takes it. */
export function restorableValue(policy: DwordReading): PolicyValue {
  return policy.kind === "dword" ? policy.value : "absent";
}

/** True if the host has exactly this. */
export function hasValue(policy: DwordReading, value: PolicyValue): boolean {
  return policy.kind !== "other" && formatPolicyValue(policy) === value;
}

/** Who can administer the host over the network, in words. */
export function meaningOf(policy: DwordReading): string {
  if (isOn(policy)) {
    return "every member of Administrators, local accounts included, can administer this host over the network";
  }
  return "domain accounts in Administrators and the built-in Administrator (RID 500) can administer this host over the network; other local administrators get a filtered token and are refused";
}

/** Microsoft documents 0 and 1; what another number does is not documented, so it is not taken for 0. */
function isOn(policy: DwordReading): boolean {
  return policy.kind === "dword" && policy.value !== 0;
}

const ABSENT = "absent";

async function readPolicy(client: WsmanClient, signal: AbortSignal, expected: string): Promise<DwordReading> {
  const at = { key: KEY, name: TOKEN_FILTER_NAME };
  return await readDword(client, expected === ABSENT ? { ...at, expected } : at, signal);
}

async function readFiltersAdministrator(client: WsmanClient, signal: AbortSignal): Promise<boolean> {
  return (await getDword(client, { key: KEY, name: "FilterAdministratorToken" }, signal)) === 1;
}

/**
 * Reads what the plan for a wanted value needs; one request if the host has what is expected, unless a full token could be
 * lost. `wanted` is `undefined` if nothing is going to be written.
 */
export async function observeTokenFilter(
  view: HostView,
  { wanted, expected }: { readonly wanted: PolicyValue | undefined; readonly expected: number | string },
): Promise<TokenFilter> {
  const policy = await view.read(readPolicy, expected === ABSENT ? ABSENT : "");
  if (!isOn(policy) || wanted === undefined || (wanted !== 0 && wanted !== "absent")) return { policy };
  const own = await observeOwnAccount(view);
  if (own.kind !== "local" || own.rid !== BUILT_IN_ADMINISTRATOR_RID) return { policy, own };
  return { policy, own, filtersAdministrator: await view.read(readFiltersAdministrator) };
}

/** Why writing the value would lock out the connection that writes it, and what to do instead; `undefined` if it would not. */
export function tokenFilterHazard(
  { policy, own, filtersAdministrator }: TokenFilter,
  to: PolicyValue,
): Pick<Judgement, "rule" | "message" | "remedy"> | undefined {
  if (!isOn(policy) || (to !== 0 && to !== "absent")) return undefined;
  if (own === undefined || own.kind === "domain") return undefined;
  const rule = "lockout/token-filter";
  const remedy = "connect with a domain account or the built-in Administrator (RID 500) first";
  if (own.kind === "unknown") {
    const message = `this connection logs in as ${own.name}, and unless that is an account of a domain, remote UAC filters its token from the next logon on`;
    return { rule, message, remedy };
  }
  if (own.rid !== BUILT_IN_ADMINISTRATOR_RID) {
    const message = `this connection logs in as the local account ${own.name} (RID ${own.rid}), whose token remote UAC filters from the next logon on`;
    return { rule, message, remedy };
  }
  if (filtersAdministrator !== true) return undefined;
  const message =
    "this connection logs in as the built-in Administrator, which remote UAC filters too because FilterAdministratorToken is 1 on this host";
  return { rule, message, remedy: "connect with a domain account first" };
}

/** The one request that gives the host this value; a value of another type is written over. */
export function policyWrite(value: PolicyValue): Write<TokenFilter> {
  const at = { key: KEY, name: TOKEN_FILTER_NAME };
  return {
    operation: value === "absent" ? `delete ${TOKEN_FILTER_NAME}` : `write ${TOKEN_FILTER_NAME} (${value})`,
    run: (client, signal) =>
      value === "absent" ? deleteValue(client, at, signal) : setDword(client, { ...at, value }, signal),
    unmet: ({ policy }) =>
      hasValue(policy, value) ? [] : [`${TOKEN_FILTER_NAME} is ${formatPolicyValue(policy)}, not ${value}`],
    predictedState: (host) => ({
      ...host,
      policy: value === "absent" ? { kind: "absent" } : { kind: "dword", value },
    }),
  };
}
