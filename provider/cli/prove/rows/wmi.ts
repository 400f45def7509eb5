/** WMI and the registry: what is said of things that are not there, and of accounts. */

import { identify } from "../../../host/identify";
import { listLocalGroups, readHostRole } from "../../../host/accounts/local-groups";
import { deleteKey } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { invokeMethod } from "../../../host/wmi-method";
import { type WsmanClient } from "../../../session/wsman-client";
import { readEnumeration } from "../../../wsman/enumeration";
import { FAULT_CODES } from "../../../wsman/faults";
import { ACTIONS, CIMV2_URI, CONFIG_URI, NAMESPACES, REGISTRY_URI } from "../../../wsman/uris";
import { type Row, Unchecked, faultOf, seen } from "../row";

const HKLM = "2147483650";
const TEST_KEY = `${MARKER_KEY}\\ProveKeys`;
const NO_SUCH_CLASS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_PulumiNobody";
const NOT_FOUND = "not found";
const WMI_USERS = "WinRMRemoteWMIUsers__";

/** The rows of this subject, in their order. */
export const WMI_ROWS: readonly Row[] = [
  {
    assumption: "wmi-domain",
    expected: "the computer's name",
    ask: async ({ client, signal }) => {
      const { computerName, domainController } = await readHostRole(client, signal);
      if (domainController) throw new Unchecked("the host is a domain controller");
      const group = (await listLocalGroups(client, signal)).find(({ sid }) => sid === "S-1-5-32-544");
      if (group === undefined) throw new Unchecked("the host shows no Administrators");
      const same = group.domain.toLowerCase() === computerName.toLowerCase();
      return same ? "the computer's name" : group.domain;
    },
  },
  {
    assumption: "wmi-sid",
    expected: NOT_FOUND,
    ask: async ({ client, signal }) => {
      const about = { resourceUri: `${CIMV2_URI}/Win32_SID`, selectors: { SID: "S-1-5-21-1-2-3-4444" } };
      return await endOf(client.run({ ...GET, ...about }, signal));
    },
  },
  {
    assumption: "wmi-users-group",
    expected: "on Windows Server 2012 and 2012 R2 only",
    ask: async ({ client, signal }) => {
      const { version } = await identify(client, signal);
      const [, release] = /OS: (\d+\.\d+)/.exec(version) ?? [];
      if (release === undefined || release === "0.0") throw new Unchecked("the host does not tell its version");
      const there = (await listLocalGroups(client, signal)).some(({ name }) => name === WMI_USERS);
      return seen(`${there ? "there" : "not there"} with ${release}`, there === ["6.2", "6.3"].includes(release));
    },
  },
  {
    assumption: "enumerate-one",
    expected: "1 item",
    ask: async ({ client, signal }) => {
      const resourceUri = `${CIMV2_URI}/Win32_Group`;
      const about = { resourceUri, operation: "list groups", writes: false };
      const body = { "n:Enumerate": { "@": { "xmlns:n": NAMESPACES.n }, "w:OptimizeEnumeration": "" } };
      const response = await client.run({ ...about, action: ACTIONS.enumerate, body }, signal);
      const { items, context } = readEnumeration(response, "EnumerateResponse");
      if (context !== undefined) {
        const release = { "n:Release": { "@": { "xmlns:n": NAMESPACES.n }, "n:EnumerationContext": context } };
        await client.run({ ...about, action: ACTIONS.release, body: release }, signal);
      }
      return `${items.length} ${items.length === 1 ? "item" : "items"}`;
    },
  },
  {
    assumption: "dmtf-class",
    expected: "2150858811",
    ask: async ({ client, signal }) => await endOf(client.run({ ...GET, resourceUri: NO_SUCH_CLASS }, signal), false),
  },
  {
    assumption: "registry-absent",
    expected: "1",
    ask: async ({ client, signal }) =>
      await registry(client, { method: "GetDWORDValue", key: "SOFTWARE", value: "pulumi-nobody" }, signal),
  },
  {
    assumption: "registry-subkeys",
    expected: "5",
    ask: async (host) => {
      const { client, signal } = host;
      const undo = async (fresh: WsmanClient, limit: AbortSignal) => {
        await deleteKey(fresh, `${TEST_KEY}\\Sub`, limit);
        await deleteKey(fresh, TEST_KEY, limit);
      };
      return await host.temporarily(`HKLM\\${TEST_KEY}`, undo, async () => {
        await registry(client, { method: "CreateKey", key: `${TEST_KEY}\\Sub` }, signal);
        return await registry(client, { method: "DeleteKey", key: TEST_KEY }, signal);
      });
    },
  },
  {
    assumption: "registry-parameters",
    expected: "a fault",
    ask: async ({ client, signal }) => {
      const returned = registry(client, { method: "GetDWORDValue", key: "SOFTWARE" }, signal);
      return (await faultOf(returned)) === undefined ? await returned : "a fault";
    },
  },
  {
    assumption: "mapping-key",
    expected: "2150858842",
    ask: async ({ client, signal }) => {
      const selectors = { URI: "*", Subject: "pulumi-nobody" };
      const about = { resourceUri: `${CONFIG_URI}/service/certmapping`, selectors };
      return await endOf(client.run({ ...GET, ...about }, signal), false);
    },
  },
];

const GET = { action: ACTIONS.get, operation: "read what is not there", writes: false } as const;

/** @param named whether "not found" stands for its code. */
async function endOf(reading: Promise<unknown>, named = true): Promise<string> {
  const fault = await faultOf(reading);
  if (fault === undefined) return "found";
  const { wsmanCode, nestedCodes } = fault.details;
  const codes = [wsmanCode, ...nestedCodes];
  if (named && (fault.code === "WINRM_E_NOT_FOUND" || codes.includes(FAULT_CODES.notFound))) return NOT_FOUND;
  return String(nestedCodes.at(-1) ?? wsmanCode ?? fault.code);
}

/** What a method of the registry returns. */
async function registry(
  client: WsmanClient,
  { method, key, value }: { readonly method: string; readonly key: string; readonly value?: string },
  signal: AbortSignal,
): Promise<string> {
  const parameters = { hDefKey: HKLM, sSubKeyName: key, ...(value === undefined ? {} : { sValueName: value }) };
  const call = {
    classUri: REGISTRY_URI,
    method,
    parameters,
    operation: `call ${method}`,
    writes: method !== "GetDWORDValue",
  };
  return String((await invokeMethod(client, call, signal)).returnValue);
}
