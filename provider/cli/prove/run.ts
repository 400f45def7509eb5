/** Runs `pulumi-winrm prove`: the rows as they come, or one line of JSON at the end. */

import { MACHINE_CLOCK } from "../../lifecycle/change/confirm/clock";
import { SessionPool } from "../../session/session-pool";
import { displayHost } from "../../session/target";
import type { TypedOptions } from "../shared/connection-options";
import { targetOf } from "../shared/target";
import { print } from "../shared/terminal";
import { type ProofRow, prove } from "./rows";

/** Two windows and two second looks, with room. */
const TIME_LIMIT_MS = 900_000;

/** Asks the host. @returns whether all is as assumed. @throws WinrmError that names options; nothing has been sent then. */
export async function runProve(host: string, typed: TypedOptions): Promise<boolean> {
  const { target } = targetOf(host, typed);
  const pool = new SessionPool();
  const json = typed["json"] === true;
  const onRow = ({ row, expected, observed, holds }: ProofRow) => {
    if (!json)
      print(`${holds ? "as assumed" : "DIFFERS   "}  ${row}`, `            expected ${expected}; observed ${observed}`);
  };
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const rows = await prove({ pool, target, clock: MACHINE_CLOCK, signal, onRow });
    if (json) print(JSON.stringify({ host: displayHost(target), rows }));
    return rows.every(({ holds }) => holds);
  } finally {
    pool.close();
  }
}
