import type { CertMappingInputs } from "../../contract/cert-mapping";
import { type CertMapping, getCertMapping } from "../../host/cert-mappings";
import type { WinrmConfig } from "../../host/config";
import type { HostView } from "../../host/host-view";
import type { WsmanClient } from "../../session/wsman-client";
import { observeConfig } from "../winrm-config/writes";
import { wantedOf } from "./arguments";

/** The one mapping that a resource is about, as the host has it. */
export interface ObservedMapping {
  /** Absent if the host has none with this key. */
  readonly mapping?: CertMapping;
  /** Read by the pre-flight only. */
  readonly config?: WinrmConfig;
  readonly now: Date;
}

/** Reads the mapping, and the configuration where it is asked for. */
export async function observeMapping(
  inputs: CertMappingInputs,
  view: HostView,
  also: { readonly config: boolean } = { config: false },
): Promise<ObservedMapping> {
  const { uri, subject, issuer } = wantedOf(inputs).key;
  const mapping = await view.read(readMapping, JSON.stringify([uri, subject, issuer]));
  return {
    ...(mapping === undefined ? {} : { mapping }),
    ...(also.config ? { config: await observeConfig(view) } : {}),
    now: new Date(),
  };
}

async function readMapping(client: WsmanClient, signal: AbortSignal, key: string): Promise<CertMapping | undefined> {
  const [uri = "", subject = "", issuer = ""] = JSON.parse(key) as string[];
  return await getCertMapping(client, { uri, subject, issuer }, signal);
}
