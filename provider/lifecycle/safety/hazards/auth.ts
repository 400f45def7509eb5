import { type WinrmConfig, sameValue } from "../../../host/config";
import type { HostView } from "../../../host/host-view";
import { readListenerThumbprints } from "../../../host/listeners";
import { readHostRole } from "../../../host/accounts/local-groups";
import { unlessDenied } from "../../../host/refusal";
import { unboundReason } from "../../../session/target";
import { type Caller, observeCallers } from "../caller/caller";
import type { Hazard } from "./hazard";

/**
 * Changes of `winrm/config` after which a connection of the run, or every administrator, could no longer get in: a pure
 * function of the configuration before and after (of everything that changes on the host) and of how the run logs in.
 */

/** One hazard, at the setting whose change causes it. */
export interface ConfigHazard extends Hazard {
  /** Path below `winrm/config`. */
  readonly path: string;
}

/** How the run gets in to the host. What is `undefined` was not asked for or is not told, and counts as the worse. */
export interface ConfigAccess {
  readonly callers: readonly Caller[];
  /** Only a member of a domain has Kerberos. */
  readonly domainMember?: boolean | undefined;
  /** SHA-1 thumbprints of the https listeners' certificates. */
  readonly listenerThumbprints?: readonly string[] | undefined;
}

const BASIC = "service/auth/Basic";
const CERTIFICATE = "service/auth/Certificate";
const KERBEROS = "service/auth/Kerberos";
const NEGOTIATE = "service/auth/Negotiate";
const UNENCRYPTED = "service/AllowUnencrypted";
const CBT = "service/auth/CbtHardeningLevel";

/** Looks up what the judgement of a change needs: nothing for a change that cannot lock out anyone. */
export async function observeConfigAccess(
  view: HostView,
  before: WinrmConfig,
  after: WinrmConfig,
): Promise<ConfigAccess> {
  const endangered = (caller: Caller) => callerHazards(before, after, { callers: [caller] }).length > 0;
  const callers = await observeCallers(view, endangered);
  const perhaps = findHazards(before, after, { callers });
  const asks = (rule: Hazard["rule"], path: string) => perhaps.some((one) => one.rule === rule && one.path === path);
  return {
    callers,
    ...(asks("lockout/last-method", NEGOTIATE)
      ? { domainMember: (await unlessDenied(view.read(readHostRole)))?.domainMember }
      : {}),
    ...(asks("lockout/channel-binding", CBT)
      ? { listenerThumbprints: await unlessDenied(view.read(readListenerThumbprints)) }
      : {}),
  };
}

/** The hazards that the change brings, one for each setting; what was so before is none. */
export function findHazards(before: WinrmConfig, after: WinrmConfig, access: ConfigAccess): ConfigHazard[] {
  const own = callerHazards(before, after, access);
  const profile = profileHazard(before, after, access);
  if (profile === undefined) return own;
  const others = own.filter(({ path }) => path !== NEGOTIATE && path !== KERBEROS);
  const both = is(after, NEGOTIATE, "false") && is(after, KERBEROS, "false");
  return both || others.length === own.length ? [...others, profile] : own;
}

/** Negotiate and Kerberos are one profile ([MS-WSMV] 3.1.4.1.29.2): with both gone, every administrator with a password is. */
function profileHazard(before: WinrmConfig, after: WinrmConfig, access: ConfigAccess): ConfigHazard | undefined {
  const { becomes } = changeOf(before, after);
  const member = access.domainMember ?? (access.callers.some(isKerberos) ? true : undefined);
  const rule = "lockout/last-method";
  if (is(after, NEGOTIATE, "false") && is(after, KERBEROS, "false")) {
    const path = [NEGOTIATE, KERBEROS].find((one) => becomes(one, "false"));
    if (path === undefined) return undefined;
    const message = "with Kerberos and Negotiate both off, no administrator can log in with either";
    return { rule, path, message, remedy: "keep one of them on" };
  }
  if (member === true || !becomes(NEGOTIATE, "false")) return undefined;
  const message =
    member === false
      ? "this host is in no domain, so no account logs in with Kerberos, and with Negotiate off no administrator can log in with either"
      : "it cannot be determined whether this host is in a domain; if it is not, no account logs in with Kerberos, and with Negotiate off no administrator can log in with either";
  return { rule, path: NEGOTIATE, message, remedy: "keep Negotiate on" };
}

