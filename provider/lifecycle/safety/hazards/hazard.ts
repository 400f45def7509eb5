import type { Judgement } from "../../../contract/finding";

/** What would lock out an account, and what to do instead; the resource adds where, and how severe it is. */
export type Hazard = Pick<Judgement, "rule" | "message" | "remedy">;
