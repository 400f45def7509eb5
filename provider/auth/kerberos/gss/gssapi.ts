/** The calls of RFC 2744 that Kerberos logons need, for the krb5 mechanism only: handles in, handles and bytes out. */
import { cacheOfPrincipal } from "./collection";
import { cleanStatusText, KerberosError, type KerberosNames, reasonOf } from "../errors";
import { Handle } from "../ffi/handle";
import type { Argument } from "../ffi/library";
import { Memory } from "./memory";
import { type GssFunction, type NativeGss, openNativeGss } from "./native";

/** A name, a credential or a context of the library. */
export type GssHandle = Handle<bigint>;

const RELEASE = {
  name: "gss_release_name",
  cred: "gss_release_cred",
  context: "gss_delete_sec_context",
} as const satisfies Readonly<Record<string, GssFunction>>;

/** Object identifiers, the content bytes in hex. */
const MECH_KRB5 = "2a864886f712010202";
const NAME_TYPES = {
  /** `HTTP@host`: the library finds the realm, and may ask DNS for the host's full name (krb5.conf). */
  hostBasedService: "2a864886f71201020104",
  /** `HTTP/host@REALM` or `user@REALM`, taken as it is. */
  principal: "2a864886f71201020201",
  /** `user@suffix`, a user principal name of Active Directory: the domain controller says which account it is. */
  enterprise: "2a864886f71201020206",
} as const;

/** How a name is written. */
export type GssNameType = keyof typeof NAME_TYPES;

/** Context flags. RFC 2744 §3.9.3; CHANNEL_BOUND is an extension of MIT. */
export const GSS_FLAGS = {
  MUTUAL: 2,
  REPLAY: 4,
  SEQUENCE: 8,
  CONF: 16,
  INTEG: 32,
  CHANNEL_BOUND: 2048,
} as const;

/** `GSS_C_INITIATE`. */
const INITIATE = 1;
const CONTINUE_NEEDED = 1;
const ERROR_BITS = 0xffff_0000;
const INDEFINITE = 0xffff_ffff;
const STATUS_OF_MAJOR = 1;
const STATUS_OF_MECH = 2;

/** A new credential and how long it lives, in seconds; `undefined` for no end. */
export interface GssCredential {
  readonly handle: GssHandle;
  readonly lifetimeSeconds: number | undefined;
}

/** Where a credential comes from. */
export interface GssCredentialSource {
  /** Absent: the library chooses. */
  readonly name: GssHandle | undefined;
  /** For errors. */
  readonly names: KerberosNames;
  /** Asks the domain for a ticket, once, and keeps it in memory. */
  readonly password?: string;
  /** Named places: `ccache`, `client_keytab`, `keytab`, `rcache`. */
  readonly store?: Readonly<Record<string, string>>;
}

/** What one exchange of tokens came to. */
export interface GssContextStep {
  readonly context: GssHandle;
  /** Empty if there is nothing to send. */
  readonly token: Buffer;
  /** The library wants another token. */
  readonly more: boolean;
  /** `GSS_FLAGS`. */
  readonly flags: number;
}

/** The initiator's arguments, the same at every step. */
export interface GssInitiate {
  /** Absent: the default credential. */
  readonly credential: GssHandle | undefined;
  readonly target: GssHandle;
  readonly flags: number;
  readonly channelBinding: Buffer | undefined;
  readonly names: KerberosNames;
}

/** The library for an initiator, with its failures translated: every method throws `KerberosError`. */
export class Gss {
  protected readonly native: NativeGss;
  /** What `acquire` gets credentials for. */
  protected readonly usage: number = INITIATE;

  /** @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` if the library or koffi is missing. */
  constructor(native: NativeGss = openNativeGss()) {
    this.native = native;
  }

