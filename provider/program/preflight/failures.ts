import { type ErrorCode, WinrmError } from "../../errors";
import { more, sortedHosts, withoutHost } from "../../fleet/groups";
import type { Candidate } from "./candidate";
import { withoutValues } from "./secrecy";

/** Hosts that could not be read: what is certain to fail at apply too, and what may be over by then. */

/** What the arguments, the credential or the host's certificate cause: apply would fail in the same way. */
const CERTAIN: ReadonlySet<ErrorCode> = new Set([
  "WINRM_E_ARGUMENT",
  "WINRM_E_CREDENTIALS_REQUIRED",
  "WINRM_E_LOGON_DENIED",
  "WINRM_E_LOGON_SUPPRESSED",
  "WINRM_E_METHOD_NOT_OFFERED",
  "WINRM_E_METHOD_UNSUPPORTED",
  "WINRM_E_NOT_TRUSTED",
  "WINRM_E_PROXY_AUTH",
  "WINRM_E_SECRET_REFERENCE",
  "WINRM_E_TLS_EXPIRED",
  "WINRM_E_TLS_NAME",
  "WINRM_E_TLS_PIN",
  "WINRM_E_TLS_UNTRUSTED",
  "WINRM_E_UNENCRYPTED_DISABLED",
  "WINRM_E_UNENCRYPTED_REFUSED",
]);

const NAMES_SHOWN = 10;

/** A host that was not read, with the resources that wanted it. */
export interface Failure {
  readonly host: string;
  readonly error: WinrmError;
  readonly mode: "error" | "warn";
  readonly resources: readonly Candidate[];
}

/** Failures with the same cause. */
export interface FailureGroup {
  readonly code: ErrorCode;
  /** Whether an apply would fail as well. */
  readonly certain: boolean;
  /** Sorted, each once. */
  readonly hosts: readonly string[];
  /** What went wrong, in one line. */
  readonly summary: string;
  /** The whole message, with causes and remedy; it names the host if there is one only. */
  readonly message: string;
  readonly first: Failure;
}

/** True if an apply of one of the resources would certainly fail in the same way. */
export function isCertain({ error, mode, resources }: Failure): boolean {
  return mode === "error" && CERTAIN.has(error.code) && resources.some(({ pending }) => pending !== false);
}

/** Failures that differ in nothing but the host, together; in the order in which they came. */
export function groupFailures(failures: readonly Failure[]): FailureGroup[] {
  const groups = new Map<string, [Failure, ...Failure[]]>();
  for (const failure of failures) {
    const key = JSON.stringify([
      isCertain(failure),
      failure.error.code,
      withoutHost(failure.error.summary, failure.host),
    ]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [failure]);
    else known.push(failure);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const { code, summary, message, context } = first.error;
    const hosts = sortedHosts(group.map(nameOf));
    const shown = (text: string) =>
      hosts.length > 1 ? withoutHost(hidden(first, text), first.host) : hidden(first, text);
    const { causes, remedy } = context;
    const general = new WinrmError(code, summary, {
      ...(causes === undefined ? {} : { causes }),
      ...(remedy === undefined ? {} : { remedy }),
    });
    return {
      code,
      certain: isCertain(first),
      hosts,
      summary: shown(summary),
      message: shown(hosts.length > 1 ? general.message : message),
      first,
    };
  });
}

/** The names of hosts as one line: the first ones, and how many more. */
export function hostList(hosts: readonly string[]): string {
  return hosts.slice(0, NAMES_SHOWN).join(", ") + more(hosts.length, NAMES_SHOWN);
}

function nameOf(failure: Failure): string {
  return hidden(failure, failure.host);
}

function hidden({ host, resources }: Failure, text: string): string {
  const [resource] = resources;
  return resource === undefined ? text : withoutValues(text, resource, host);
}
