/** WMI and the registry: what is said of things that are not there, and of accounts. */

import { identify } from "../../../host/identify";
import { listLocalGroups, readHostRole } from "../../../host/accounts/local-groups";
import { deleteKey } from "../../../host/registry";
import { MARKER_KEY } from "../../../host/tasks/rollback";
import { type MethodCall, invokeMethod } from "../../../host/wmi-method";
import { readEnumeration, releaseBody } from "../../../wsman/enumeration";
import { FAULT_CODES } from "../../../wsman/faults";
import { ACTIONS, CIMV2_URI, CONFIG_URI, NAMESPACES, REGISTRY_URI } from "../../../wsman/uris";
import type { ProvenHost, Undo } from "../proven-host";
import { type Row, Unchecked, faultOf, row, seen } from "../row";

const HKLM = "2147483650";
const TEST_KEY = `${MARKER_KEY}\\ProveKeys`;
const NO_SUCH_CLASS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_PulumiNobody";
const NOT_FOUND = "not found";
const WMI_USERS = "WinRMRemoteWMIUsers__";

/** The rows of this subject, in their order. */
export const WMI_ROWS: readonly Row[] = [
  row("wmi-domain", { expected: "the computer's name" }, async ({ client, signal }) => {
    const { computerName, domainController } = await readHostRole(client, signal);
    if (domainController) throw new Unchecked("the host is a domain controller");
    const group = (await listLocalGroups(client, signal)).find(({ sid }) => sid === "S-1-5-32-544");
    if (group === undefined) throw new Unchecked("the host shows no Administrators");
    const same = group.domain.toLowerCase() === computerName.toLowerCase();
    return same ? "the computer's name" : group.domain;
  }),
  row("wmi-sid", { expected: NOT_FOUND }, async ({ client, signal }) => {
    const about = { resourceUri: `${CIMV2_URI}/Win32_SID`, selectors: { SID: "S-1-5-21-1-2-3-4444" } };
    return await endOf(client.run({ ...GET, ...about }, signal));
  }),
  row("wmi-users-group", { expected: "on Windows Server 2012 and 2012 R2 only" }, async ({ client, signal }) => {
    const { version } = await identify(client, signal);
    const [, release] = /OS: (\d+\.\d+)/.exec(version) ?? [];
    if (release === undefined || release === "0.0") throw new Unchecked("the host does not tell its version");
    const there = (await listLocalGroups(client, signal)).some(({ name }) => name === WMI_USERS);
    return seen(`${there ? "there" : "not there"} with ${release}`, there === ["6.2", "6.3"].includes(release));
  }),
  row("enumerate-one", { expected: "1 item" }, async ({ client, signal }) => {
    const resourceUri = `${CIMV2_URI}/Win32_Group`;
    const about = { resourceUri, operation: "list groups", writes: false };
    const body = { "n:Enumerate": { "@": { "xmlns:n": NAMESPACES.n }, "w:OptimizeEnumeration": "" } };
    const response = await client.run({ ...about, action: ACTIONS.enumerate, body }, signal);
    const { items, context } = readEnumeration(response, "EnumerateResponse");
    if (context !== undefined) {
      await client.run({ ...about, action: ACTIONS.release, body: releaseBody(context) }, signal);
    }
    return `${items.length} ${items.length === 1 ? "item" : "items"}`;
  }),
  row("dmtf-class", { expected: "2150858811" }, ({ client, signal }) =>
    endOf(client.run({ ...GET, resourceUri: NO_SUCH_CLASS }, signal), false),
  ),
  row("registry-absent", { expected: "1" }, (host) =>
    registry(host, "GetDWORDValue", { sSubKeyName: "SOFTWARE", sValueName: "pulumi-nobody" }),
  ),
  row("registry-subkeys", { expected: "5" }, async (host) => {
    const undo: Undo = async (client, signal) => {
      await deleteKey(client, `${TEST_KEY}\\Sub`, signal);
      await deleteKey(client, TEST_KEY, signal);
    };
    return await host.temporarily(`HKLM\\${TEST_KEY}`, undo, async () => {
      await registry(host, "CreateKey", { sSubKeyName: `${TEST_KEY}\\Sub` });
      return await registry(host, "DeleteKey", { sSubKeyName: TEST_KEY });
    });
  }),
  row("registry-parameters", { expected: "a fault" }, async (host) => {
    const returned = registry(host, "GetDWORDValue", { sSubKeyName: "SOFTWARE" });
    return (await faultOf(returned)) === undefined ? await returned : "a fault";
  }),
  row("mapping-key", { expected: "2150858842" }, async ({ client, signal }) => {
    const selectors = { URI: "*", Subject: "pulumi-nobody" };
    const about = { resourceUri: `${CONFIG_URI}/service/certmapping`, selectors };
    return await endOf(client.run({ ...GET, ...about }, signal), false);
  }),
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
  { client, signal }: ProvenHost,
  method: "GetDWORDValue" | "CreateKey" | "DeleteKey",
  inputs: MethodCall["parameters"],
): Promise<string> {
  const parameters = { hDefKey: HKLM, ...inputs };
  const about = { operation: `call ${method}`, writes: method !== "GetDWORDValue" };
  const call = { classUri: REGISTRY_URI, method, parameters, ...about };
  return String((await invokeMethod(client, call, signal)).returnValue);
}
