/** What the control interface is made of: one area for each part of a host. */

import type { SimulatedHost } from "../host";

/** A request as an area sees it. */
export interface ControlRequest {
  readonly method: string;
  /** What follows the area's name in the path, decoded. */
  readonly path: readonly string[];
  /** The value in the body. @throws Error for a body of another shape. */
  readonly value: () => Promise<string>;
}

/** One part of the host. Answers with what is to be listed afterwards; `undefined` for a method that it has not. */
export type ControlArea = (request: ControlRequest, host: SimulatedHost) => unknown;
