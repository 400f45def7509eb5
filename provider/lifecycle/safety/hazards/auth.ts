import type { Judgement } from "../../../contract/finding";
import { type WinrmConfig, sameValue } from "../../../host/config";
import { type SessionTarget, unboundReason } from "../../../session/target";

/**
 * Lockout hazards: changes after which the connection that makes them, or every administrator, could no longer get in.
 * A pure function of the configuration before and after (of everything that changes on the host) and of how we log in.
 */

/** How the connection that makes the change logs in. */
export type Logon = Pick<SessionTarget, "auth" | "transport">;

/** One hazard, at the leaf whose change causes it. */
export interface Hazard extends Pick<Judgement, "rule" | "message" | "remedy"> {
  /** Path below `winrm/config`. */
  readonly path: string;
}

/** The hazards that the change brings; what was so before is none. */
export function findHazards(before: WinrmConfig, after: WinrmConfig, logon: Logon): Hazard[] {
  const becomes = (path: string, value: string) => is(after, path, value) && !is(before, path, value);
  const hazards: Hazard[] = [];
  const { method, channelBinding } = logon.auth;
  const own = `${method} over ${logon.transport}`;
  const ownMethod = {
    rule: "lockout/own-method",
    message: `this connection logs in with ${own}`,
    remedy: "connect with another method first",
  } as const;

  if (method === "basic" && becomes(BASIC, "false")) {
    hazards.push({ path: BASIC, ...ownMethod });
  }
  const bothOff = is(after, NEGOTIATE, "false") && is(after, KERBEROS, "false");
  const profileGoes = bothOff && (becomes(NEGOTIATE, "false") || becomes(KERBEROS, "false"));
  if (profileGoes) {
    const path = becomes(NEGOTIATE, "false") ? NEGOTIATE : KERBEROS;
    hazards.push({
      rule: "lockout/last-method",
      path,
      message: "with Kerberos and Negotiate both off, no administrator can log in with either",
      remedy: "keep one of them on",
    });
  } else if ((method === "ntlm" || method === "negotiate") && becomes(NEGOTIATE, "false")) {
    hazards.push({
      ...ownMethod,
      path: NEGOTIATE,
      message: `this connection logs in with ${own}, which is part of Negotiate`,
    });
  }
  if (method === "basic" && logon.transport === "http" && becomes(UNENCRYPTED, "false")) {
    hazards.push({
      rule: "lockout/unencrypted",
      path: UNENCRYPTED,
      message: `this connection uses ${own} unencrypted`,
      remedy: "connect over https first",
    });
  }
  if (method === "kerberos" && !profileGoes && becomes(KERBEROS, "false")) {
    hazards.push({ path: KERBEROS, ...ownMethod });
  }
  if (method === "certificate" && becomes(CERTIFICATE, "false")) {
    hazards.push({ path: CERTIFICATE, ...ownMethod });
  }
  const binds = method === "ntlm" || method === "negotiate" || method === "kerberos";
  if (binds && logon.transport === "https" && !channelBinding && becomes(CBT, "strict")) {
    hazards.push({
      rule: "lockout/channel-binding",
      path: CBT,
      message: `this connection sends no channel binding token (${unboundReason(logon.auth)}), and Strict refuses it`,
      remedy: "switch it on first",
    });
  }
  return hazards;
}

const BASIC = "service/auth/Basic";
const CERTIFICATE = "service/auth/Certificate";
const KERBEROS = "service/auth/Kerberos";
const NEGOTIATE = "service/auth/Negotiate";
const UNENCRYPTED = "service/AllowUnencrypted";
const CBT = "service/auth/CbtHardeningLevel";

function is(config: WinrmConfig, path: string, value: string): boolean {
  return sameValue(config.get(path)?.value ?? "", value);
}
