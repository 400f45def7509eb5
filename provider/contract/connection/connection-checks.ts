import { accountNameProblem } from "../../account-name";
import type { Method } from "../../session/target";
import { parseProxyUrl } from "../../session/transport/proxy";
import { type Check, isAbsent, isRecord, object, oneOf, secret, string, stringWith } from "../checks";
import { hostIn, hostProblem } from "../names/host-name";
import { displayText } from "../names/plausible-names";

/** Checks that single arguments of a connection have for themselves. */

/** `what` says in words what a host's name is there. */
export function host(what: string): Check {
  return stringWith((text) => {
    const problem = hostProblem(text);
    if (problem === undefined) return undefined;
    const said = problem === "" ? `not ${displayText(text)}` : `and this ${problem}`;
    const host = hostIn(text);
    return `must be ${what}, ${said}${host === undefined ? "" : `; write ${displayText(host)}`}`;
  });
}

/** All methods, the usual ones first. */
export const METHODS = [
  "negotiate",
  "kerberos",
  "ntlm",
  "certificate",
  "basic",
  "digest",
] as const satisfies readonly Method[];

/**
 * What replaces a proxy's URL, in any case, or it would be the name of a proxy: none at all, or that of the
 * environment. Stack configuration knows strings only, so `"false"` is `false`.
 */
export function proxyWord(value: unknown): "none" | "environment" | undefined {
  const word = typeof value === "string" ? value.toLowerCase() : value;
  return word === false || word === "false" || word === "none" ? "none" : word === "environment" ? word : undefined;
}

/** A proxy's URL, never repeated because it may hold a password; or a reference, or none. */
export const checkProxy: Check = (value, property) => {
  if (proxyWord(value) !== undefined) return [];
  if (typeof value !== "string" || value === "") return secret()(value, property);
  if (parseProxyUrl(value) !== undefined) return [];
  const reason =
    'must be the URL of an HTTP proxy such as http://proxy.example.com:3128, a reference to it, "environment", "none" or false';
  return [{ property, reason }];
};

/** CredSSP is named, because Microsoft's page has it and a reader looks for it. */
export const checkMethod: Check = (value, property) => {
  const problems = oneOf(...METHODS)(value, property);
  const credssp = typeof value === "string" && value.toLowerCase() === "credssp";
  const why = "; CredSSP is not built, because it hands the whole password to the host";
  return credssp ? problems.map((problem) => ({ ...problem, reason: problem.reason + why })) : problems;
};

/** Never repeated: people write `user:password`, as other tools take it. */
export const checkUserName = stringWith((value) => {
  const reason = accountNameProblem(value, "logon");
  return reason === undefined
    ? undefined
    : `must be a user name such as MACHINE\\user or user@domain, and this ${reason}`;
});

/** A name with an instance (`HTTP/runner@REALM`) is a Kerberos principal and no account of Windows: it is for keytabs. */
export function checkAuth(checks: Readonly<Record<string, Check>>): Check {
  const principal = string({ pattern: PRINCIPAL, what: "a Kerberos principal such as HTTP/runner@REALM" });
  const check: Check = (value, property) => {
    const hasKeytab = isRecord(value) && isRecord(value["kerberos"]) && !isAbsent(value["kerberos"]["keytab"]);
    const isPrincipal = isRecord(value) && typeof value["username"] === "string" && value["username"].includes("/");
    return object(hasKeytab && isPrincipal ? { ...checks, username: principal } : checks)(value, property);
  };
  return Object.assign(check, { of: checks });
}

const PRINCIPAL = /^[^"/\\[\]:;|=,+*?<>@]+\/[^"/\\[\]:;|=,+*?<>@]+(?:@[A-Za-z0-9._-]+)?$/;
