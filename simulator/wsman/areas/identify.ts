/** `wsmid:Identify`: who the host is, and to an authenticated caller which profiles are on ([MS-WSMV] 3.1.4.1.29). */

import type { ConfigStore } from "../../windows/config/store";
import { IDENTITY_NS, SECURITY_PROFILE, WSMAN_NS } from "../namespaces";
import { tag, textTag } from "../xml";

const MASKED_VERSION = "0.0.0";
/** The protocol stack of Windows 8, Server 2012 and later. */
const STACK = "3.0";

/**
 * The content of the SOAP body.
 * @param osVersion `major.minor.build`, or `undefined` for an unauthenticated caller, who sees a mask and no profiles.
 */
export function identifyResponse(osVersion: string | undefined, config: ConfigStore): string {
  const version = `OS: ${osVersion ?? MASKED_VERSION} SP: 0.0 Stack: ${STACK}`;
  return tag(
    "wsmid:IdentifyResponse",
    { "xmlns:wsmid": IDENTITY_NS },
    textTag("wsmid:ProtocolVersion", WSMAN_NS),
    textTag("wsmid:ProductVendor", "Microsoft Corporation"),
    textTag("wsmid:ProductVersion", version),
    osVersion === undefined ? "" : securityProfiles(config),
  );
}

/** [MS-WSMV] 3.1.4.1.23 */
function securityProfiles(config: ConfigStore): string {
  const basic = config.isOn("service/auth/Basic");
  const spnego = config.isOn("service/auth/Kerberos") || config.isOn("service/auth/Negotiate");
  const profiles: readonly (readonly [string, boolean])[] = [
    ["http/basic", basic],
    ["https/basic", basic],
    ["http/spnego-kerberos", spnego],
    ["https/spnego-kerberos", spnego],
    ["https/mutual", config.isOn("service/auth/Certificate")],
  ];
  const names = profiles.filter(([, enabled]) => enabled).map(([name]) => `${SECURITY_PROFILE}/${name}`);
  return tag("wsmid:SecurityProfiles", {}, ...names.map((name) => textTag("wsmid:SecurityProfileName", name)));
}
