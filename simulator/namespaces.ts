/** Namespaces and action URIs of WS-Management as Windows speaks it ([MS-WSMV] 2.2.1, DSP0226 §5). */

export const SOAP_NS = "http://www.w3.org/2003/05/soap-envelope";
export const ADDRESSING_NS = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
export const TRANSFER_NS = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
export const ENUMERATION_NS = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
export const WSMAN_NS = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
/** Microsoft's header extensions. */
export const MS_WSMAN_NS = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
export const FAULT_NS = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
export const IDENTITY_NS = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
export const XSI_NS = "http://www.w3.org/2001/XMLSchema-instance";
export const XML_NS = "http://www.w3.org/XML/1998/namespace";

/** Base of every `winrm/config` resource URI, and the namespace of a whole-tree Get. */
export const CONFIG_URI = "http://schemas.microsoft.com/wbem/wsman/1/config";

/** The address that stands for "the other end of this connection". */
export const ANONYMOUS = `${ADDRESSING_NS}/role/anonymous`;

export const GET_ACTION = `${TRANSFER_NS}/Get`;
export const PUT_ACTION = `${TRANSFER_NS}/Put`;

/** Base of the `w:FaultDetail` URIs. */
export const FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail";

/** Base of the names in an authenticated Identify's `SecurityProfiles`. */
export const SECURITY_PROFILE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile";
