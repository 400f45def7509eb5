import type { WinrmConfig } from "../../../host/config";
import type { SessionTarget } from "../../../session/target";

/**
 * Lockout hazards: changes after which the connection that makes them, or every administrator, could no longer get in.
 * A pure function of the configuration before and after (of everything that changes on the host) and of how we log in.
 */

/** How the connection that makes the change logs in. */
export type Logon = Pick<SessionTarget, "auth" | "transport">;

/** One hazard, at the leaf whose change causes it. */
export interface Hazard {
  /** Path below `winrm/config`. */
  readonly path: string;
  /** What would happen, and what to do instead. */
  readonly reason: string;
}

/** The hazards that the change brings; what was so before is none. */
export function findHazards(before: WinrmConfig, after: WinrmConfig, logon: Logon): Hazard[] {
  const becomes = (path: string, value: string) => is(after, path, value) && !is(before, path, value);
  const hazards: Hazard[] = [];
  const { method, channelBinding } = logon.auth;
  const own = `${method} over ${logon.transport}`;

  if (method === "basic" && becomes(BASIC, "false")) {
    hazards.push({ path: BASIC, reason: `this connection logs in with ${own}; connect with another method first` });
  }
  const bothOff = is(after, NEGOTIATE, "false") && is(after, KERBEROS, "false");
  const profileGoes = bothOff && (becomes(NEGOTIATE, "false") || becomes(KERBEROS, "false"));
  if (profileGoes) {
    const path = becomes(NEGOTIATE, "false") ? NEGOTIATE : KERBEROS;
    hazards.push({
      path,
      reason: "with Kerberos and Negotiate both off, no administrator can log in with either; keep one of them on",
    });
  } else if ((method === "ntlm" || method === "negotiate") && becomes(NEGOTIATE, "false")) {
    hazards.push({
      path: NEGOTIATE,
      reason: `this connection logs in with ${own}, which is part of Negotiate; connect with another method first`,
    });
  }
  if (method === "basic" && logon.transport === "http" && becomes(UNENCRYPTED, "false")) {
    hazards.push({ path: UNENCRYPTED, reason: `this connection uses ${own} unencrypted; connect over https first` });
  }
  if (method === "kerberos" && !profileGoes && becomes(KERBEROS, "false")) {
    hazards.push({ path: KERBEROS, reason: `this connection logs in with ${own}; connect with another method first` });
  }
  if (method === "certificate" && becomes(CERTIFICATE, "false")) {
    hazards.push({
      path: CERTIFICATE,
      reason: `this connection logs in with ${own}; connect with another method first`,
    });
  }
  const binds = method === "ntlm" || method === "negotiate" || method === "kerberos";
  if (binds && logon.transport === "https" && !channelBinding && becomes(CBT, "strict")) {
    hazards.push({
      path: CBT,
      reason:
        "this connection sends no channel binding token (auth.channelBinding is false), and Strict refuses it; switch it on first",
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
  return config.get(path)?.value.toLowerCase() === value;
}
