import { type ErrorCode, WinrmError } from "../../errors";
import { byKey, more, sortedHosts, withoutHost } from "../../fleet/groups";
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

/** True if an apply of one of the resources would certainly fail in the same way. */
function isCertain({ error, mode, resources }: Failure): boolean {
  return mode === "error" && CERTAIN.has(error.code) && resources.some(({ pending }) => pending !== false);
}

/**
 * Failures that differ in nothing but the host, together; in the order in which they came. The summary is one line; the
 * message has causes and remedy, too, and names the host if there is one only.
 */
export function groupFailures(failures: readonly Failure[]) {
  const groups = byKey(failures, (failure) =>
    JSON.stringify([isCertain(failure), failure.error.code, withoutHost(failure.error.summary, failure.host)]),
  );
  return [...groups.values()].map((group) => {
    const [first] = group;
    const { code, summary, message, context } = first.error;
    const hosts = sortedHosts(group.map((failure) => hidden(failure, failure.host)));
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

function hidden({ host, resources }: Failure, text: string): string {
  const [resource] = resources;
  return resource === undefined ? text : withoutValues(text, resource, host);
}
