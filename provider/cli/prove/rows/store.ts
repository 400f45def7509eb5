/** Where the service keeps its settings, tried out while the host is armed to restore all of them. */

import { putLeaves, readConfig, splitPath } from "../../../host/config";
import type { ConfigResource } from "../../../host/config";
import { deleteValue, getDword, getString, setDword } from "../../../host/registry";
import type { WsmanClient } from "../../../session/wsman-client";
import { WsmanFault } from "../../../wsman/faults";
import { isWinrmError } from "../../../errors";
import type { ProvenHost, Undo } from "../proven-host";
import { type Row, Unchecked, row, seen } from "../row";
import {
  type TriedSetting,
  changesOf,
  closeWindow,
  harmlessSetting,
  openWindow,
  ownPaths,
  stillOpen,
  triedSettings,
} from "../window";

/** Long enough for all that is tried within its first half. */
const WINDOW_SECONDS = 300;
const DECLINED = "declined, the task is gone";
const BINDING_ENTRY = "cbt_hardening_level";

/** The first row arms the host, the last one of the window takes that back. */
export const REHEARSAL_ROW = row("rehearsal", { expected: "armed", needs: ["task-first-run"] }, async (host) => {
  try {
    await openWindow(host, changesOf(triedSettings(host)), WINDOW_SECONDS);
    return "armed";
  } catch (error) {
    if (isWinrmError(error) && error.code === "WINRM_E_CONFIRM_UNAVAILABLE") return error.summary;
    throw error;
  }
});

/** Takes back what the rehearsal has armed. */
export const DECLINE_ROW = row("confirmed-declines", { expected: DECLINED, needs: ["rehearsal"] }, closeWindow);

/** The rows of this subject, in their order; the host is armed. */
export const STORE_ROWS: readonly Row[] = [
  row("store-names", { expected: "each Put changes its own entry only", needs: ["rehearsal"] }, async (host) => {
    const puts = await putsOf(host);
    const wrong = puts.filter(({ asExpected }) => !asExpected).map(({ setting }) => setting.entry.name);
    const names = puts.map(({ setting }) => setting.entry.name).join(", ");
    return wrong.length === 0 ? seen(`as expected: ${names}`, true) : `not as expected: ${wrong.join(", ")}`;
  }),
  row("store-channel-binding", { expected: "the word", needs: ["store-names"] }, async (host) => {
    const put = (await putsOf(host)).find(({ setting }) => setting.entry.name === BINDING_ENTRY);
    if (put === undefined) throw new Unchecked("CbtHardeningLevel cannot be tried out on this host");
    return put.other === put.setting.other ? "the word" : (put.other ?? "no REG_SZ");
  }),
  row("store-defaults", { expected: "an entry", needs: ["store-names"] }, async (host) => {
    const kept = (await putsOf(host)).map(({ afterDefault }) => (afterDefault === undefined ? "no entry" : "an entry"));
    return [...new Set(kept)].join(" and ");
  }),
  row("store-edits", { expected: "no effect before a restart", needs: ["store-names"] }, edited),
];

/** A setting of any side, with the value that it has and the one that it gets. */
type PutSetting = Pick<TriedSetting, "path" | "old" | "other">;

interface TriedPut {
  readonly setting: TriedSetting;
  /** What the entry held after the Put of the other value, and after that of Windows' own value. */
  readonly other: string | undefined;
  readonly afterDefault: string | undefined;
  readonly asExpected: boolean;
}

function putsOf(host: ProvenHost): Promise<readonly TriedPut[]> {
  return host.once("puts", async () => {
    const own = ownPaths(host);
    const puts: TriedPut[] = [];
    for (const setting of triedSettings(host)) {
      stillOpen(host);
      if (own.includes(setting.path) || host.isOwnedByPolicy(setting.path)) continue;
      const put = await tried(host, setting);
      if (put !== undefined) puts.push(put);
    }
    return puts;
  });
}

/** Puts the other value and the old one. `undefined` where the host refuses, as on a public network. */
async function tried(host: ProvenHost, setting: TriedSetting): Promise<TriedPut | undefined> {
  const { client, signal } = host;
  const before = await entries(host);
  try {
    return await whilePut(host, setting, async () => {
      const during = await entries(host);
      await putSetting(client, { ...setting, value: setting.old }, signal);
      const after = await entries(host);
      const { name, builtIn } = setting.entry;
      const others = [...before.keys()].filter((other) => other !== name);
      const alone = others.every(
        (other) => before.get(other) === during.get(other) && before.get(other) === after.get(other),
      );
      const is = (found: string | undefined, wanted: string) =>
        found === wanted || (found === undefined && builtIn === wanted);
      const asExpected = alone && is(during.get(name), setting.entry.new) && is(after.get(name), setting.entry.old);
      const afterDefault = (setting.entry.new === builtIn ? during : after).get(name);
      return { setting, other: during.get(name), afterDefault, asExpected };
    });
  } catch (error) {
    if (error instanceof WsmanFault) return undefined;
    throw error;
  }
}

/** Puts the old value, unless it is there: a host may refuse even that, as on a public network. */
export function restoring(setting: Pick<TriedSetting, "path" | "old">): Undo {
  return async (client, signal) => {
    const now = String((await readConfig(client, signal)).get(setting.path)?.value ?? "");
    if (now !== setting.old) await putSetting(client, { ...setting, value: setting.old }, signal);
  };
}

/** Something with one setting put to its other value. */
export function whilePut<T>(host: ProvenHost, setting: PutSetting, body: () => Promise<T>): Promise<T> {
  return host.temporarily(setting.path, restoring(setting), async () => {
    await putSetting(host.client, { ...setting, value: setting.other }, host.signal);
    return await body();
  });
}

/** Puts one setting. */
export function putSetting(
  client: WsmanClient,
  { path, value }: { readonly path: string; readonly value: string },
  signal: AbortSignal,
): Promise<void> {
  const resource = splitPath(path).resource as ConfigResource;
  return putLeaves(client, { resource, leaves: new Map([[path, value]]) }, signal);
}

/** What the store holds, by name of the entry. */
async function entries(host: ProvenHost): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const { entry } of triedSettings(host)) {
    const { key, name, type } = entry;
    const read = type === "REG_SZ" ? getString : getDword;
    const value = await read(host.client, { key, name }, host.signal);
    found.set(name, value === undefined ? undefined : String(value));
  }
  return found;
}

/** An edit that the service was not told of. */
async function edited(host: ProvenHost) {
  stillOpen(host);
  const { entry, path, old, other } = harmlessSetting(host);
  const at = { key: entry.key, name: entry.name };
  const before = await getDword(host.client, at, host.signal);
  const undo: Undo = (client, signal) =>
    before === undefined ? deleteValue(client, at, signal) : setDword(client, { ...at, value: before }, signal);
  return await host.temporarily(`HKLM\\${entry.key}\\${entry.name}`, undo, async () => {
    await setDword(host.client, { ...at, value: Number(entry.new) }, host.signal);
    const now = String((await host.readFresh()).get(path)?.value);
    if (now === old) return "no effect before a restart";
    return now === other ? `${path} is ${now} at once` : `${path} is ${now}`;
  });
}
