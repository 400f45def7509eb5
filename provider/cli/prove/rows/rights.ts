/** When a change of rights counts: remote UAC, and memberships. */

import { isWinrmError } from "../../../errors";
import { readConfig } from "../../../host/config";
import { changeMember } from "../../../host/accounts/local-group-commands";
import { findAccount } from "../../../host/accounts/local-accounts";
import { withShell } from "../../../host/shell";
import { getDword, setDword } from "../../../host/registry";
import { recover } from "../../../lifecycle/change/confirm/recover";
import type { HostChange } from "../../../lifecycle/safety/risk";
import type { WsmanClient } from "../../../session/wsman-client";
import type { ProvenHost, Undo } from "../proven-host";
import { type Row, Unchecked, row } from "../row";
import { closeWindow, openWindow } from "../window";
import { HARMLESS_GROUP, harmlessGroup } from "./commands";

const WINDOW_SECONDS = 120;
const POLICY = {
  key: "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System",
  name: "LocalAccountTokenFilterPolicy",
} as const;
const FILTERED = "refused at the next logon, and as before on the open connection";
const ALREADY_A_MEMBER = 1378;

/** The rows of this subject, in their order. */
export const RIGHTS_ROWS: readonly Row[] = [
  row("rights-at-logon", { expected: "a member at the next logon, not on the open connection" }, joined),
  row("token-filter", { expected: FILTERED, needs: ["confirmed-declines"] }, async (host) => {
    const { open, met } = await filteringOf(host);
    return `${met === "works" ? "taken" : "refused"} at the next logon, and ${open} on the open connection`;
  }),
  row("filtered-logon", { expected: "401", needs: ["token-filter"] }, async (host) => (await filteringOf(host)).met),
];

interface Filtering {
  /** What a logon met whose token remote UAC filters. */
  readonly met: string;
  /** What the connection can do that was open before. */
  readonly open: string;
}

function filteringOf(host: ProvenHost): Promise<Filtering> {
  return host.once("filtering", async () => {
    const { client, signal } = host;
    logsOnOnce(host);
    if ((await getDword(client, POLICY, signal)) !== 1) throw new Unchecked("LocalAccountTokenFilterPolicy is not 1");
    const name = await host.account();
    const account = await findAccount(client, signal, name);
    if (account?.local !== true || account.sid.endsWith("-500"))
      throw new Unchecked("needs a local administrator that is not the built-in one: remote UAC filters no other");
    return await filtered(host);
  });
}

/** @throws Unchecked where each message logs on by itself. */
export function logsOnOnce({ target: { auth } }: ProvenHost): void {
  if (["basic", "digest", "certificate"].includes(auth.method))
    throw new Unchecked(`needs a connection that logs on once: with ${auth.method} each message does`);
}

/** Locks this very account out, within a window of its own. */
async function filtered(host: ProvenHost): Promise<Filtering> {
  const change: HostChange = { kind: "token-filter", from: 1, to: 0 };
  const { arming, armed } = await openWindow(host, [change], WINDOW_SECONDS);
  const undo: Undo = (client, signal) => setDword(client, { ...POLICY, value: 1 }, signal);
  const about = `HKLM\\${POLICY.key}\\${POLICY.name}`;
  const outcome = await host.temporarily(about, undo, async () => {
    await setDword(host.client, { ...POLICY, value: 0 }, host.signal);
    const met = await logonEnd(host);
    const open =
      host.session.connected && (await readConfig(host.client, host.signal).catch(() => undefined)) !== undefined;
    return { met, open: open ? "as before" : "refused" };
  });
  // The old connection has restored it, or else the host does.
  if (outcome.open !== "as before") await recover(arming, armed);
  await closeWindow(host);
  return outcome;
}

async function logonEnd(host: ProvenHost): Promise<string> {
  try {
    await host.readFresh();
    return "works";
  } catch (error) {
    if (isWinrmError(error) && error.code === "WINRM_E_LOGON_DENIED") return "401";
    if (isWinrmError(error) && error.code === "WINRM_E_ACCESS_DENIED") return "code 5";
    throw error;
  }
}

/** Joins a group that grants nothing but reading logs. */
async function joined(host: ProvenHost) {
  const { signal } = host;
  logsOnOnce(host);
  const group = await harmlessGroup(host);
  const isMember = async (client: WsmanClient) => {
    const { stdout } = await withShell(client, signal, (run) => run("whoami /groups /fo csv"));
    return stdout.includes(`"${HARMLESS_GROUP}"`);
  };
  const member = await host.account();
  if (await isMember(host.client)) throw new Unchecked(`the account is a member of ${group} already`);
  const change = { group, member };
  const undo: Undo = async (client, limit) => {
    await withShell(client, limit, (run) => changeMember(run, { ...change, action: "remove" }));
  };
  return await host.temporarily(`${member} in ${group}`, undo, async () => {
    const { code } = await host.shell((run) => changeMember(run, { ...change, action: "add" }));
    if (code === ALREADY_A_MEMBER) throw new Unchecked(`the account is a member of ${group} already`);
    if (code !== 0) throw new Unchecked(`the account could not be added to ${group}: ${code}`);
    const open = await isMember(host.client);
    const next = await host.fresh((client) => isMember(client));
    return `${next ? "a member" : "not a member"} at the next logon, ${open ? "also" : "not"} on the open connection`;
  });
}
