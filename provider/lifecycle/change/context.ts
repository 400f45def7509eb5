import type { Clock } from "./confirm/clock";
import type { Settings } from "../../contract/settings";
import type { SessionPool } from "../../session/session-pool";

/** Lines for the person who runs Pulumi, attached to the resource. */
export interface ResourceLog {
  warn(text: string): void;
  /** Something to know that is no reason to act. */
  note(text: string): void;
  /** What the operation is doing; shown once it takes long. */
  progress(text: string): void;
}

/** What operations work with. */
export interface LifecycleContext {
  readonly pool: SessionPool;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly log: ResourceLog;
  /** Time as commit-confirm counts it. Default: the machine's clock. */
  readonly clock?: Clock;
}
