/** Options of a command line as the target of a session. */

import { WinrmError } from "../../errors";
import { type ResolvedTarget, resolveTarget } from "../../connect/target";
import type { Connection } from "../../contract/connection/connection";
import { checkConnection } from "../../contract/connection/connection-settings";
import { Settings } from "../../contract/settings";
import { type TypedOptions, connectionOf, errorInOptions } from "./connection-options";
import { surroundings } from "./surroundings";

/** Where the options lead. @throws WinrmError that names options; nothing has been sent then. */
export function targetOf(host: string, typed: TypedOptions): ResolvedTarget {
  try {
    const connection = connectionOf(host, typed);
    const [problem] = checkConnection(connection, "connection");
    if (problem !== undefined) throw new WinrmError("WINRM_E_ARGUMENT", `${problem.property} ${problem.reason}`);
    return resolveTarget(connection as unknown as Connection, new Settings(() => undefined, surroundings().env));
  } catch (error) {
    throw errorInOptions(error, typed);
  }
}
