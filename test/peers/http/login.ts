/** Logging in to a web server as a program would describe it. */
import type { TestContext } from "node:test";
import { identify, type Identity } from "../../../provider/host/identify";
import type { Auth, Connection } from "../../../provider/contract/connection/connection";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { later } from "../../support/cleanup";
import { NEVER } from "../../support/hosts/sessions";

/** A client of a server on loopback; closed at the end of the test. */
export function clientOf(
  t: TestContext,
  port: number,
  about: Partial<Connection> & { readonly auth: Auth; readonly pool?: SessionPool },
): {
  readonly client: WsmanClient;
  readonly who: () => Promise<Identity>;
  readonly send: (text: string) => Promise<string>;
} {
  const { pool = new SessionPool(), ...rest } = about;
  const connection: Connection = { host: "localhost", port, ...rest };
  const { target } = resolveTarget(connection, new Settings(() => undefined, {}));
  later(t, () => {
    pool.close();
  });
  const session = pool.session(target);
  const client = new WsmanClient(session);
  return { client, who: () => identify(client, NEVER), send: (text) => session.send(text, NEVER) };
}
