import type { ResourceType } from "../../contract/resource-shape";

/** A registered resource as the pre-flight judges it: what the engine will apply, or has applied. */
export interface Candidate {
  /** Opaque; goes back to the run with each line. */
  readonly resource: object;
  /** Its name in the program. */
  readonly name: string;
  readonly type: ResourceType;
  /** The arguments as the engine has them, after transforms, `ignoreChanges` and targets; known values only. */
  readonly inputs: object;
  /**
   * Whether the engine is going to create, update or replace it. What is found about a resource that is unchanged, or
   * that the run leaves out, is never an error: nothing will fail on it. Default `true`.
   */
  readonly pending?: boolean;
  /** Arguments whose values are secrets of the program: shown as `[secret]`. `connection` stands for the host's name. */
  readonly secrets?: readonly string[];
  /** Configuration and environment of the explicit provider that the resource uses; default: those of the run. */
  readonly site?: {
    /** The provider itself: each has a process of its own. Absent counts as one provider for all. */
    readonly owner?: object;
    readonly config: Readonly<Record<string, unknown>>;
    readonly env: NodeJS.ProcessEnv;
  };
}
