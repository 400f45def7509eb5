/** The structures of RFC 2744 §3 in memory, on 64-bit little-endian machines. */
import type { NativeGss } from "./native";

const BUFFER_SIZE = 16;
const POINTER_SIZE = 8;

/** Memory for one call: everything that its arguments point to lives as long as this object. */
export class Memory {
  readonly #blocks: Buffer[] = [];
  readonly #native: NativeGss;

  constructor(native: NativeGss) {
    this.#native = native;
  }

  /** Zeroed. */
  block(size: number): Buffer {
    const block = Buffer.alloc(size);
    this.#blocks.push(block);
    return block;
  }

  /** `OM_uint32 *`. */
  u32(): Buffer {
    return this.block(4);
  }

  /** A pointer to a handle, 0 unless given. */
  handle(value = 0n): Buffer {
    const pointer = this.block(POINTER_SIZE);
    pointer.writeBigUInt64LE(value);
    return pointer;
  }

  /** `gss_buffer_desc { size_t length; void *value; }` over a copy of the bytes; an empty one to be filled if absent. */
  buffer(bytes?: Uint8Array): Buffer {
    const descriptor = this.block(BUFFER_SIZE);
    if (bytes !== undefined) this.#point(descriptor, 0, bytes);
    return descriptor;
  }

  /** The same over text in UTF-8, with no copy of it left elsewhere but in the text itself. */
  text(text: string): Buffer {
    const bytes = this.block(Math.max(Buffer.byteLength(text), 1));
    const descriptor = this.block(BUFFER_SIZE);
    descriptor.writeBigUInt64LE(BigInt(bytes.write(text, "utf8")), 0);
    descriptor.writeBigUInt64LE(this.#native.addressOf(bytes), 8);
    return descriptor;
  }

  /** `const char *`, in UTF-8. */
  cString(text: string): Buffer {
    const bytes = Buffer.from(`${text}\0`, "utf8");
    const block = this.block(bytes.length);
    block.set(bytes);
    return block;
  }

  /** `gss_OID_desc { OM_uint32 length; void *elements; }` */
  oid(contentHex: string): Buffer {
    const descriptor = this.block(this.#native.layout.oid.size);
    const content = Buffer.from(contentHex, "hex");
    descriptor.writeUInt32LE(content.length, 0);
    descriptor.writeBigUInt64LE(this.#place(content), this.#native.layout.oid.elements);
    return descriptor;
  }

  /** `gss_OID_set_desc { size_t count; gss_OID elements; }` of one. */
  oidSet(contentHex: string): Buffer {
    return this.#counted(this.oid(contentHex));
  }

  /** `gss_key_value_set_desc { OM_uint32 count; gss_key_value_element_desc { char *key, *value } *elements; }` */
  keyValues(values: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(values);
    const elements = this.block(entries.length * 2 * POINTER_SIZE);
    entries.flat().forEach((text, index) => {
      elements.writeBigUInt64LE(this.#place(Buffer.from(`${text}\0`, "utf8")), index * POINTER_SIZE);
    });
    return this.#counted(elements, entries.length);
  }

  /** `gss_channel_bindings_struct` with empty addresses of type 0. RFC 2744 §3.11 */
  channelBindings(applicationData: Buffer): Buffer {
    const bindings = this.block(this.#native.layout.bindings.size);
    this.#point(bindings, this.#native.layout.bindings.data, applicationData);
    return bindings;
  }

  /** Overwrites all of it; for memory that held a password. */
  wipe(): void {
    for (const block of this.#blocks) block.fill(0);
  }

  #counted(elements: Buffer, count = 1): Buffer {
    const set = this.block(16);
    set.writeUInt32LE(count, 0);
    set.writeBigUInt64LE(this.#native.addressOf(elements), 8);
    return set;
  }

  #point(descriptor: Buffer, offset: number, bytes: Uint8Array): void {
    descriptor.writeBigUInt64LE(BigInt(bytes.length), offset);
    descriptor.writeBigUInt64LE(this.#place(bytes), offset + 8);
  }

  /** Copies into memory of ours, so that what the library writes to or outlives is never the caller's. */
  #place(bytes: Uint8Array): bigint {
    const block = this.block(Math.max(bytes.length, 1));
    block.set(bytes);
    return this.#native.addressOf(block);
  }
}
