/** WMI and the registry: what is said of things that are not there, and of accounts. */

import { identify } from "../../../host/identify";
import { listLocalGroups, readHostRole } from "../../../host/accounts/local-groups";
import { deleteKey } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { invokeMethod } from "../../../host/wmi-method";
import { type WsmanClient } from "../../../session/wsman-client";
import { readEnumeration } from "../../../wsman/enumeration";
import { FAULT_CODES, WsmanFault } from "../../../wsman/faults";
import { ACTIONS, CIMV2_URI, CONFIG_URI, NAMESPACES, REGISTRY_URI } from "../../../wsman/uris";
import { type Row, Unchecked, compared, seen } from "../row";

const HKLM = "2147483650";
const TEST_KEY = `${MARKER_KEY}\\ProveKeys`;
const NO_SUCH_CLASS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_PulumiNobody";
const UNKNOWN_URI = "2150858811";
const NOT_FOUND = "not found";
const KEY_MISSING = "2150858842";
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
      return seen(same ? "the computer's name" : group.domain, same);
    },
  },
  {
    assumption: "wmi-sid",
    expected: NOT_FOUND,
    ask: async ({ client, signal }) => {
      const about = { resourceUri: `${CIMV2_URI}/Win32_SID`, selectors: { SID: "S-1-5-21-1-2-3-4444" } };
      return compared(await endOf(client.run({ ...GET, ...about }, signal)), NOT_FOUND);
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
      const body = { "n:Enumerate": { "@_xmlns:n": NAMESPACES.n, "w:OptimizeEnumeration": "" } };
      const response = await client.run({ ...about, action: ACTIONS.enumerate, body }, signal);
      const { items, context } = readEnumeration(response, "EnumerateResponse");
      if (context !== undefined) {
        const release = { "n:Release": { "@_xmlns:n": NAMESPACES.n, "n:EnumerationContext": context } };
        await client.run({ ...about, action: ACTIONS.release, body: release }, signal);
      }
      return compared(`${items.length} ${items.length === 1 ? "item" : "items"}`, "1 item");
    },
  },
  {
    assumption: "dmtf-class",
    expected: UNKNOWN_URI,
    ask: async ({ client, signal }) =>
      compared(await endOf(client.run({ ...GET, resourceUri: NO_SUCH_CLASS }, signal), false), UNKNOWN_URI),
  },
  {
    assumption: "registry-absent",
    expected: "1",
    ask: async ({ client, signal }) =>
      compared(
        await registry(client, { method: "GetDWORDValue", key: "SOFTWARE", value: "pulumi-nobody" }, signal),
        "1",
      ),
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
        return compared(await registry(client, { method: "DeleteKey", key: TEST_KEY }, signal), "5");
      });
    },
  },
  {
    assumption: "registry-parameters",
    expected: "a fault",
    ask: async ({ client, signal }) => {
      try {
        return seen(await registry(client, { method: "GetDWORDValue", key: "SOFTWARE" }, signal), false);
      } catch (error) {
        if (error instanceof WsmanFault) return seen("a fault", true);
        throw error;
      }
    },
  },
  {
    assumption: "mapping-key",
    expected: KEY_MISSING,
    ask: async ({ client, signal }) => {
      const selectors = { URI: "*", Subject: "pulumi-nobody" };
      const about = { resourceUri: `${CONFIG_URI}/service/certmapping`, selectors };
      return compared(await endOf(client.run({ ...GET, ...about }, signal), false), KEY_MISSING);
    },
  },
];

const GET = { action: ACTIONS.get, operation: "read what is not there", writes: false } as const;

/** @param named whether "not found" stands for its code. */
async function endOf(reading: Promise<unknown>, named = true): Promise<string> {
  try {
    await reading;
    return "found";
  } catch (error) {
    if (!(error instanceof WsmanFault)) throw error;
    const { wsmanCode, nestedCodes } = error.details;
    const codes = [wsmanCode, ...nestedCodes];
    if (named && (error.code === "WINRM_E_NOT_FOUND" || codes.includes(FAULT_CODES.notFound))) return NOT_FOUND;
    return String(nestedCodes.at(-1) ?? wsmanCode ?? error.code);
  }
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
