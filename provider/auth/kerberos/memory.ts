/** The structures of RFC 2744 §3 in memory, on 64-bit little-endian machines. */
import type { NativeGss } from "./native";

/** Offsets of the fields after the first that differ between platforms, and sizes, bytes. */
interface Layout {
  readonly oidElements: number;
  readonly oidSize: number;
  readonly keyValueElements: number;
  /** `application_data` of gss_channel_bindings_struct; what is before it stays zero. */
  readonly bindingsData: number;
  readonly bindingsSize: number;
}

const NATURAL: Layout = { oidElements: 8, oidSize: 16, keyValueElements: 8, bindingsData: 48, bindingsSize: 64 };
/** Apple's headers pack these structures to 2 bytes on x86_64, and only there. */
const PACKED: Layout = { oidElements: 4, oidSize: 12, keyValueElements: 4, bindingsData: 40, bindingsSize: 56 };

/** How the structures lie in memory there; for tests the parameters, else this system's. */
export function layoutOf(platform: NodeJS.Platform = process.platform, arch: string = process.arch): Layout {
  return platform === "darwin" && arch === "x64" ? PACKED : NATURAL;
}

const BUFFER_SIZE = 16;
const POINTER_SIZE = 8;

/** Memory for one call: everything that its arguments point to lives as long as this object. */
export class Memory {
  readonly #blocks: Buffer[] = [];
  readonly #native: Pick<NativeGss, "addressOf">;
  readonly #layout: Layout;

  constructor(native: Pick<NativeGss, "addressOf">, layout: Layout = layoutOf()) {
    this.#native = native;
    this.#layout = layout;
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

  /** `gss_OID_desc { OM_uint32 length; void *elements; }` */
  oid(contentHex: string): Buffer {
    const descriptor = this.block(this.#layout.oidSize);
    const content = Buffer.from(contentHex, "hex");
    descriptor.writeUInt32LE(content.length, 0);
    descriptor.writeBigUInt64LE(this.#place(content), this.#layout.oidElements);
    return descriptor;
  }

  /** `gss_OID_set_desc { size_t count; gss_OID elements; }` of one. */
  oidSet(contentHex: string): Buffer {
    return this.#counted(this.oid(contentHex), { count: 1, elementsAt: POINTER_SIZE });
  }

  /** `gss_key_value_set_desc { OM_uint32 count; gss_key_value_element_desc { char *key, *value } *elements; }` */
  keyValues(values: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(values);
    const elements = this.block(entries.length * 2 * POINTER_SIZE);
    entries.flat().forEach((text, index) => {
      elements.writeBigUInt64LE(this.#place(Buffer.from(`${text}\0`, "utf8")), index * POINTER_SIZE);
    });
    return this.#counted(elements, { count: entries.length, elementsAt: this.#layout.keyValueElements });
  }

  /** `gss_channel_bindings_struct` with empty addresses of type 0. RFC 2744 §3.11 */
  channelBindings(applicationData: Buffer): Buffer {
    const bindings = this.block(this.#layout.bindingsSize);
    this.#point(bindings, this.#layout.bindingsData, applicationData);
    return bindings;
  }

  /** Overwrites all of it; for memory that held a password. */
  wipe(): void {
    for (const block of this.#blocks) block.fill(0);
  }

  #counted(elements: Buffer, { count, elementsAt }: { readonly count: number; readonly elementsAt: number }): Buffer {
    const set = this.block(elementsAt + POINTER_SIZE);
    set.writeUInt32LE(count, 0);
    set.writeBigUInt64LE(this.#native.addressOf(elements), elementsAt);
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