  importName(name: string, type: GssNameType, names: KerberosNames = {}): GssHandle {
    const memory = new Memory(this.native);
    const [minor, out] = [memory.u32(), memory.handle()];
    const text = memory.buffer(Buffer.from(name, "utf8"));
    const major = this.native.call("gss_import_name", minor, text, memory.oid(NAME_TYPES[type]), out);
    this.check(major, minor, names);
    return this.handle("name", out);
  }

  /** See `cacheOfPrincipal`. */
  cacheOf(collection: string, principal: string): Promise<string | undefined> {
    return cacheOfPrincipal(this.native, collection, principal);
  }

  async acquire({ name, names, password, store }: GssCredentialSource): Promise<GssCredential> {
    const [memory, secret] = [new Memory(this.native), new Memory(this.native)];
    const [minor, out, lifetime] = [memory.u32(), memory.handle(), memory.u32()];
    const mechs = memory.oidSet(MECH_KRB5);
    const wanted = [0, mechs, this.usage];
    const call = (raw: bigint | null): Promise<number> => {
      const acquire = (name: GssFunction, source: readonly Argument[]) =>
        this.native.callAsync(name, [minor, raw, ...source, out, null, lifetime], { memory, secret });
      if (password !== undefined) return acquire("gss_acquire_cred_with_password", [secret.text(password), ...wanted]);
      if (store !== undefined) return acquire("gss_acquire_cred_from", [...wanted, memory.keyValues(store)]);
      return acquire("gss_acquire_cred", wanted);
    };
    try {
      this.check(await using(name, call), minor, names);
    } finally {
      secret.wipe();
    }
    const seconds = lifetime.readUInt32LE();
    return { handle: this.handle("cred", out), lifetimeSeconds: seconds === INDEFINITE ? undefined : seconds };
  }

  /** One step of the initiator, who may ask the domain for a service ticket in it. */
  async initiate(context: GssHandle | undefined, options: GssInitiate, token?: Buffer): Promise<GssContextStep> {
    const memory = new Memory(this.native);
    const results = resultsOf(memory, context);
    const { minor, inout, out, flags } = results;
    const { credential, target, channelBinding, names } = options;
    const bindings = channelBinding === undefined ? null : memory.channelBindings(channelBinding);
    const input = token === undefined ? null : memory.buffer(token);
    const major = await using(credential, (cred) =>
      using(target, (name) =>
        using(context, () => {
          const args = [minor, cred, inout, name, memory.oid(MECH_KRB5), options.flags, 0, bindings, input];
          return this.native.callAsync("gss_init_sec_context", [...args, null, out, flags, null], memory);
        }),
      ),
    );
    return this.contextStep(major, results, { token: this.take(out), context, names });
  }

  /** A sealed stream token. */
  wrap(context: GssHandle, plain: Uint8Array): Buffer {
    const memory = new Memory(this.native);
    const [minor, sealed, out] = [memory.u32(), memory.u32(), memory.buffer()];
    const args = [minor, context.raw, 1, 0, memory.buffer(plain), sealed, out];
    const major = this.native.call("gss_wrap", ...args);
    const token = this.take(out);
    this.check(major, minor, {});
    if (sealed.readUInt32LE() === 0) throw new KerberosError("other");
    return token;
  }

  /** The message of a stream token. A repeated, late, early or merely signed one is a failure. */
  unwrap(context: GssHandle, token: Buffer): Buffer {
    const memory = new Memory(this.native);
    const [minor, sealed, out] = [memory.u32(), memory.u32(), memory.buffer()];
    const major = this.native.call("gss_unwrap", minor, context.raw, memory.buffer(token), out, sealed, null);
    const plain = this.take(out);
    this.check(major, minor, {});
    if (major !== 0 || sealed.readUInt32LE() === 0) throw new KerberosError("bad-token");
    return plain;
  }

  /** A MIC over the bytes. It takes one sequence number, as a message does. */
  sign(context: GssHandle, bytes: Buffer): Buffer {
    const memory = new Memory(this.native);
    const [minor, out] = [memory.u32(), memory.buffer()];
    const major = this.native.call("gss_get_mic", minor, context.raw, 0, memory.buffer(bytes), out);
    const mic = this.take(out);
    this.check(major, minor, {});
    return mic;
  }

