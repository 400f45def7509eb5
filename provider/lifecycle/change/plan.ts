import type { Judgement } from "../../contract/finding";
import type { CertMapping } from "../../host/cert-mappings";
import type { LeafValues } from "../../host/config";
import type { HostChange } from "../safety/risk";
import type { SessionTarget } from "../../session/target";
import type { WsmanClient } from "../../session/wsman-client";

/** What a resource would do to a host. */

/** One request, or one shell, that changes the host; it can be done again without harm. */
export interface Write<Observed> {
  /** Verb phrase for progress and errors: `write winrm/config/service (AllowUnencrypted)`. */
  readonly operation: string;
  /** A failure may leave part of it done, as with several members of a group. Default `false`: all of it or nothing. */
  readonly nonAtomic?: boolean;
  /**
   * Others own parts of the same value, and a write replaces it whole: what is missing afterwards was lost to another
   * process, and is merged into what is there then. Default `false`.
   */
  readonly shared?: boolean;
  /** The settings of `winrm/config` that it writes, by path: what other resources of the host must know. Default none. */
  readonly leaves?: LeafValues;
  /** What it changes of the host as it is, where that can be risky or can be restored. Default nothing. */
  changes?(observed: Observed): readonly HostChange[];
  run(client: WsmanClient, signal: AbortSignal): Promise<void>;
  /** What the host lacks of it, each as `service/auth/Basic is true, not false`; empty once it is in place. */
  unmet(observed: Observed): readonly string[];
  /** The host as it is once the write is in place: what state shows where the host cannot be read back. */
  predictedState(observed: Observed): Observed;
  /** Connections that depend on it once it is in place, where the host cannot restore by itself. Default none. */
  readonly proof?: WriteProof | undefined;
}

/** What must work before anything else is written; else the write is undone. */
export interface WriteProof {
  /** Each is made afresh. */
  readonly logons: readonly {
    readonly target: SessionTarget;
    /** Reads something that needs the access which the write could take away. */
    readonly read: (client: WsmanClient, signal: AbortSignal) => Promise<unknown>;
  }[];
  /** Takes the write back; it can be done again without harm. */
  undo(client: WsmanClient, signal: AbortSignal): Promise<void>;
}

/** What to do to a host as it is: nothing is written if one of the findings is an error. */
export interface Plan<Observed> {
  readonly findings: readonly Judgement[];
  /** In the order in which they are safe. */
  readonly writes: readonly Write<Observed>[];
  /**
   * What the host has as wanted although state does not say so, as the change that may have made it so: if it is not
   * confirmed yet, the host is going to undo it. Default nothing.
   */
  readonly already?: readonly HostChange[];
  /** Certificate mappings that it makes or changes, as they are to be: what others of the host must know. Default none. */
  readonly mappings?: readonly CertMapping[];
}

/** The settings of `winrm/config` that a plan writes, by path. */
export function plannedLeaves({ writes }: Plan<unknown>): LeafValues {
  return new Map(writes.flatMap(({ leaves }) => [...(leaves ?? [])]));
}
