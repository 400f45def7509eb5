/**
 * The two ways to name a WMI namespace beside the URI ([MS-WSMV] 3.1.4.1.1, DSP0227 §6.3): the selector
 * `__cimnamespace`, and the prefix of the DMTF, whose classes are in `root/hardware` unless the selector says
 * otherwise. Assumed (dmtf-class).
 */

import { fault } from "./faults";
import { WMI_URI } from "./namespaces";
import type { SoapRequest } from "./soap";

const DMTF_URI = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
const DEFAULT_NAMESPACE = "root/hardware";
const SELECTOR = "__cimnamespace";

/**
 * The request with the namespace in its resource URI and action, and without the selector.
 * @throws SoapFault if URI and selector name different namespaces (microsoft/omi#398: they must match)
 */
export function inCimNamespace(request: SoapRequest): SoapRequest {
  const { resourceUri, action } = request;
  const lower = resourceUri.toLowerCase();
  const isDmtf = lower.startsWith(DMTF_URI);
  if (!isDmtf && !lower.startsWith(`${WMI_URI}/`)) return request;
  const selectors = new Map(request.selectors);
  const wanted = selectors.get(SELECTOR)?.trim().replaceAll("\\", "/").replace(/^\/+/, "");
  selectors.delete(SELECTOR);
  if (!isDmtf) {
    const own = lower.slice(WMI_URI.length + 1, lower.lastIndexOf("/"));
    if (wanted !== undefined && wanted.toLowerCase() !== own) throw fault("differentNamespaces");
    return { ...request, selectors };
  }
  const uri = `${WMI_URI}/${wanted ?? DEFAULT_NAMESPACE}/${resourceUri.slice(DMTF_URI.length)}`;
  const isMethod = action.toLowerCase().startsWith(`${lower}/`);
  return {
    ...request,
    selectors,
    resourceUri: uri,
    action: isMethod ? uri + action.slice(resourceUri.length) : action,
  };
}
