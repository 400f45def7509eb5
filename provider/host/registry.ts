import { WinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { printable } from "../printable";
import { REGISTRY_URI } from "../wsman/uris";
import { type MethodCall, type MethodResult, invokeMethod, wholeNumber } from "./wmi-method";

/** The registry of a host, through WMI's `StdRegProv`. */

/** A value below `HKEY_LOCAL_MACHINE`. */
export interface RegistryName {
  /** Without the hive: `SOFTWARE\Microsoft`. */
  readonly key: string;
  readonly name: string;
}

/** What stands where a DWORD is expected. */
export type DwordReading =
  | { readonly kind: "dword"; readonly value: number }
  | { readonly kind: "absent" }
  /** A value of another type; `type` as `reg.exe` names it (`REG_SZ`), `text` of a REG_SZ only. */
  | { readonly kind: "other"; readonly type: string; readonly text?: string };

const HKLM = "2147483650";
const MAX_DWORD = 4_294_967_295;
const OK = 0;
const NOT_FOUND = 2;
const ACCESS_DENIED = 5;
const SZ = 1;
const DWORD = 4;
const TYPES: ReadonlyMap<number, string> = new Map([
  [SZ, "REG_SZ"],
  [2, "REG_EXPAND_SZ"],
  [3, "REG_BINARY"],
  [DWORD, "REG_DWORD"],
  [7, "REG_MULTI_SZ"],
  [11, "REG_QWORD"],
]);

/**
 * Reads a DWORD: one request if it is as expected, there or not. Hosts respond differently for a value that is not there,
 * and in the same way for one of another type, so whatever is not a DWORD is looked up in the list of the key's values.
 * @param at `expected`: which of the two is likelier, and so asked for first. Default a value.
 * @throws WinrmError `WINRM_E_ACCESS_DENIED`, `WINRM_E_PROTOCOL` if the host contradicts itself; session errors.
 */
export async function readDword(
  client: WsmanClient,
  at: RegistryName & { readonly expected?: "value" | "absent" },
  signal: AbortSignal,
): Promise<DwordReading> {
  const question = { client, at, operation: `read HKLM\\${at.key}\\${at.name}` };
  const found = at.expected === "absent" ? undefined : await dwordAt(question, signal);
  if (found !== undefined) return { kind: "dword", value: found };
  const type = await typeOf(question, signal);
  if (type === undefined) return { kind: "absent" };
  if (type !== DWORD) {
    const text = type === SZ ? await textAt(question, signal) : undefined;
    return { kind: "other", type: TYPES.get(type) ?? `type ${type}`, ...(text === undefined ? {} : { text }) };
  }
  // Not asked for yet, or another writer has written it between the two questions.
  const now = await dwordAt(question, signal);
  if (now !== undefined) return { kind: "dword", value: now };
  throw confused(question, "the host lists the value as a REG_DWORD, and does not hand it out");
}

/** The number; `undefined` if the value is not there or is no DWORD. Errors as in `readDword`. */
export async function getDword(
  client: WsmanClient,
  at: RegistryName,
  signal: AbortSignal,
): Promise<number | undefined> {
  const reading = await readDword(client, at, signal);
  return reading.kind === "dword" ? reading.value : undefined;
}

/**
 * Writes a DWORD; a value of another type is written over. The key must be there.
 * @param change `value` is 0 to 4294967295.
 * @throws WinrmError `WINRM_E_ACCESS_DENIED`, `WINRM_E_NOT_FOUND` for a missing key, `WINRM_E_FAULT` for another return
 *   value; session errors, `uncertain` if the host may have carried it out.
 */
export async function setDword(
  client: WsmanClient,
  change: RegistryName & { readonly value: number },
  signal: AbortSignal,
): Promise<void> {
  const { key, name, value } = change;
  if (!Number.isInteger(value) || value < 0 || value > MAX_DWORD) {
    throw new WinrmError("WINRM_E_INTERNAL", `${value} is no DWORD`);
  }
  const parameters = { sSubKeyName: key, sValueName: name, uValue: String(value) };
  const call = { method: "SetDWORDValue", parameters, operation: `write HKLM\\${key}\\${name}`, writes: true };
  const { returnValue } = await invoke(client, call, signal);
  if (returnValue !== OK) throw refusal(client, call, returnValue);
}

/** Deletes a value; one that is not there is no error. Errors as in `setDword`. */
export async function deleteValue(
  client: WsmanClient,
  { key, name }: RegistryName,
  signal: AbortSignal,
): Promise<void> {
  const parameters = { sSubKeyName: key, sValueName: name };
  const call = { method: "DeleteValue", parameters, operation: `delete HKLM\\${key}\\${name}`, writes: true };
  await invokeOnWhatMayBeMissing(client, call, signal);
}

/** The string in a REG_SZ; `undefined` if the value or the key is not there, or it has another type. Errors as in `readDword`. */
export async function getString(
  client: WsmanClient,
  { key, name }: RegistryName,
  signal: AbortSignal,
): Promise<string | undefined> {
  const operation = `read HKLM\\${key}\\${name}`;
  const call = {
    method: "GetStringValue",
    parameters: { sSubKeyName: key, sValueName: name },
    operation,
    writes: false,
  };
  const { returnValue, outputs } = await invoke(client, call, signal);
  if (returnValue === ACCESS_DENIED) throw refusal(client, call, returnValue);
  return returnValue === OK ? outputs.get("sValue")?.[0] : undefined;
}

/** Writes a REG_SZ. The key must be there. Errors as in `setDword`. */
export async function setString(
  client: WsmanClient,
  { key, name, value }: RegistryName & { readonly value: string },
  signal: AbortSignal,
): Promise<void> {
  const parameters = { sSubKeyName: key, sValueName: name, sValue: value };
  const call = { method: "SetStringValue", parameters, operation: `write HKLM\\${key}\\${name}`, writes: true };
  const { returnValue } = await invoke(client, call, signal);
  if (returnValue !== OK) throw refusal(client, call, returnValue);
}

/** Creates a key, with those above it that are missing; one that is there is no error. Errors as in `setDword`. */
export async function createKey(client: WsmanClient, key: string, signal: AbortSignal): Promise<void> {
  const call = keyCall("CreateKey", { key, operation: `create HKLM\\${key}`, writes: true });
  const { returnValue } = await invoke(client, call, signal);
  if (returnValue !== OK) throw refusal(client, call, returnValue);
}

/** Deletes a key that has no keys below it. @returns it was there. Errors as in `setDword`. */
export async function deleteKey(client: WsmanClient, key: string, signal: AbortSignal): Promise<boolean> {
  const call = keyCall("DeleteKey", { key, operation: `delete HKLM\\${key}`, writes: true });
  return (await invokeOnWhatMayBeMissing(client, call, signal)).returnValue === OK;
}

/** Names of the keys right below a key; none if it is not there. Errors as in `readDword`. */
export async function subkeys(client: WsmanClient, key: string, signal: AbortSignal): Promise<readonly string[]> {
  const call = keyCall("EnumKey", { key, operation: `list HKLM\\${key}`, writes: false });
  return (await invokeOnWhatMayBeMissing(client, call, signal)).outputs.get("sNames") ?? [];
}

function keyCall(
  method: string,
  { key, ...about }: Pick<Call, "operation" | "writes"> & { readonly key: string },
): Call {
  return { method, parameters: { sSubKeyName: key }, ...about };
}

async function invokeOnWhatMayBeMissing(client: WsmanClient, call: Call, signal: AbortSignal): Promise<MethodResult> {
  const result = await invoke(client, call, signal);
  if (result.returnValue !== OK && result.returnValue !== NOT_FOUND) throw refusal(client, call, result.returnValue);
  return result;
}

interface Question {
  readonly client: WsmanClient;
  readonly at: RegistryName;
  readonly operation: string;
}

async function dwordAt(question: Question, signal: AbortSignal): Promise<number | undefined> {
  const call = readCall(question, "GetDWORDValue", { sValueName: question.at.name });
  const { returnValue, outputs } = await invoke(question.client, call, signal);
  if (returnValue === ACCESS_DENIED) throw refusal(question.client, call, returnValue);
  const [text] = outputs.get("uValue") ?? [];
  if (returnValue !== OK || text === undefined) return undefined;
  const value = wholeNumber(text);
  if (value === undefined) throw confused(question, "uValue is no DWORD");
  return value;
}

async function textAt(question: Question, signal: AbortSignal): Promise<string | undefined> {
  const call = readCall(question, "GetStringValue", { sValueName: question.at.name });
  const { outputs } = await invoke(question.client, call, signal);
  const [text] = outputs.get("sValue") ?? [];
  return text === undefined ? undefined : printable(text);
}

/** The type of a value by the list of the key's values; `undefined` if it is not there. */
async function typeOf(question: Question, signal: AbortSignal): Promise<number | undefined> {
  const call = readCall(question, "EnumValues", {});
  const { returnValue, outputs } = await invoke(question.client, call, signal);
  if (returnValue === NOT_FOUND) return undefined;
  if (returnValue !== OK) throw refusal(question.client, call, returnValue);
  const names = outputs.get("sNames") ?? [];
  const types = outputs.get("Types") ?? [];
  if (names.length !== types.length) {
    throw confused(question, `EnumValues gives ${names.length} names and ${types.length} types`);
  }
  const index = names.findIndex((name) => name.toLowerCase() === question.at.name.toLowerCase());
  if (index < 0) return undefined;
  const type = wholeNumber(types[index]);
  if (type === undefined) throw confused(question, "EnumValues gives a type that is no number");
  return type;
}

/** Parameters beside the hive. */
type Call = Omit<MethodCall, "classUri">;

function readCall({ at, operation }: Question, method: string, parameters: Call["parameters"]): Call {
  return { method, parameters: { sSubKeyName: at.key, ...parameters }, operation, writes: false };
}

/** Invokes a method of the class on HKLM. */
function invoke(client: WsmanClient, call: Call, signal: AbortSignal): Promise<MethodResult> {
  const parameters = { hDefKey: HKLM, ...call.parameters };
  return invokeMethod(client, { ...call, classUri: REGISTRY_URI, parameters }, signal);
}

function confused({ client, operation }: Question, summary: string): WinrmError {
  return new WinrmError("WINRM_E_PROTOCOL", summary, { ...client.errorContext, operation });
}

/** The host carried the method out, and it ended with an error of its own. */
function refusal(client: WsmanClient, { method, operation }: Call, returnValue: number): WinrmError {
  const context = { ...client.errorContext, operation };
  const summary = `StdRegProv ${method} returned ${returnValue}`;
  if (returnValue === ACCESS_DENIED) {
    const causes = ["the key's permissions do not let the account do this"];
    return new WinrmError("WINRM_E_ACCESS_DENIED", `${summary}: access denied`, { ...context, causes });
  }
  if (returnValue === NOT_FOUND) {
    return new WinrmError("WINRM_E_NOT_FOUND", `${summary}: there is no such key`, context);
  }
  return new WinrmError("WINRM_E_FAULT", summary, context);
}
