import type { WsmanClient } from "../session/wsman-client";
import { CONFIG_URI } from "../wsman/uris";
import { child } from "../wsman/xml";
import { enumerate } from "./enumerate";

/** What a host's WinRM service listens on ([MS-WSMV] 2.2.4). */

const RESOURCE_URI = `${CONFIG_URI}/listener`;

/** SHA-1 thumbprints of the certificates of the https listeners, upper-case hex digits; one request. */
export async function readListenerThumbprints(client: WsmanClient, signal: AbortSignal): Promise<string[]> {
  const items = await enumerate(client, { resourceUri: RESOURCE_URI, operation: "list the listeners" }, signal);
  return items.flatMap((item) => {
    const text = (name: string) => child(item, RESOURCE_URI, name)?.text.trim() ?? "";
    // Tools print a thumbprint with blanks, and people copy it so.
    const thumbprint = text("CertificateThumbprint").replace(/\s/g, "").toUpperCase();
    return text("Transport").toUpperCase() === "HTTPS" && thumbprint !== "" ? [thumbprint] : [];
  });
}
