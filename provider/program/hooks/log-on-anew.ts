import { resolveTarget } from "../../connect/target";
import type { Connection } from "../../contract/connection/connection";
import type { Settings } from "../../contract/settings";
import { readConfig } from "../../host/config";
import { SessionPool } from "../../session/session-pool";
import { WsmanClient } from "../../session/wsman-client";

const LIMIT_MS = 60_000;

/** One logon on a connection of its own, and one read of the configuration; nothing is kept of it. */
export async function logOnAnew(connection: Connection, settings: Settings): Promise<void> {
  const pool = new SessionPool();
  try {
    const session = pool.session(resolveTarget(connection, settings).target);
    await readConfig(new WsmanClient(session), AbortSignal.timeout(LIMIT_MS));
  } finally {
    pool.close();
  }
}
