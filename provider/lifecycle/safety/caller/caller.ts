import type { HostLogon, HostView } from "../../../host/host-view";
import type { SessionTarget } from "../../../session/target";

/** Whoever must still get in to a host after a change. */

/** A connection that the run uses on the host. */
export interface Caller extends Pick<HostLogon, "peerThumbprint"> {
  readonly target: Pick<SessionTarget, "auth" | "transport">;
  /** To log in as it does once more. Absent where no host is asked. */
  readonly connection?: SessionTarget;
  /** How messages name it. */
  readonly subject: "this connection" | "another connection of this program";
}

/** The connections of the run to this host that a question is about. @see HostView.logons */
export async function observeCallers(
  view: HostView,
  concerns: (caller: Caller) => boolean = () => true,
): Promise<Caller[]> {
  const callerOf = ({ target, peerThumbprint }: HostLogon): Caller => ({
    target,
    connection: target,
    peerThumbprint,
    subject: target === view.target ? "this connection" : "another connection of this program",
  });
  const logons = await view.logons((target) => concerns(callerOf({ target, peerThumbprint: undefined })));
  return logons.map(callerOf);
}
