import { type ErrorCode, type ErrorContext, WinrmError } from "../errors";
import { printable } from "../printable";
import { NAMESPACES } from "./uris";
import { type XmlElement, childrenOf } from "./xml";

/** Fault codes of Windows that this package treats by their meaning; decimal as in `WSManFault/@Code`. */
export const FAULT_CODES = {
  /** ERROR_ACCESS_DENIED. */
  accessDenied: 5,
  /** E_ACCESSDENIED from a provider. */
  providerAccessDenied: 2147942405,
  /** ERROR_OPERATION_ABORTED: the service is stopping. */
  operationAborted: 995,
  /** 0x80338000 ERROR_WSMAN_INSTANCE_NOT_FOUND in practice: no such instance. */
  notFound: 2150858752,
  /** 0x8033801A ENUMERATE_CANNOT_PROCESS_FILTER: a query that the host cannot process. */
  cannotProcessFilter: 2150858778,
  /** 0x80338026 ENVELOPE_TOO_LARGE. */
  envelopeTooLarge: 2150858790,
  /** 0x80338029 OPERATION_TIMEDOUT. */
  operationTimedOut: 2150858793,
  /** 0x80338033 ALREADY_EXISTS. */
  alreadyExists: 2150858803,
  /** 0x80338063 TARGET_ALREADY_EXISTS. */
  targetAlreadyExists: 2150858851,
  /** 0x80338154 CERTMAPPING_INVALIDUSERCREDENTIALS: the logon test failed. */
  certMappingCredentials: 2150859092,
  /** 0x80338162 CERTMAPPING_INVALIDISSUERKEY: not in the stores, or not allowed to sign. */
  certMappingIssuer: 2150859106,
  /** 0x8033805B UNEXPECTED_SELECTORS: also an unknown shell or command id. */
  unexpectedSelectors: 2150858843,
  /** 0x803381AC REMOTESHELLS_NOT_ALLOWED: `winrs/AllowRemoteShellAccess` is false. */
  shellsDisabled: 2150859180,
  /** 0x8033808A CONFIG_CANNOT_CHANGE_GPO_CONTROLLED_SETTING. */
  policyControlled: 2150858890,
  /** 0x80338169: AllowUnencrypted cannot be written while a network connection of the host is Public. */
  publicNetwork: 2150859113,
  /** 0x803381A9 DIFFERENT_AUTHZ_TOKEN: the account's token changed; the next request is authorised again. */
  differentAuthzToken: 2150859177,
  /** 0x803381DE SERVICE_STREAM_DISCONNECTED: the service stopped or restarted during the operation. */
  streamDisconnected: 2150859230,
} as const;

/** Access denied in WMI: to the class, to its provider, to the namespace. */
const WMI_ACCESS_DENIED: ReadonlySet<number> = new Set([2150859012, 2150859013, 2150859014]);
const QUOTA_CODES: ReadonlySet<number> = new Set([
  2150858815, 2150859173, 2150859174, 2150859175, 2150859176, 2150859179,
]);
const RETRYABLE_CODES: ReadonlySet<number> = new Set([
  FAULT_CODES.operationAborted,
  FAULT_CODES.differentAuthzToken,
  FAULT_CODES.streamDisconnected,
]);

/** What a fault says beside its text. */
export interface FaultDetails {
  /** The outermost `WSManFault/@Code`, or `MSFT_WmiError/error_Code`; absent when the fault carries neither. */
  readonly wsmanCode?: number;
  /** Codes of nested faults, outermost first, as far as they differ from `wsmanCode`. */
  readonly nestedCodes: readonly number[];
  /** Local name of the innermost SOAP subcode: `AccessDenied`, `InvalidSelectors`. */
  readonly subcode?: string;
  /** The host's text, in the host's language, in one line of at most 500 characters; for people only. */
  readonly reason: string;
}

/** A SOAP fault of the host. Decide on `wsmanCode` and `subcode`, never on the text. */
export class WsmanFault extends WinrmError {
  override readonly name = "WsmanFault";
  declare readonly details: FaultDetails;

