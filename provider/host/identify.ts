import type { WsmanClient } from "../session/wsman-client";
import { WinrmError } from "../errors";
import { printable } from "../printable";
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

/** Vendor that a WinRM service of Windows names. */
const MICROSOFT = /^Microsoft\b/i;

/** The service says that it is Windows'; others, e.g. OpenWSMAN and OMI, name themselves. */
export function isWindows({ vendor }: Identity): boolean {
  return MICROSOFT.test(vendor);
}

/**
 * Asks the service who it is, as the session's account.
 * @throws WinrmError `WINRM_E_PROTOCOL` if what comes back is no IdentifyResponse; session errors.
 */
export async function identify(client: WsmanClient, signal: AbortSignal): Promise<Identity> {
  const body = await client.identify(signal);
  const response = child(body, NAMESPACES.wsmid, "IdentifyResponse");
  if (response === undefined) {
    const context = { ...client.errorContext, operation: "identify the service" };
    throw new WinrmError("WINRM_E_PROTOCOL", "the response is no IdentifyResponse", context);
  }
  const text = (name: string) => printable(child(response, NAMESPACES.wsmid, name)?.text ?? "");
  const profiles = child(response, NAMESPACES.wsmid, "SecurityProfiles")?.children ?? [];
  return {
    vendor: text("ProductVendor"),
    version: text("ProductVersion"),
    securityProfiles: profiles.map((profile) => printable(profile.text)),
  };
}
