/** `winrm/config/listener`: Get and Enumerate ([MS-WSMV] 2.2.4.20). Nothing else: listeners are the test's to make. */

import type { Listener } from "../../windows/listeners";
import { CONFIG_URI, GET_ACTION } from "../namespaces";
import { tag, textTag } from "../xml";
import type { Area, AreaHost, AreaReply, AreaRequest } from "./area";
import { configFault } from "./config-provider";
import { endpointReference, serveEnumeration } from "./enumerate";

const LISTENER_URI = `${CONFIG_URI}/listener`;
const KEY_NAMES: ReadonlySet<string> = new Set(["address", "transport"]);

/** The area of listeners. */
export const listenerArea: Area = {
  owns: (uri) => uri === LISTENER_URI,

  handle(request: AreaRequest, host: AreaHost): AreaReply {
    const listed = serveEnumeration(request, host, (filter) => {
      if (filter !== undefined) throw configFault("filteringUnsupported");
      const listeners = host.listeners.list();
      const reference = ({ transport }: Listener) =>
        endpointReference("a:EndpointReference", LISTENER_URI, { Address: "*", Transport: transport });
      return { objects: listeners.map(render), references: () => listeners.map(reference) };
    });
    if (listed !== undefined) return listed;
    if (request.action !== GET_ACTION) throw configFault("actionNotSupported", request.action);
    return { body: render(selected(request.selectors, host)) };
  },
};

function selected(selectors: ReadonlyMap<string, string>, host: AreaHost): Listener {
  const stranger = [...selectors.keys()].find((name) => !KEY_NAMES.has(name));
  if (stranger !== undefined) throw configFault("unexpectedSelectors", stranger);
  const [address, transport] = [selectors.get("address"), selectors.get("transport")];
  if (address === undefined || transport === undefined) throw configFault("insufficientSelectors", "Transport");
  const found = host.listeners.list().find((one) => one.transport === transport.toUpperCase());
  if (found === undefined || address !== "*") throw configFault("notFound");
  return found;
}

function render({ transport, port, hostname, certificateThumbprint }: Listener): string {
  return tag(
    "cfg:Listener",
    { "xmlns:cfg": LISTENER_URI },
    textTag("cfg:Address", "*"),
    textTag("cfg:Transport", transport),
    textTag("cfg:Port", String(port)),
    textTag("cfg:Hostname", hostname),
    textTag("cfg:Enabled", "true"),
    textTag("cfg:URLPrefix", "wsman"),
    textTag("cfg:CertificateThumbprint", certificateThumbprint),
    textTag("cfg:ListeningOn", "127.0.0.1"),
  );
}