  constructor(details: FaultDetails, context: ErrorContext = {}) {
    const code = errorCodeOf(details);
    const known = { ...ADVICE[code], retryable: RETRYABLE_CODES.has(details.wsmanCode ?? -1) };
    super(code, summaryOf(details), { ...known, ...context });
    Object.defineProperty(this, "details", { value: details, enumerable: false });
  }

  override withContext(context: ErrorContext): WsmanFault {
    return new WsmanFault(this.details, { ...context, ...this.context });
  }
}

/** A fault code as people look it up: `2150858890 (0x8033808A)`. */
export function formatFaultCode(code: number): string {
  return `${code} (0x${code.toString(16).toUpperCase().padStart(8, "0")})`;
}

/** The first of what a fault may repeat: texts in several languages, causes of one provider after another. */
function child(parent: XmlElement | undefined, namespace: string, name: string): XmlElement | undefined {
  return childrenOf(parent, namespace, name)[0];
}

/** Reads a `s:Fault` element in any of the layouts that Windows uses ([MS-WSMV] 2.2.4.43, DSP0226 §14). */
export function parseFault(fault: XmlElement): WsmanFault {
  const detail = child(fault, NAMESPACES.s, "Detail");
  const outer = child(detail, NAMESPACES.f, "WSManFault");
  const wmiError = child(detail, NAMESPACES.wmiError, "MSFT_WmiError");
  const chain = outer === undefined ? [] : faultChain(outer);
  const wsmanCode = chain[0]?.code ?? integer(child(wmiError, NAMESPACES.wmiError, "error_Code")?.text);
  const nestedCodes = chain
    .slice(1)
    .flatMap((link) => (link.code === undefined || link.code === wsmanCode ? [] : [link.code]));
  const subcode = subcodeOf(fault);
  const reasons = [
    ...chain.map((link) => link.text).reverse(),
    child(wmiError, NAMESPACES.wmiError, "Message")?.text ?? "",
    child(child(fault, NAMESPACES.s, "Reason"), NAMESPACES.s, "Text")?.text ?? "",
  ];
  return new WsmanFault({
    ...(wsmanCode === undefined ? {} : { wsmanCode }),
    ...(subcode === undefined ? {} : { subcode }),
    nestedCodes,
    reason:
      reasons.map((text) => printable(text, MAX_REASON).replace(/\s{2,}/g, " ")).find((text) => text !== "") ?? "",
  });
}

const MAX_REASON = 500;
const MAX_SUBCODE = 80;

interface FaultLink {
  readonly code: number | undefined;
  readonly text: string;
}

/** Follows WSManFault → Message → ProviderFault → WSManFault; the exact text is only in the innermost link. */
function faultChain(fault: XmlElement): FaultLink[] {
  const message = child(fault, NAMESPACES.f, "Message");
  const provider = child(message, NAMESPACES.f, "ProviderFault");
  const nested = child(provider, NAMESPACES.f, "WSManFault") ?? child(message, NAMESPACES.f, "WSManFault");
  const link = { code: integer(fault.attributes.get("Code")), text: `${provider?.text ?? ""}${message?.text ?? ""}` };
  return nested === undefined ? [link] : [link, ...faultChain(nested)];
}

function subcodeOf(fault: XmlElement): string | undefined {
  let name: string | undefined;
  let level = child(child(fault, NAMESPACES.s, "Code"), NAMESPACES.s, "Subcode");
  while (level !== undefined) {
    name = child(level, NAMESPACES.s, "Value")?.text.trim() ?? name;
    level = child(level, NAMESPACES.s, "Subcode");
  }
  // A Microsoft stack spells EndpointUnavailable with a letter missing.
  const local = name === undefined ? undefined : printable(name.slice(name.indexOf(":") + 1), MAX_SUBCODE);
  return local === "EndpointUnavilable" ? "EndpointUnavailable" : local;
}

/** A code has 32 bits. */
function integer(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
  return value === undefined || value > 0xffff_ffff ? undefined : value;
}