function isKerberos({ target: { auth } }: Caller): boolean {
  return auth.method === "kerberos";
}

/** What the change takes from single connections, the first of them for each setting. */
function callerHazards(before: WinrmConfig, after: WinrmConfig, access: ConfigAccess): ConfigHazard[] {
  const { becomes } = changeOf(before, after);
  const found = new Map<string, ConfigHazard>();
  const add = (hazard: ConfigHazard): void => {
    if (!found.has(hazard.path)) found.set(hazard.path, hazard);
  };
  for (const caller of access.callers) {
    const { subject, target } = caller;
    const { method } = target.auth;
    const own = `${method} over ${target.transport}`;
    const path = OWN_SWITCH[method];
    if (path !== undefined && becomes(path, "false")) {
      const part = path === NEGOTIATE ? ", which is part of Negotiate" : "";
      const message = `${subject} logs in with ${own}${part}`;
      add({ rule: "lockout/own-method", path, message, remedy: "connect with another method first" });
    }
    if (method === "basic" && target.transport === "http" && becomes(UNENCRYPTED, "false")) {
      const message = `${subject} uses ${own} unencrypted`;
      add({ rule: "lockout/unencrypted", path: UNENCRYPTED, message, remedy: "connect over https first" });
    }
    const binding = bindingHazard(caller, { from: levelOf(before), to: levelOf(after) }, access);
    if (binding !== undefined) add({ rule: "lockout/channel-binding", path: CBT, ...binding });
  }
  return [...found.values()];
}

/** The switch of each method. */
const OWN_SWITCH: Readonly<Partial<Record<Caller["target"]["auth"]["method"], string>>> = {
  basic: BASIC,
  certificate: CERTIFICATE,
  kerberos: KERBEROS,
  negotiate: NEGOTIATE,
  ntlm: NEGOTIATE,
};

/**
 * Strict refuses a logon that is not bound to the TLS channel, Relaxed and Strict one that is bound to another. A logon that
 * came in under Relaxed is bound right; one that came in under None is if it met the listener's own certificate.
 */
function bindingHazard(
  { target: { auth, transport }, subject, peerThumbprint }: Caller,
  { from, to }: { readonly from: number; readonly to: number },
  { listenerThumbprints }: ConfigAccess,
): Omit<Hazard, "rule"> | undefined {
  const binds = auth.method === "ntlm" || auth.method === "negotiate" || auth.method === "kerberos";
  if (!binds || transport !== "https" || to <= from) return undefined;
  if (!auth.channelBinding) {
    if (to < LEVELS.indexOf("strict")) return undefined;
    const message = `${subject} sends no channel binding token (${unboundReason(auth)}), and Strict refuses it`;
    return { message, remedy: "switch it on first" };
  }
  if (from >= LEVELS.indexOf("relaxed")) return undefined;
  const level = LEVELS[to] === "strict" ? "Strict" : "Relaxed";
  if (listenerThumbprints === undefined || listenerThumbprints.length === 0 || peerThumbprint === undefined) {
    const message = `it cannot be determined whether ${subject} meets the listener's own certificate, and ${level} refuses it if a middlebox on the path terminates TLS`;
    return { message, remedy: "connect directly, or over http with sealed messages" };
  }
  if (listenerThumbprints.includes(peerThumbprint)) return undefined;
  const message = `a middlebox on the path terminates TLS: ${subject} meets a certificate that is not the listener's, and ${level} refuses what is bound to it`;
  return { message, remedy: "connect directly, or over http with sealed messages" };
}

const LEVELS: readonly string[] = ["none", "relaxed", "strict"];

/** A level that the host does not show counts as None. */
function levelOf(config: WinrmConfig): number {
  return Math.max(0, LEVELS.indexOf(String(config.get(CBT)?.value ?? "").toLowerCase()));
}

function changeOf(before: WinrmConfig, after: WinrmConfig) {
  return { becomes: (path: string, value: string) => is(after, path, value) && !is(before, path, value) };
}

function is(config: WinrmConfig, path: string, value: string): boolean {
  return sameValue(config.get(path)?.value ?? "", value);
}
