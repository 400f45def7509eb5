import type { WsmanClient } from "../session/wsman-client";
import { NAMESPACES } from "../wsman/uris";
import { child } from "../wsman/xml";

/** What a WS-Management service says of itself (DSP0226 §11, [MS-WSMV] 3.1.4.1.29). */
export interface Identity {
  /** `Microsoft Corporation`. */
  readonly vendor: string;
  /** `OS: 10.0.20348 SP: 0.0 Stack: 3.0`. */
  readonly version: string;
  /** Enabled security profiles, e.g. `…/secprofile/https/basic`; empty before Windows 8 and Server 2012. */
  readonly securityProfiles: readonly string[];
}

/** Asks the service who it is, as the session's account. */
export async function identify(client: WsmanClient, signal: AbortSignal): Promise<Identity> {
  const body = await client.identify(signal);
  const response = child(body, NAMESPACES.wsmid, "IdentifyResponse");
  const profiles = child(response, NAMESPACES.wsmid, "SecurityProfiles")?.children ?? [];
  return {
    vendor: child(response, NAMESPACES.wsmid, "ProductVendor")?.text.trim() ?? "",
    version: child(response, NAMESPACES.wsmid, "ProductVersion")?.text.trim() ?? "",
    securityProfiles: profiles.map((profile) => profile.text.trim()),
  };
}
