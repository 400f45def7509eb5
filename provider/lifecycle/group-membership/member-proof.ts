import { WinrmError } from "../../errors";
import { type MemberChange, changeMember } from "../../host/accounts/local-group-commands";
import { firstPossibleRead } from "../../host/logon-reads";
import { withShell } from "../../host/shell";
import type { WriteProof } from "../change/plan";
import type { Caller } from "../safety/caller/caller";

/** Numbers with which Windows says that nothing is left to undo. */
const DONE_ALREADY: readonly number[] = [0, 1377, 1378];

/**
 * The proof of a change whose members no command line of the host can name: the connection that makes it logs in afresh, and
 * takes it back over the logon that it has, whose rights are those of before.
 * @param undone the changes that take it back.
 */
export function memberProof(callers: readonly Caller[], undone: readonly MemberChange[]): WriteProof {
  const own = callers.find(({ subject }) => subject === "this connection")?.connection;
  return {
    logons: own === undefined ? [] : [{ target: own, read: firstPossibleRead }],
    undo: (client, signal) =>
      withShell(client, signal, async (run) => {
        for (const change of undone) {
          const { code } = await changeMember(run, change);
          if (DONE_ALREADY.includes(code)) continue;
          throw new WinrmError(
            "WINRM_E_NOT_APPLIED",
            `the membership of ${change.member} was not restored (Win32 error ${code})`,
          );
        }
      }),
  };
}
