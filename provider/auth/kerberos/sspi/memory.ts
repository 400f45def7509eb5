/** Structures of `sspi.h`, laid out manually, on 64-bit Windows. */
import { KerberosError } from "../errors";
import type { Secur32 } from "./secur32";

const BUFFER_TYPES = { data: 1, token: 2, channelBindings: 14 } as const;

/** One `SecBuffer`. */
export interface SspiBuffer {
  readonly type: keyof typeof BUFFER_TYPES;
  readonly bytes: Buffer;
}

/** Buffers as the library takes them. */
export interface Described {
  readonly descriptor: Buffer;
  /** What keeps the memory alive. */
  readonly blocks: readonly Buffer[];
  /** The length that the library left in a buffer. */
  lengthOf(index: number): number;
  /** What the library left in a buffer: it may have moved the start. */
  bytesOf(index: number): Buffer;
}

/** `SecBufferDesc { ulVersion, cBuffers, pBuffers }` over `SecBuffer { cbBuffer, BufferType, pvBuffer }`. */
export function describe(library: Secur32, buffers: readonly SspiBuffer[]): Described {
  const list = Buffer.alloc(Math.max(buffers.length, 1) * 16);
  const blocks = buffers.map(({ type, bytes }, index) => {
    const block = bytes.length === 0 ? Buffer.alloc(1) : bytes;
    list.writeUInt32LE(bytes.length, index * 16);
    list.writeUInt32LE(BUFFER_TYPES[type], index * 16 + 4);
    list.writeBigUInt64LE(library.addressOf(block), index * 16 + 8);
    return block;
  });
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(buffers.length, 4);
  descriptor.writeBigUInt64LE(library.addressOf(list), 8);
  const lengthOf = (index: number): number =>
    Math.min(list.readUInt32LE(index * 16), buffers[index]?.bytes.length ?? 0);
  const bytesOf = (index: number): Buffer => {
    const block = blocks[index] ?? Buffer.alloc(0);
    const start = Number(list.readBigUInt64LE(index * 16 + 8) - library.addressOf(block));
    if (start < 0 || start + lengthOf(index) > block.length) throw new KerberosError("bad-token");
    return Buffer.from(block.subarray(start, start + lengthOf(index)));
  };
  return { descriptor, blocks: [list, ...blocks], lengthOf, bytesOf };
}

/** `SEC_CHANNEL_BINDINGS`: eight DWORDs, of which the last two are the length and the offset of the application data. */
export function securityChannelBindings(applicationData: Buffer): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(applicationData.length, 24);
  header.writeUInt32LE(header.length, 28);
  return Buffer.concat([header, applicationData]);
}

/** UTF-16LE with its end, in memory of its own. */
export function wide(text: string): Buffer {
  const memory = Buffer.alloc((text.length + 1) * 2);
  memory.write(text, "utf16le");
  return memory;
}
