import { type DwordReading, deleteValue, getDword, readDword, setDword } from "../../host/registry";
import type { WsmanClient } from "../../session/wsman-client";
import type { HostView } from "../../host/host-view";
import { accountOf } from "../../session/target";
import { type CallerAccount, lookUp } from "../safety/caller/account";
import { observeCallers } from "../safety/caller/caller";
import type { Hazard } from "../safety/hazards/hazard";
import { type RemoteUac, mayBeFiltered, tokenFilterHazard } from "../safety/hazards/token-filter";
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
  /** The run's connections. Looked up only where a full token could be lost. */
  readonly callers?: readonly CallerAccount[];
  /** Looked up only where a connection of a local account could lose it. */
  readonly uac?: RemoteUac;
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

/** What can be restored: a value of another type counts as absent, as Windows takes it. */
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

/** Windows takes an absent `EnableLUA` for 1. */
async function readUac(client: WsmanClient, signal: AbortSignal): Promise<RemoteUac> {
  const off = (await getDword(client, { key: KEY, name: "EnableLUA" }, signal)) === 0;
  if (off) return { off, filtersAdministrator: false };
  const filtersAdministrator = (await getDword(client, { key: KEY, name: "FilterAdministratorToken" }, signal)) === 1;
  return { off, filtersAdministrator };
}

/** True for a value that makes remote UAC filter tokens. */
function filters(value: PolicyValue | undefined): boolean {
  return value === 0 || value === "absent";
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
  if (!isOn(policy) || !filters(wanted)) return { policy };
  const local = await observeCallers(view, ({ target }) => mayBeFiltered({ target, account: undefined }));
  const callers: CallerAccount[] = [];
  for (const caller of local) {
    const account = await lookUp(view, caller.target.auth);
    callers.push({ ...caller, name: accountOf(caller.target.auth), account, groups: undefined });
  }
  return callers.some(mayBeFiltered) ? { policy, callers, uac: await view.read(readUac) } : { policy, callers };
}

/** Why writing the value would lock out an account, and what to do instead; `undefined` if it would not. */
export function policyHazard({ policy, callers, uac }: TokenFilter, to: PolicyValue): Hazard | undefined {
  if (!isOn(policy) || !filters(to) || callers === undefined || uac === undefined) return undefined;
  return tokenFilterHazard(callers, uac);
}

/** The one request that gives the host this value; a value of another type is written over. */
export function policyWrite(value: PolicyValue): Write<TokenFilter> {
  const at = { key: KEY, name: TOKEN_FILTER_NAME };
  return {
    changes: ({ policy }) => [
      {
        kind: "token-filter",
        from: policy.kind === "dword" ? policy.value : undefined,
        to: value === "absent" ? undefined : value,
      },
    ],
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