function errorCodeOf({ wsmanCode, nestedCodes, subcode }: FaultDetails): ErrorCode {
  const codes = [wsmanCode, ...nestedCodes];
  if (codes.includes(FAULT_CODES.policyControlled)) return "WINRM_E_POLICY_CONTROLLED";
  if (codes.includes(FAULT_CODES.publicNetwork)) return "WINRM_E_PUBLIC_NETWORK";
  if (wsmanCode === FAULT_CODES.shellsDisabled) return "WINRM_E_SHELL_DISABLED";
  if (codes.includes(FAULT_CODES.accessDenied) || codes.includes(FAULT_CODES.providerAccessDenied))
    return "WINRM_E_ACCESS_DENIED";
  if (subcode === "AccessDenied" || codes.some((code) => WMI_ACCESS_DENIED.has(code ?? -1)))
    return "WINRM_E_ACCESS_DENIED";
  if (wsmanCode === FAULT_CODES.notFound) return "WINRM_E_NOT_FOUND";
  if (wsmanCode === FAULT_CODES.envelopeTooLarge) return "WINRM_E_ENVELOPE_TOO_LARGE";
  if (wsmanCode === FAULT_CODES.operationTimedOut) return "WINRM_E_TIMEOUT";
  if (QUOTA_CODES.has(wsmanCode ?? -1)) return "WINRM_E_QUOTA";
  return "WINRM_E_FAULT";
}

function summaryOf({ wsmanCode, nestedCodes, subcode, reason }: FaultDetails): string {
  const codes = [wsmanCode, ...nestedCodes].filter((code) => code !== undefined).map(formatFaultCode);
  const label = [subcode, ...codes].filter((part) => part !== undefined).join(", ");
  return `the host returned a fault${label === "" ? "" : `: ${label}`}${reason === "" ? "" : `: ${reason}`}`;
}

const ADVICE: Readonly<Partial<Record<ErrorCode, ErrorContext>>> = {
  WINRM_E_ACCESS_DENIED: {
    causes: [
      "the account is not a member of the host's Administrators group",
      "it is a local administrator other than the built-in Administrator, and remote UAC filters its token (LocalAccountTokenFilterPolicy is 0 or absent)",
      "the service's RootSDDL does not grant Administrators access",
    ],
    remedy:
      "log in with an account that may change WinRM settings: a domain administrator of the host, or the built-in Administrator",
  },
  WINRM_E_POLICY_CONTROLLED: {
    causes: ["Group Policy owns the setting"],
    remedy: "change the value in the Group Policy object, or set it to Not Configured there and apply again",
  },
  WINRM_E_PUBLIC_NETWORK: {
    causes: ["a network connection of the host is in the category Public, perhaps an unused one"],
    remedy:
      "on the host, Get-NetConnectionProfile shows it: make it Private (Set-NetConnectionProfile -NetworkCategory Private) or disable it, then apply again; or leave allowUnencrypted out",
  },
  WINRM_E_TIMEOUT: {
    causes: ["the host is overloaded", "the operation takes longer than timeouts.operationSeconds"],
    remedy: "try again, or raise timeouts.operationSeconds",
  },
  WINRM_E_SHELL_DISABLED: {
    causes: ['Group Policy "Allow Remote Shell Access" is disabled', "winrs/AllowRemoteShellAccess was set to false"],
    remedy: "allow remote shells on the host: changes of local groups need one",
  },
  WINRM_E_QUOTA: {
    causes: [
      "other sessions of this account use up MaxConcurrentOperationsPerUser, MaxShellsPerUser or MaxConcurrentUsers",
      "sessions that were cut off have not timed out yet",
    ],
    remedy: "wait until other sessions of this account end, or raise the quota on the host",
  },
  WINRM_E_ENVELOPE_TOO_LARGE: {
    causes: ["MaxEnvelopeSizekb on the host is smaller than the request or its response"],
    remedy: "raise MaxEnvelopeSizekb on the host (default 500)",
  },
};
