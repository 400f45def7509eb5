/** What `pulumi-winrm doctor` says of the method: why it is this one, whose logon it is, and what came of it. */

import { SCHEMES } from "../../session/diagnosis/http";
import type { Session } from "../../session/session";
import { type KerberosLogon, type SessionTarget, accountOf } from "../../session/target";
import { type Identity, isWindows } from "../../host/identify";
import { type CheckResult, ok, warning } from "./result";
import { isBound } from "./tls";

/** A method as it was chosen. */
export interface ChosenMethod {
  readonly target: SessionTarget;
  /** Why it was chosen, in one clause. */
  readonly methodReason: () => string;
}

/** Whether the host takes the method, by what it offers to a request without credentials; `undefined`: it did not respond. */
export function checkMethod(
  { target, methodReason }: ChosenMethod,
  offers: readonly string[] | undefined,
): CheckResult {
  const { auth } = target;
  const facts = "kerberos" in auth ? kerberosFacts(auth.kerberos, target.host) : {};
  const detail = `${auth.method}, because ${methodReason()}`;
  const scheme = SCHEMES[auth.method];
  if (offers === undefined) return ok(`${detail}; whether the host offers it is not known`, facts);
  if (scheme === undefined) return ok(`${detail}; certificates work without being listed`);
  if (offers.some((name) => name.toLowerCase() === scheme.toLowerCase())) return ok(detail, facts);
  const advice =
    scheme === "Digest"
      ? "choose a method that the host offers: a WinRM service has no Digest, only Windows' client has the option"
      : `choose a method that the host offers, or enable ${scheme} on the host`;
  return {
    ...ok(`${detail}; it needs ${scheme}, which the host does not offer`, facts),
    verdict: "failed",
    advice: [advice],
  };
}

function kerberosFacts({ credential, spn, library = "koffi" }: KerberosLogon, host: string): Record<string, string> {
  const realm = spn.realm === undefined ? "" : `@${spn.realm}`;
  return {
    tickets: ticketsOf(credential),
    service: `${spn.service ?? "HTTP"}/${spn.host ?? host}${realm}`,
    library: library === "koffi" ? "the system's, through koffi" : "the npm package kerberos",
  };
}

function ticketsOf(credential: KerberosLogon["credential"]): string {
  switch (credential.kind) {
    case "default":
      return "those of the running account";
    case "cache":
      return `from the cache ${credential.cache ?? "that the system is set to"}, for ${credential.principal ?? "its owner"}`;
    case "keytab":
      return `fetched with the keytab ${credential.keytab}, for ${credential.principal}`;
    case "password":
      return `fetched with the password, for ${credential.principal}`;
  }
}

/** A logon that the host took: the method, with Negotiate the mechanism that came of it, and how messages travel. */
export function logonFinding({ target, mechanism }: Session, identity: Identity): CheckResult {
  const { method } = target.auth;
  const { how, facts } = method === "negotiate" ? outcomeOf(mechanism) : { how: "", facts: {} };
  const logon = `${accountOf(target.auth)} by ${method}${how}, ${travel(target)}`;
  if (isWindows(identity)) return ok(`${logon}; ${identity.version}`, facts);
  const { vendor, version } = identity;
  const who = [vendor, version].filter((part) => part !== "").join(" ") || "it does not say who it is";
  return warning(`${logon}; it is not Windows' WinRM service: ${who}`, NOT_WINDOWS, facts);
}

const NOT_WINDOWS = "check connection.host and connection.port: this package manages WinRM of Windows hosts";

function outcomeOf(mechanism: Session["mechanism"]): { how: string; facts: CheckResult["facts"] } {
  if (mechanism?.mechanism === undefined) return { how: "", facts: {} };
  if (mechanism.mechanism === "kerberos") return { how: " (Kerberos)", facts: {} };
  const { gaveWay } = mechanism;
  if (gaveWay === undefined) return { how: " (NTLM, because the host chose it)", facts: {} };
  return { how: " (NTLM, because Kerberos could not be used)", facts: { kerberos: gaveWay.summary } };
}

/** What protects the messages, and what binds the logon. */
function travel(target: SessionTarget): string {
  const { transport, auth } = target;
  if (transport === "https") {
    if (isBound(target)) return "inside TLS, bound to the channel";
    return auth.channelBinding ? "inside TLS" : "inside TLS, not bound to the channel";
  }
  return auth.method === "basic" || auth.method === "digest" ? "messages readable" : "messages sealed";
}
