import { WinrmError } from "../../../errors";

/**
 * Commit-confirm as a state machine: what the client may do next, and what it may say in the end. The host's half is the
 * command line of `host/tasks/rollback`. Neither half ever relies on the other's being there: the client writes `confirmed` and
 * then reads `checking`, the host writes `checking` and then reads `confirmed`, so both can never believe to have won.
 */

/** Where a change stands. */
export type ConfirmState =
  /** Nothing is armed, nothing is changed. */
  | "idle"
  /** The task is registered; that it can run is not shown yet. */
  | "registered"
  /** The task has run and rehearsed. Only now may something be changed. */
  | "armed"
  /** Something was, or may have been, written. */
  | "applied"
  /** A fresh logon has read the new values. */
  | "proven"
  /** `confirmed` was, or may have been, written; the host has the last word. */
  | "confirming"
  /** Final: the host keeps the new values. */
  | "confirmed"
  /** Final: the host has restored the old values. */
  | "restored"
  /** Final: the host restores the old values at the deadline; it could not be asked. */
  | "left-to-expire"
  /** Final: nothing was changed. */
  | "given-up";

/** What happened to a change that is being confirmed. */
export type ConfirmEvent =
  | {
      readonly kind:
        | "registered"
        | "exists"
        | "armed"
        | "unfit"
        | "applied"
        | "proven"
        | "failed"
        | "confirmation-sent";
    }
  /** The markers as read after the confirmation, or while the host restores. */
  | { readonly kind: "markers"; readonly markers: Markers }
  /** The host cannot be reached any more, or the client has to end. */
  | { readonly kind: "unreachable" };

/** What the host says of one change, by its token. */
export interface Markers {
  /** The host has begun to decide. */
  readonly checking: boolean;
  readonly result: "declined" | "restoring" | "restored" | undefined;
}

const TRANSITIONS: Readonly<Record<ConfirmState, Partial<Record<ConfirmEvent["kind"], ConfirmState>>>> = {
  idle: { registered: "registered", exists: "given-up", failed: "given-up", unreachable: "given-up" },
  registered: { armed: "armed", unfit: "given-up", failed: "given-up", unreachable: "given-up" },
  // A first write that was refused has changed nothing, and the host still restores what is there.
  armed: { applied: "applied", failed: "given-up", unreachable: "left-to-expire" },
  applied: { proven: "proven", failed: "applied", unreachable: "left-to-expire" },
  proven: { "confirmation-sent": "confirming", failed: "applied", unreachable: "left-to-expire" },
  confirming: { unreachable: "left-to-expire" },
  confirmed: {},
  restored: {},
  "left-to-expire": {},
  "given-up": {},
};

/** @throws WinrmError `WINRM_E_INTERNAL` for an event that cannot happen there. */
export function nextState(state: ConfirmState, event: ConfirmEvent): ConfirmState {
  if (event.kind === "markers" && (state === "confirming" || state === "applied")) return judged(state, event.markers);
  const next = event.kind === "markers" ? undefined : TRANSITIONS[state][event.kind];
  if (next === undefined) throw new WinrmError("WINRM_E_INTERNAL", `${event.kind} cannot follow ${state}`);
  return next;
}

/** Without `checking` after the confirmation, the host will find it whenever it looks; else its result decides. */
function judged(state: "confirming" | "applied", { checking, result }: Markers): ConfirmState {
  if (result === "declined") return "confirmed";
  if (result === "restored") return "restored";
  // Restoring has begun and is never taken back, but is not done yet.
  if (result === "restoring") return "applied";
  return state === "confirming" && !checking ? "confirmed" : state;
}

/** Reads the markers of one change from the registry. */
export function readMarkers(
  token: string,
  values: { readonly checking?: string | undefined; readonly result?: string | undefined },
): Markers {
  const own = values.result?.startsWith(`${token}-`) === true ? values.result.slice(token.length + 1) : "";
  const [word] = own.split(" ");
  const known = word === "declined" || word === "restoring" || word === "restored" ? word : undefined;
  return { checking: values.checking === token, result: known };
}

/** A risky write is sent only in the first half of the window: what comes later may not be proven in time. */
export function mayStillWrite(elapsedMs: number, windowSeconds: number): boolean {
  return elapsedMs < windowSeconds * 500;
}
