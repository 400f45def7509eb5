import { WinrmError } from "../errors";
import type { WsmanClient } from "../session/wsman-client";
import { NAMESPACES } from "../wsman/uris";
import type { XmlElement } from "../wsman/xml";

/** One call of a static method of a WMI class: the action is the resource URI, a slash and the name ([MS-WSMV] 4.1.4). */
export interface MethodCall {
  /** Resource URI of the class. */
  readonly classUri: string;
  readonly method: string;
  /** Names are case-sensitive. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Verb phrase for errors. */
  readonly operation: string;
  readonly writes: boolean;
}

/** What the method returned. */
export interface MethodResult {
  readonly returnValue: number;
  /** Output parameters by name: one string for each element that is not `xsi:nil`. */
  readonly outputs: ReadonlyMap<string, readonly string[]>;
}

const MAX_DWORD = 4_294_967_295;

/** @throws WinrmError `WINRM_E_PROTOCOL` without a return value; WsmanFault and session errors. */
export async function invokeMethod(client: WsmanClient, call: MethodCall, signal: AbortSignal): Promise<MethodResult> {
  const { classUri, method, parameters, operation, writes } = call;
  const inputs = Object.entries(parameters).map(([name, value]) => [`p:${name}`, value] as const);
  const body = await client.run(
    {
      action: `${classUri}/${method}`,
      resourceUri: classUri,
      body: { [`p:${method}_INPUT`]: { "@": { "xmlns:p": classUri }, ...Object.fromEntries(inputs) } },
      operation,
      writes,
    },
    signal,
  );
  const outputs = outputsOf(body.children.find(({ name }) => name === `${method}_OUTPUT`));
  const returnValue = wholeNumber(outputs.get("ReturnValue")?.[0]);
  if (returnValue !== undefined) return { returnValue, outputs };
  const context = { ...client.errorContext, operation, outcomeUnknown: writes };
  throw new WinrmError("WINRM_E_PROTOCOL", `the response holds no return value of ${method}`, context);
}

/** A number of 32 bits without sign; `undefined` for anything else. */
export function wholeNumber(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? "";
  return /^\d{1,10}$/.test(digits) && Number(digits) <= MAX_DWORD ? Number(digits) : undefined;
}

function outputsOf(output: XmlElement | undefined): Map<string, string[]> {
  const outputs = new Map<string, string[]>();
  for (const { name, attributes, text } of output?.children ?? []) {
    const nil = attributes.get(`{${NAMESPACES.xsi}}nil`);
    if (nil !== "true" && nil !== "1") outputs.set(name, [...(outputs.get(name) ?? []), text]);
  }
  return outputs;
}
