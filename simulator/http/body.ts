/** Reading the body of a request within a limit. */

import type { IncomingMessage } from "node:http";

/** A body as it came. */
export interface RequestBody {
  /** Empty if the body is longer than the limit. */
  readonly bytes: Buffer;
  /** Bytes that came, also those that were thrown away. */
  readonly length: number;
  /** The body is longer than the limit. */
  readonly cut: boolean;
}

/** Beyond this nothing is drained any more, and the connection is broken. */
const DRAIN_LIMIT = 64 * 1024 * 1024;

/**
 * Reads to the end, so that the answer to a body that is too long still reaches the client, but keeps no more than the
 * limit. Rejects when the client goes away.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<RequestBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > DRAIN_LIMIT) request.destroy(new Error("the body is too long to drain"));
      else if (length <= limit) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on("error", reject);
    request.on("close", () => {
      if (!request.readableEnded) reject(new Error("the client went away"));
    });
    request.on("end", () => {
      const cut = length > limit;
      resolve({ bytes: cut ? Buffer.alloc(0) : Buffer.concat(chunks), length, cut });
    });
  });
}