  verify(context: GssHandle, bytes: Buffer, mic: Buffer): void {
    const memory = new Memory(this.native);
    const minor = memory.u32();
    const args = [minor, context.raw, memory.buffer(bytes), memory.buffer(mic), null];
    const major = this.native.call("gss_verify_mic", ...args);
    this.check(major, minor, {});
    if (major !== 0) throw new KerberosError("bad-token");
  }

  /** What a step of either side came to. A failed one ends the context. */
  protected contextStep(
    major: number,
    { minor, inout, flags }: ReturnType<typeof resultsOf>,
    step: { token: Buffer; context: GssHandle | undefined; names: KerberosNames },
  ): GssContextStep {
    const raw = inout.readBigUInt64LE();
    if (raw === 0n) step.context?.markReleased();
    const context = step.context ?? (raw === 0n ? undefined : handleOf(this.native, "context", raw));
    try {
      this.check(major, minor, step.names);
    } catch (error) {
      context?.dispose();
      throw error;
    }
    if (context === undefined) throw new KerberosError("other", step.names);
    return { context, token: step.token, more: (major & CONTINUE_NEEDED) !== 0, flags: flags.readUInt32LE() };
  }

  /** @throws KerberosError for a status that is a failure. */
  protected check(major: number, minor: Buffer, names: KerberosNames): void {
    if ((major & ERROR_BITS) === 0) return;
    const status = { major, minor: minor.readUInt32LE() };
    throw new KerberosError(reasonOf(status), names, { ...status, text: this.#statusText(status) });
  }

  /** The mechanism's own text if it has one; the major status alone says nothing ("Unspecified GSS failure"). */
  #statusText({ major, minor }: { readonly major: number; readonly minor: number }): string {
    const ofMech = minor === 0 ? "" : this.#displayStatus(minor, STATUS_OF_MECH);
    return ofMech === "" ? this.#displayStatus(major, STATUS_OF_MAJOR) : ofMech;
  }

  #displayStatus(status: number, type: number): string {
    const memory = new Memory(this.native);
    const [minor, more, out] = [memory.u32(), memory.u32(), memory.buffer()];
    const mech = memory.oid(MECH_KRB5);
    const major = this.native.call("gss_display_status", minor, status, type, mech, more, out);
    const text = this.take(out).toString("utf8");
    return major === 0 ? cleanStatusText(text) : "";
  }

  /** What the library wrote to `out`, owned. */
  protected handle(kind: keyof typeof RELEASE, out: Buffer): GssHandle {
    return handleOf(this.native, kind, out.readBigUInt64LE());
  }

  /** The bytes of a buffer that the library filled, which is given back. */
  protected take(buffer: Buffer): Buffer {
    const [length, address] = [buffer.readBigUInt64LE(0), buffer.readBigUInt64LE(8)];
    if (address === 0n) return Buffer.alloc(0);
    const bytes = this.native.copy(address, Number(length));
    this.native.call("gss_release_buffer", new Memory(this.native).u32(), buffer);
    return bytes;
  }
}

/** What a step of either side is answered in. */
export function resultsOf(memory: Memory, context: GssHandle | undefined) {
  return { minor: memory.u32(), inout: memory.handle(context?.raw), out: memory.buffer(), flags: memory.u32() };
}

function handleOf(native: NativeGss, kind: keyof typeof RELEASE, value: bigint): GssHandle {
  return new Handle(kind, value, (raw) => {
    if (raw === 0n) return;
    const memory = new Memory(native);
    native.call(RELEASE[kind], memory.u32(), memory.handle(raw), ...(kind === "context" ? [null] : []));
  });
}

/** Runs the call with a handle that may be absent. */
export function using<T>(handle: GssHandle | undefined, call: (raw: bigint | null) => Promise<T>): Promise<T> {
  return handle === undefined ? call(null) : handle.borrow(call);
}
