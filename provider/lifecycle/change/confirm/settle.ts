import { WsmanClient } from "../../../session/wsman-client";
import type { HostChange } from "../../safety/risk";
import { type Arming, waitForOther } from "./arm";
import { mayBeUnfinished, readArmed } from "./unfinished";

/**
 * A host that has what is wanted may have it from a run that died: before that is taken for done, such a change must have
 * been confirmed or restored. One request, and only where state does not know of the change.
 * @returns whether there was one: then the host has to be read again.
 * @throws WinrmError `WINRM_E_CONFIRM_PENDING`
 */
export async function unconfirmedSettled(
  already: readonly HostChange[] | undefined,
  waiting: Parameters<typeof waitForOther>[0] & Pick<Arming, "session" | "signal">,
): Promise<boolean> {
  if (!mayBeUnfinished(already)) return false;
  if ((await readArmed(new WsmanClient(waiting.session), waiting.signal)) === undefined) return false;
  await waitForOther(waiting);
  return true;
}
