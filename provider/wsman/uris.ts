/** Namespaces, actions and resource URIs of WS-Management as Windows speaks it (DSP0226, [MS-WSMV] 2.2.1, 2.2.4). */

/** XML namespaces by their customary prefix. */
export const NAMESPACES = {
  s: "http://www.w3.org/2003/05/soap-envelope",
  a: "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  n: "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
  w: "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
  p: "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
  f: "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
  rsp: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
  wsmid: "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd",
  b: "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd",
  wmiError: "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError",
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
  xmlns: "http://www.w3.org/2000/xmlns/",
} as const;

/** WS-Addressing's address for "back on this connection". */
export const ANONYMOUS_ADDRESS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

/** Actions of WS-Transfer and WS-Enumeration. The action of a response is the same text with `Response` appended. */
export const ACTIONS = {
  get: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get",
  put: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put",
  create: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
  delete: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
  enumerate: "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate",
  pull: "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull",
  release: "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Release",
} as const;

/** WMI's namespace of accounts, groups and the computer; a class, or `*` for a query, follows. */
export const CIMV2_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";

/** Root of the configuration tree: `winrm/config` in Microsoft's shorthand ([MS-WSMV] 2.2.4). */
export const CONFIG_URI = "http://schemas.microsoft.com/wbem/wsman/1/config";

/** The class with the methods of the registry, without selectors; in `root/default` on every Windows. */
export const REGISTRY_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/default/StdRegProv";

/** WMI's namespace of scheduled tasks, on Windows 8 and Windows Server 2012 or newer. */
export const TASK_SCHEDULER_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/Microsoft/Windows/TaskScheduler";

/** The command shell ([MS-WSMV] 2.2.4.37). */
export const CMD_SHELL_URI = `${NAMESPACES.rsp}/cmd`;

/** Actions of shells ([MS-WSMV] 3.1.4.1.31 to 3.1.4.1.36); a shell is created and deleted as WS-Transfer does it. */
export const SHELL_ACTIONS = {
  create: ACTIONS.create,
  delete: ACTIONS.delete,
  command: `${NAMESPACES.rsp}/Command`,
  receive: `${NAMESPACES.rsp}/Receive`,
  signal: `${NAMESPACES.rsp}/Signal`,
} as const;
