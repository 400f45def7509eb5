/** The product's own way back around what is tried out: if this ends in the middle, the host restores the settings itself. */

import { setString } from "../../host/registry";
import { MARKER_KEY, type RestoredValue } from "../../host/tasks/rollback";
import { rollbackDescription, startRollback } from "../../host/tasks/rollback-task";
import { arm } from "../../lifecycle/change/confirm/arm";
import { mayStillWrite } from "../../lifecycle/change/confirm/protocol";
import { markersOf } from "../../lifecycle/change/confirm/recover";
import { type HostChange, RESTORABLE_PATHS, wayBack } from "../../lifecycle/safety/risk";
import { displayHost } from "../../session/target";
import type { WsmanClient } from "../../session/wsman-client";
import type { OpenWindow, ProvenHost } from "./proven-host";
import { Unchecked } from "./row";

const CLOSING = { everyMs: 1_000, limitMs: 30_000 };

/** A setting that is tried out: its value, another one, and where the service keeps it. */
export interface TriedSetting {
  readonly path: string;
  readonly old: string;
  readonly other: string;
  readonly entry: RestoredValue;
}

/** Every setting that the host can restore. A channel binding is never made stricter than it is. */
export function triedSettings(host: ProvenHost): readonly TriedSetting[] {
  return RESTORABLE_PATHS.flatMap((path) => {
    const old = host.value(path);
    const [entry] = wayBack([{ kind: "setting", path, from: old, to: otherValue(path, old) }]).restored;
    return entry?.kind === "value" ? [{ path, old, other: otherValue(path, old), entry }] : [];
  });
}

function otherValue(path: string, value: string): string {
  if (path.endsWith("/CbtHardeningLevel")) return value === "Relaxed" ? "None" : "Relaxed";
  return value === "true" ? "false" : "true";
}

/** The settings that this very connection cannot be without. */
export function ownPaths({ target: { auth, transport } }: ProvenHost): readonly string[] {
  switch (auth.method) {
    case "basic":
    case "digest":
      return ["service/auth/Basic", ...(transport === "http" ? ["service/AllowUnencrypted"] : [])];
    case "ntlm":
      return ["service/auth/Negotiate"];
    case "negotiate":
    case "kerberos":
      return ["service/auth/Negotiate", "service/auth/Kerberos"];
    case "certificate":
      return ["service/auth/Certificate"];
  }
}

/** A setting that neither this connection nor Group Policy needs as it is. */
export function harmlessSetting(host: ProvenHost): TriedSetting {
  const own = ownPaths(host);
  const found = ["service/auth/CredSSP", "service/auth/Certificate", "service/auth/Basic"].find(
    (path) => !own.includes(path) && !host.isOwnedByPolicy(path),
  );
  const setting = triedSettings(host).find(({ path }) => path === found);
  if (setting === undefined) throw new Unchecked("Group Policy owns every setting that could be tried out");
  return setting;
}

/** Settings as changes from what they are to what is tried. */
export function changesOf(settings: readonly TriedSetting[]): HostChange[] {
  return settings.map(({ path, old, other }) => ({ kind: "setting", path, from: old, to: other }));
}

/**
 * Arms the host, as for a risky change.
 * @throws WinrmError as `arm`; Unchecked if the settings are not what they were.
 */
export async function openWindow(
  host: ProvenHost,
  changes: readonly HostChange[],
  windowSeconds: number,
): Promise<OpenWindow> {
  const { session, pool, clock, signal } = host;
  const log = { warn: () => undefined, progress: () => undefined };
  const about = { host: displayHost(host.target), windowSeconds, log, ...wayBack(changes) };
  const arming = { session, pool, clock, signal, ...about };
  const armed = await arm(arming);
  if (armed === undefined) throw new Unchecked("the settings have been changed meanwhile");
  host.window = { armed, arming };
  return host.window;
}

/** @throws Unchecked when so much of the window is over that nothing more should be tried in it. */
export function stillOpen({ window, clock }: ProvenHost): void {
  if (window === undefined) throw new Unchecked("the host is not armed any more");
  if (!mayStillWrite(clock.steadyMs() - window.armed.sinceMs, window.arming.windowSeconds))
    throw new Unchecked("the host is too slow: half of the time in which it can be confirmed is over");
}

/** Everything is as it was: the host need not restore it. @returns the host's verdict, and whether its task is gone. */
export async function closeWindow(host: ProvenHost): Promise<string> {
  const { window, signal } = host;
  if (window === undefined) return "nothing was armed";
  const { token } = window.armed;
  return await host.fresh(async (client, session) => {
    await setString(client, { key: MARKER_KEY, name: "confirmed", value: token }, signal);
    await startRollback(client, signal);
    const gone = await host.poll(async () => (await taskIsGone(client, signal)) || undefined, CLOSING);
    const { result = "no verdict" } = await markersOf(session, token, signal);
    if (gone === true) host.window = undefined;
    return `${result}, the task is ${gone === true ? "gone" : "still there"}`;
  });
}

/** The task that restores. */
export async function taskIsGone(client: WsmanClient, signal: AbortSignal): Promise<boolean> {
  return (await rollbackDescription(client, signal)) === undefined;
}
