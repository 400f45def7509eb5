import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Resolves when sockets that were destroyed before have gone: Node closes them in turns of the event loop that come later,
 * pywinrm at once. Closing belongs to no session's time on either side.
 */
export async function closed(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
