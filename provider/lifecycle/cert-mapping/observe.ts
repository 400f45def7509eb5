import type { CertMappingInputs } from "../../contract/cert-mapping";
import { type CertMapping, getCertMapping, listCertMappings } from "../../host/cert-mappings";
import type { WinrmConfig } from "../../host/config";
import type { HostView } from "../../host/host-view";
import type { WsmanClient } from "../../session/wsman-client";
import { type Caller, observeCallers } from "../safety/caller/caller";
import { isMapped } from "../safety/hazards/mapping";
import { observeConfig } from "../winrm-config/writes";
import { wantedOf } from "./arguments";

/** The one mapping that a resource is about, as the host has it. */
export interface ObservedMapping {
  /** Absent if the host has none with this key. */
  readonly mapping?: CertMapping;
  /** Read by the pre-flight only. */
  readonly config?: WinrmConfig;
  readonly now: Date;
  /** Connections of the run that log in through a mapping. Looked up before a change only. */
  readonly callers?: readonly Caller[];
  /** Every mapping of the host; read only if there are such connections. */
  readonly all?: readonly CertMapping[];
}

/** Reads the mapping, and the configuration where it is asked for. */
export async function observeMapping(
  inputs: CertMappingInputs,
  view: HostView,
  also: { readonly config?: boolean; readonly callers?: boolean } = {},
): Promise<ObservedMapping> {
  const { uri, subject, issuer } = wantedOf(inputs).key;
  const callers = also.callers === true ? await observeCallers(view, isMapped) : [];
  const mapping = await view.read(readMapping, JSON.stringify([uri, subject, issuer]));
  return {
    ...(mapping === undefined ? {} : { mapping }),
    ...(also.config === true ? { config: await observeConfig(view) } : {}),
    ...(callers.length === 0 ? {} : { callers, all: await view.read(listCertMappings) }),
    now: new Date(),
  };
}

async function readMapping(client: WsmanClient, signal: AbortSignal, key: string): Promise<CertMapping | undefined> {
  const [uri = "", subject = "", issuer = ""] = JSON.parse(key) as string[];
  return await getCertMapping(client, { uri, subject, issuer }, signal);
}
