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
export async function readBody(request: IncomingMessage, limit: number): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > DRAIN_LIMIT) throw new Error("the body is too long to drain");
    if (length <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  const cut = length > limit;
  return { bytes: cut ? Buffer.alloc(0) : Buffer.concat(chunks), length, cut };
}
