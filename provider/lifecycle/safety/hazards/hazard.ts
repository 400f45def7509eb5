import type { Judgement } from "../../../contract/finding";

/** What would lock out an account, and what to do instead; the resource adds where, and how severe it is. */
export type Hazard = Pick<Judgement, "rule" | "message" | "remedy">;

/** The change that a hazard is about. */
export interface HazardousChange {
  readonly host: string;
  /** Argument that the finding is about. */
  readonly property: string;
  /** The change as the subject of a sentence: `service/auth/Basic = false`. */
  readonly change: string;
  /** The argument `acceptLockout`. */
  readonly accepted: boolean | undefined;
}

/** A hazard as a finding: it refuses the change, or warns where the program accepts the lockout. */
export function lockoutFinding(
  { rule, message, remedy }: Hazard,
  { host, property, change, accepted }: HazardousChange,
): Judgement {
  return {
    rule,
    severity: accepted === true ? "warning" : "error",
    property,
    message: `on ${host} ${change} would lock out this connection: ${message}`,
    remedy: `${remedy}, or set acceptLockout: true`,
  };
}
