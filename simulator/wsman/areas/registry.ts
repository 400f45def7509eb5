/**
 * `StdRegProv`: the registry through WMI methods. Each action is the resource URI, a slash and the method. Assumed
 * (registry-absent, registry-subkeys, registry-parameters).
 */

import { fault, SoapFault } from "../faults";
import { FAULTS } from "../fault-table";
import { WMI_URI } from "../namespaces";
import type { Registry, RegistryValue } from "../../windows/registry";
import type { SoapRequest } from "../soap";
import type { Area, AreaHost, AreaNotes, AreaReply } from "./area";
import { type MethodAnswer, methodNamed, type MethodOutputs, readMethodInput, renderMethodAnswer } from "./wmi-method";

const PROVIDER = { name: "WMI Provider", path: "%systemroot%\\system32\\WsmWmiPl.dll" } as const;
const CLASS_URIS = new Map(
  [`${WMI_URI}/root/default/StdRegProv`, `${WMI_URI}/root/cimv2/StdRegProv`].map((uri) => [uri.toLowerCase(), uri]),
);
const HIVES: Readonly<Record<string, string>> = {
  "2147483648": "HKCR",
  "2147483649": "HKCU",
  "2147483650": "HKLM",
  "2147483651": "HKU",
  "2147483653": "HKCC",
};
const HKLM = "2147483650";
const TYPE_NUMBERS: Readonly<Record<RegistryValue["type"], number>> = {
  SZ: 1,
  EXPAND_SZ: 2,
  BINARY: 3,
  DWORD: 4,
  MULTI_SZ: 7,
  QWORD: 11,
};
const MAX_DWORD = 4_294_967_295;
const OK = 0;
/** Win32: the key, or with some methods the value, is not there. */
const NOT_FOUND = 2;
const ACCESS_DENIED = 5;
/** WBEM_E_TYPE_MISMATCH (SAGSA/SystemInfo, the CIMRegistry module). */
const WRONG_TYPE = 2147749893;

interface Call {
  readonly registry: Registry;
  /** With its hive. */
  readonly key: string;
  /** @throws SoapFault if the parameter is missing or `xsi:nil`. */
  readonly required: (parameter: string) => string;
  /** What a read of a value that is not there returns. */
  readonly absentReturns: number;
  /** For the journal: what the call asks to write. */
  readonly writes: (name: string, value: string) => void;
}

interface Method {
  /** Beside `hDefKey` and `sSubKeyName`. */
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  call(call: Call): MethodAnswer;
}

const METHODS: Readonly<Record<string, Method>> = {
  GetDWORDValue: {
    parameters: ["sValueName"],
    outputs: ["uValue"],
    call: (call) => readValue(call, (value) => (value.type === "DWORD" ? { uValue: String(value.data) } : undefined)),
  },
  GetStringValue: {
    parameters: ["sValueName"],
    outputs: ["sValue"],
    call: (call) => readValue(call, (value) => (value.type === "SZ" ? { sValue: value.data } : undefined)),
  },
  SetDWORDValue: {
    parameters: ["sValueName", "uValue"],
    outputs: [],
    call: (call) => {
      const text = call.required("uValue").trim();
      if (!/^\d{1,10}$/.test(text) || Number(text) > MAX_DWORD) throw fault("invalidValues", "uValue");
      return writeValue(call, { type: "DWORD", data: Number(text) });
    },
  },
  SetStringValue: {
    parameters: ["sValueName", "sValue"],
    outputs: [],
    call: (call) => writeValue(call, { type: "SZ", data: call.required("sValue") }),
  },
  DeleteValue: {
    parameters: ["sValueName"],
    outputs: [],
    call: ({ registry, key, required, writes }) => {
      const name = required("sValueName");
      writes(`${key}\\${name}`, "absent");
      return { returnValue: registry.delete(key, name) ? OK : NOT_FOUND };
    },
  },
  EnumValues: {
    parameters: [],
    outputs: ["sNames", "Types"],
    call: ({ registry, key }) => {
      const values = registry.values(key);
      if (values === undefined) return { returnValue: NOT_FOUND };
      // Where only the default value is, nothing is listed (SAGSA/SystemInfo).
      const named = values.some(({ name }) => name !== "") ? values : [];
      const sNames = named.map(({ name }) => name);
      const types = named.map(({ value }) => String(TYPE_NUMBERS[value.type]));
      return { returnValue: OK, outputs: { sNames, Types: types } };
    },
  },
  EnumKey: {
    parameters: [],
    outputs: ["sNames"],
    call: ({ registry, key }) => {
      const sNames = registry.keys(key);
      return sNames === undefined ? { returnValue: NOT_FOUND } : { returnValue: OK, outputs: { sNames } };
    },
  },
  CreateKey: {
    parameters: [],
    outputs: [],
    call: ({ registry, key, writes }) => {
      writes(key, "created");
      registry.createKey(key);
      return { returnValue: OK };
    },
  },
  DeleteKey: {
    parameters: [],
    outputs: [],
    call: ({ registry, key, writes }) => {
      writes(key, "absent");
      const outcome = registry.deleteKey(key);
      if (outcome === "deleted") return { returnValue: OK };
      return { returnValue: outcome === "not-found" ? NOT_FOUND : ACCESS_DENIED };
    },
  },
  CheckAccess: {
    parameters: ["uRequired"],
    outputs: ["bGranted"],
    call: ({ registry, key }) => {
      const there = registry.keys(key) !== undefined;
      return { returnValue: there ? OK : NOT_FOUND, outputs: { bGranted: String(there) } };
    },
  },
};

