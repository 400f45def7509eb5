/** Namespaces and action URIs of WS-Management as Windows speaks it ([MS-WSMV] 2.2.1, DSP0226 §5). */

/** SOAP 1.2 envelopes. */
export const SOAP_NS = "http://www.w3.org/2003/05/soap-envelope";
/** WS-Addressing, August 2004. */
export const ADDRESSING_NS = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
/** WS-Transfer. */
export const TRANSFER_NS = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
/** WS-Enumeration. */
export const ENUMERATION_NS = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
/** WS-Management. */
export const WSMAN_NS = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
/** Microsoft's header extensions. */
export const MS_WSMAN_NS = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
/** Detail of Windows faults. */
export const FAULT_NS = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
/** Identify. */
export const IDENTITY_NS = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
/** XML Schema instances: `xsi:nil`. */
export const XSI_NS = "http://www.w3.org/2001/XMLSchema-instance";
/** `xml:lang`. */
export const XML_NS = "http://www.w3.org/XML/1998/namespace";

/** Base of every `winrm/config` resource URI, and the namespace of a whole-tree Get. */
export const CONFIG_URI = "http://schemas.microsoft.com/wbem/wsman/1/config";

/** Base of the shell resources, their actions and signals; also the namespace of their bodies. */
export const SHELL_NS = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
/** Base of every WMI resource URI: then the WMI namespace and the class. */
export const WMI_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi";
/** Types that WMI answers share. */
export const CIM_COMMON_NS = "http://schemas.dmtf.org/wbem/wscim/1/common";

/** The address that stands for "the other end of this connection". */
export const ANONYMOUS = `${ADDRESSING_NS}/role/anonymous`;

/** Action of a Get. */
export const GET_ACTION = `${TRANSFER_NS}/Get`;
/** Action of a Put. */
export const PUT_ACTION = `${TRANSFER_NS}/Put`;
/** Action of a Create. */
export const CREATE_ACTION = `${TRANSFER_NS}/Create`;
/** Action of a Delete. */
export const DELETE_ACTION = `${TRANSFER_NS}/Delete`;

/** Action of an Enumerate. */
export const ENUMERATE_ACTION = `${ENUMERATION_NS}/Enumerate`;
/** Action of a Pull. */
export const PULL_ACTION = `${ENUMERATION_NS}/Pull`;
/** Action of a Release. */
export const RELEASE_ACTION = `${ENUMERATION_NS}/Release`;

/** Base of the `w:FaultDetail` URIs. */
export const FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail";

/** Base of the names in an authenticated Identify's `SecurityProfiles`. */
export const SECURITY_PROFILE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile";