/** The methods of `StdRegProv`, in `root/default` and `root/cimv2`. */
export const registryArea: Area = {
  owns: (uri) => CLASS_URIS.has(uri),

  options: "ignored",

  handle(request: SoapRequest, host: AreaHost, notes: AreaNotes): AreaReply {
    const uri = CLASS_URIS.get(request.resourceUri.toLowerCase());
    if (uri === undefined) throw fault("invalidResourceUri", request.resourceUri);
    const [selector] = request.selectors.keys();
    if (selector !== undefined) throw fault("unexpectedSelectors", selector);
    const { name, method } = methodNamed(request, METHODS);
    const input = readMethodInput(request, { name, known: ["hDefKey", "sSubKeyName", ...method.parameters] });
    const answer = invoke(method, input, { host, notes });
    notes.returnValue = answer.returnValue;
    return { body: renderMethodAnswer(answer, { uri, name, names: method.outputs }) };
  },
};

function invoke(
  method: Method,
  input: ReadonlyMap<string, string>,
  { host, notes }: { readonly host: AreaHost; readonly notes: AreaNotes },
): MethodAnswer {
  const required = (parameter: string): string => {
    const text = input.get(parameter);
    if (text === undefined) throw new SoapFault(FAULTS.wmiInvalidParameter, parameter, PROVIDER);
    return text;
  };
  const hive = HIVES[(input.get("hDefKey") ?? HKLM).trim()];
  const path = required("sSubKeyName");
  if (hive === undefined) throw new SoapFault(FAULTS.wmiInvalidParameter, "hDefKey", PROVIDER);
  return method.call({
    registry: host.registry,
    key: `${hive}\\${path}`,
    required,
    absentReturns: host.absentRegistryValueReturns,
    writes: (name, value) => {
      notes.leaves = { [name]: value };
    },
  });
}

function readValue(
  { registry, key, required, absentReturns }: Call,
  read: (value: RegistryValue) => MethodOutputs | undefined,
): MethodAnswer {
  const name = required("sValueName");
  if (registry.values(key) === undefined) return { returnValue: NOT_FOUND };
  const value = registry.get(key, name);
  if (value === undefined) return { returnValue: absentReturns };
  const outputs = read(value);
  return outputs === undefined ? { returnValue: WRONG_TYPE } : { returnValue: OK, outputs };
}

/** A missing key is not created; another type is written over. */
function writeValue(
  { registry, key, required, writes }: Call,
  value: RegistryValue & { data: string | number },
): MethodAnswer {
  const name = required("sValueName");
  writes(`${key}\\${name}`, String(value.data));
  if (registry.values(key) === undefined) return { returnValue: NOT_FOUND };
  registry.set(key, name, value);
  return { returnValue: OK };
}
