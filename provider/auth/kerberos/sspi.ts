/**
 * The client's side of Kerberos through Windows' SSPI (`secur32.dll`): one exchange for one connection. The structures are
 * those of `sspi.h`, on 64-bit Windows.
 */
import { createHash } from "node:crypto";
import { WinrmError } from "../../errors";
import type { AuthStep, SealedMessage } from "../auth-context";
import type { MechListProtection } from "../spnego/mech-list";
import type { DisposableAuthContext } from "../spnego/negotiate";
import { checkPassword, checkPrincipal, type KerberosCredential } from "./credentials";
import { KerberosError, type KerberosNames, type KerberosReason } from "./errors";
import { checkAnswer, MAX_TOKEN_LENGTH, outOfOrder } from "./exchange";
import { openSecur32, type Secur32 } from "./secur32";
import { Opening } from "./sealing";

const PACKAGE = wide("Kerberos");
const SECPKG_CRED_OUTBOUND = 2;
const SECURITY_NATIVE_DREP = 0x10;
const SECPKG_ATTR_SIZES = 0;
const SEC_WINNT_AUTH_IDENTITY_UNICODE = 2;
const SECQOP_WRAP_NO_ENCRYPT = 0x8000_0001;
const SEC_I_CONTINUE_NEEDED = 0x0009_0312;

const ISC_REQ_DELEGATE = 1;
/** MUTUAL_AUTH, REPLAY_DETECT, SEQUENCE_DETECT, CONFIDENTIALITY and INTEGRITY; the same bits asked for and returned. */
const ASKED_FLAGS = 2 | 4 | 8 | 0x10 | 0x1_0000;

const BUFFER = { data: 1, token: 2, channelBindings: 14 } as const;
const HANDLE_SIZE = 16;
/** Room for the header of every encryption type (76 bytes for aes256-sha384 with EC), also where SIZES says less than is used. */
const MIN_TRAILER_LENGTH = 128;

/** SECURITY_STATUS as in winerror.h, and the NTSTATUS values that a logon can end with. */
const REASON_OF_STATUS: Readonly<Record<number, KerberosReason>> = {
  0x8009_0303: "unknown-service", // SEC_E_TARGET_UNKNOWN
  0x8009_0308: "bad-token", // SEC_E_INVALID_TOKEN
  0x8009_030c: "wrong-password", // SEC_E_LOGON_DENIED
  0x8009_030d: "unknown-account", // SEC_E_UNKNOWN_CREDENTIALS
  0x8009_030e: "no-credential", // SEC_E_NO_CREDENTIALS
  0x8009_0311: "no-kdc", // SEC_E_NO_AUTHENTICATING_AUTHORITY
  0x8009_0317: "ticket-expired", // SEC_E_CONTEXT_EXPIRED
  0x8009_0322: "wrong-service-key", // SEC_E_WRONG_PRINCIPAL
  0x8009_0324: "clock-skew", // SEC_E_TIME_SKEW
  0x8009_0331: "encryption-type", // SEC_E_ALGORITHM_MISMATCH
  0x8009_0341: "encryption-type", // SEC_E_KDC_UNKNOWN_ETYPE
  0x8009_0346: "channel-binding", // SEC_E_BAD_BINDINGS
  0xc000_006a: "wrong-password", // STATUS_WRONG_PASSWORD
  0xc000_006d: "wrong-password", // STATUS_LOGON_FAILURE
  0xc000_006e: "logon-restricted", // STATUS_ACCOUNT_RESTRICTION
  0xc000_006f: "logon-restricted", // STATUS_INVALID_LOGON_HOURS
  0xc000_0070: "logon-restricted", // STATUS_INVALID_WORKSTATION
  0xc000_0071: "password-expired", // STATUS_PASSWORD_EXPIRED
  0xc000_0072: "account-revoked", // STATUS_ACCOUNT_DISABLED
  0xc000_0193: "account-expired", // STATUS_ACCOUNT_EXPIRED
  0xc000_0224: "password-expired", // STATUS_PASSWORD_MUST_CHANGE
  0xc000_0234: "account-revoked", // STATUS_ACCOUNT_LOCKED_OUT
};

/** What a logon through SSPI needs. */
export interface SspiOptions {
  /** `HTTP/host` or `HTTP/host@REALM`. */
  readonly target: string;
  readonly names: KerberosNames;
  readonly credential: KerberosCredential;
  /** The application data of `tlsServerEndPoint`; absent without TLS. */
  readonly channelBinding?: Buffer | undefined;
  readonly delegate?: boolean | undefined;
  /** Default: the system's, opened at the first step. */
  readonly secur32?: (() => Secur32) | undefined;
}

/** The two steps of a mutual logon, as `KerberosContext` makes them with GSSAPI. */
export class SspiContext implements DisposableAuthContext {
  readonly scheme = "Kerberos";
  readonly encryptionProtocol = "application/HTTP-Kerberos-session-encrypted";
  readonly #options: SspiOptions;
  #phase: "start" | "waiting" | "done" | "ended" = "start";
  #exchange: { readonly library: Secur32; readonly credential: Buffer } | undefined;
  #context: SspiHandle | undefined;
  #sealing: SspiSealing | undefined;
  /** Given up by its owner, perhaps while Windows works on it. */
  #givenUp = false;

  constructor(options: SspiOptions) {
    this.#options = options;
  }

  async step(serverToken?: Buffer): Promise<AuthStep> {
    const phase = this.#phase;
    this.#phase = "ended";
    if (phase !== "start" && phase !== "waiting") outOfOrder("the exchange is over");
    if (phase === "start" && serverToken !== undefined) outOfOrder("a token came when none was expected");
    try {
      if (phase === "waiting") checkAnswer(serverToken, this.#options.names);
      const exchange = (this.#exchange ??= await open(this.#options));
      const step = await initialize(exchange, this.#options, this.#context, serverToken);
      this.#context = step.context;
      if (this.#givenUp) throw new WinrmError("WINRM_E_CANCELLED", "The Kerberos logon was given up.");
      const token = step.token.length === 0 ? {} : { token: step.token };
      if (step.more) {
        this.#phase = "waiting";
        return { ...token, done: false };
      }
      if ((step.flags & ASKED_FLAGS) !== ASKED_FLAGS) throw new KerberosError("not-mutual", this.#options.names);
      this.#sealing = new SspiSealing(exchange.library, step.context);
      this.#phase = "done";
      return { ...token, done: true };
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protection(): SspiSealing {
    if (this.#phase !== "done" || this.#sealing === undefined) outOfOrder("message protection was asked for too early");
    return this.#sealing;
  }

  /** Gives back what Windows holds for this exchange, at any time. Sealing ends with it. */
  dispose(): void {
    this.#givenUp = true;
    this.#phase = "ended";
    this.#context?.dispose();
  }
}

/** A security context, ended once; ending it while a call on another thread uses it waits for that call. */
class SspiHandle {
  readonly raw: Buffer;
  readonly #library: Secur32;
  #busy = false;
  #ended = false;
  #released = false;

  constructor(library: Secur32, raw: Buffer) {
    this.#library = library;
    this.raw = raw;
  }

  get live(): Buffer {
    if (this.#ended) throw new WinrmError("WINRM_E_INTERNAL", "A Kerberos context was used after its end.");
    return this.raw;
  }

  async during<T>(call: (raw: Buffer) => Promise<T>): Promise<T> {
    const raw = this.live;
    this.#busy = true;
    try {
      return await call(raw);
    } finally {
      this.#busy = false;
      this.#release();
    }
  }

  dispose(): void {
    this.#ended = true;
    this.#release();
  }

  #release(): void {
    if (!this.#ended || this.#busy || this.#released) return;
    this.#released = true;
    this.#library.call("DeleteSecurityContext", this.raw);
  }
}

/**
 * Credentials of this process, by account and password. Windows keeps the tickets of each and renews them. The first
 * logon of an account stands for all that ask at the same time, so that a wrong password is one failed logon at the domain.
 */
const credentials = new WeakMap<Secur32, Map<string, Promise<Buffer>>>();

async function open(options: SspiOptions): Promise<{ readonly library: Secur32; readonly credential: Buffer }> {
  const library = (options.secur32 ?? openSecur32)();
  const known = credentials.get(library) ?? new Map<string, Promise<Buffer>>();
  credentials.set(library, known);
  const key = createHash("sha256")
    .update(JSON.stringify(Object.entries(options.credential).sort()))
    .digest("hex");
  const credential = known.get(key) ?? acquire(library, options);
  known.set(key, credential);
  try {
    return { library, credential: await credential };
  } catch (error) {
    if (known.get(key) === credential) known.delete(key);
    throw error;
  }
}

/**
 * `AcquireCredentialsHandleW` asks nobody. With a password, a first context shows whether the domain takes it; a target
 * that the domain does not know is no fault of the account, and another host's name may be right.
 */
async function acquire(library: Secur32, options: SspiOptions): Promise<Buffer> {
  const [handle, expiry] = [Buffer.alloc(HANDLE_SIZE), Buffer.alloc(8)];
  const identity = identityOf(library, options.credential);
  const keep = [handle, expiry, identity];
  try {
    const args = [null, PACKAGE, SECPKG_CRED_OUTBOUND, null, identity?.[0] ?? null, null, null, handle, expiry];
    check(await library.callAsync("AcquireCredentialsHandleW", args, keep), options.names);
  } finally {
    for (const block of identity ?? []) block.fill(0);
  }
  if (options.credential.kind !== "password") return handle;
  try {
    (await initialize({ library, credential: handle }, options)).context.dispose();
  } catch (error) {
    const reason = error instanceof KerberosError ? error.reason : undefined;
    if (reason !== "unknown-service" && reason !== "wrong-service-key") {
      library.call("FreeCredentialsHandle", handle);
      throw error;
    }
  }
  return handle;
}

/** `SEC_WINNT_AUTH_IDENTITY_W` and what it points to; `undefined` is the running account. */
function identityOf(library: Secur32, credential: KerberosCredential): readonly [Buffer, ...Buffer[]] | undefined {
  switch (credential.kind) {
    case "default":
      return undefined;
    case "cache":
    case "keytab":
      throw new WinrmError(
        "WINRM_E_ARGUMENT",
        `Windows has no ${credential.kind === "cache" ? "named ticket caches" : "keytabs"} for programs.`,
        { next: "give a password, or no credentials at all to log on as the running account" },
      );
    case "password": {
      const { principal, password, enterprise = false } = credential;
      checkPassword(password);
      checkPrincipal(principal);
      // A user principal name goes whole: the domain controller says which account it is.
      const at = enterprise ? -1 : principal.lastIndexOf("@");
      const [user, domain, secret] = [
        wide(at < 0 ? principal : principal.slice(0, at)),
        wide(at < 0 ? "" : principal.slice(at + 1)),
        wide(password),
      ];
      const identity = Buffer.alloc(48);
      [user, domain, secret].forEach((text, index) => {
        identity.writeBigUInt64LE(library.addressOf(text), index * 16);
        identity.writeUInt32LE(text.length / 2 - 1, index * 16 + 8);
      });
      identity.writeUInt32LE(SEC_WINNT_AUTH_IDENTITY_UNICODE, 44);
      return [identity, user, domain, secret];
    }
  }
}

async function initialize(
  { library, credential }: { readonly library: Secur32; readonly credential: Buffer },
  { target, names, channelBinding, delegate }: SspiOptions,
  context?: SspiHandle,
  serverToken?: Buffer,
) {
  const handle = context ?? new SspiHandle(library, Buffer.alloc(HANDLE_SIZE));
  const inputs = [
    ...(serverToken === undefined ? [] : [{ type: BUFFER.token, bytes: Buffer.from(serverToken) }]),
    ...(channelBinding === undefined
      ? []
      : [{ type: BUFFER.channelBindings, bytes: securityChannelBindings(channelBinding) }]),
  ];
  const input = inputs.length === 0 ? undefined : describe(library, inputs);
  const token = Buffer.alloc(MAX_TOKEN_LENGTH);
  const output = describe(library, [{ type: BUFFER.token, bytes: token }]);
  const [attributes, expiry, name] = [Buffer.alloc(4), Buffer.alloc(8), wide(target)];
  const flags = delegate === true ? ASKED_FLAGS | ISC_REQ_DELEGATE : ASKED_FLAGS;
  const call = (raw: Buffer): Promise<number> =>
    library.callAsync(
      "InitializeSecurityContextW",
      [
        ...[credential, context === undefined ? null : raw, name, flags, 0, SECURITY_NATIVE_DREP],
        ...[input?.descriptor ?? null, 0, raw, output.descriptor, attributes, expiry],
      ],
      [credential, handle, name, input, output, attributes, expiry],
    );
  const status = context === undefined ? await call(handle.raw) : await context.during(call);
  check(status, names);
  return {
    context: handle,
    token: Buffer.from(token.subarray(0, output.lengthOf(0))),
    more: status === SEC_I_CONTINUE_NEEDED,
    flags: attributes.readUInt32LE(),
  };
}

/** Sealing by `EncryptMessage` with TOKEN and DATA only, as a WinRM service does it. [MS-WSMV] 2.2.9.1.1.2.2 */
class SspiSealing implements MechListProtection {
  readonly #library: Secur32;
  readonly #context: SspiHandle;
  readonly #maxSignature: number;
  readonly #trailer: number;
  readonly #opening = new Opening();

  constructor(library: Secur32, context: SspiHandle) {
    this.#library = library;
    this.#context = context;
    const sizes = Buffer.alloc(16);
    check(library.call("QueryContextAttributesW", context.live, SECPKG_ATTR_SIZES, sizes), {});
    this.#maxSignature = sizes.readUInt32LE(4);
    this.#trailer = Math.max(sizes.readUInt32LE(12), MIN_TRAILER_LENGTH);
  }

  seal(plain: Uint8Array): SealedMessage {
    const [signature, sealed] = [Buffer.alloc(this.#trailer), Buffer.from(plain)];
    const message = this.#describe(signature, sealed);
    check(this.#library.call("EncryptMessage", this.#context.live, 0, message.descriptor, 0), {});
    return { signature: signature.subarray(0, message.lengthOf(0)), sealed: sealed.subarray(0, message.lengthOf(1)) };
  }

  /** @throws WinrmError `WINRM_E_SEAL` for a changed, repeated, missing or merely signed message. */
  unseal({ signature, sealed }: SealedMessage): Buffer {
    return this.#opening.run(() => {
      const plain = Buffer.from(sealed);
      const message = this.#describe(Buffer.from(signature), plain);
      const quality = Buffer.alloc(4);
      check(this.#library.call("DecryptMessage", this.#context.live, message.descriptor, 0, quality), {});
      if (quality.readUInt32LE() === SECQOP_WRAP_NO_ENCRYPT) throw new KerberosError("bad-token");
      return message.bytesOf(1);
    });
  }

  signMechList(list: Buffer): Buffer {
    const mic = Buffer.alloc(this.#maxSignature);
    const message = this.#describe(mic, Buffer.from(list));
    check(this.#library.call("MakeSignature", this.#context.live, 0, message.descriptor, 0), {});
    return mic.subarray(0, message.lengthOf(0));
  }

  /** @throws WinrmError `WINRM_E_SEAL` if the MIC is not the other end's over this list. */
  verifyMechList(list: Buffer, mic: Buffer): void {
    this.#opening.run(() => {
      const message = this.#describe(Buffer.from(mic), Buffer.from(list));
      check(this.#library.call("VerifySignature", this.#context.live, message.descriptor, 0, Buffer.alloc(4)), {});
    });
  }

  #describe(token: Buffer, data: Buffer): Described {
    return describe(this.#library, [
      { type: BUFFER.token, bytes: token },
      { type: BUFFER.data, bytes: data },
    ]);
  }
}

interface Described {
  readonly descriptor: Buffer;
  /** What keeps the memory alive. */
  readonly blocks: readonly Buffer[];
  /** The length that the library left in a buffer. */
  lengthOf(index: number): number;
  /** What the library left in a buffer: it may have moved the start. */
  bytesOf(index: number): Buffer;
}

/** `SecBufferDesc { ulVersion, cBuffers, pBuffers }` over `SecBuffer { cbBuffer, BufferType, pvBuffer }`. */
function describe(library: Secur32, buffers: readonly { readonly type: number; readonly bytes: Buffer }[]): Described {
  const list = Buffer.alloc(Math.max(buffers.length, 1) * 16);
  const blocks = buffers.map(({ type, bytes }, index) => {
    const block = bytes.length === 0 ? Buffer.alloc(1) : bytes;
    list.writeUInt32LE(bytes.length, index * 16);
    list.writeUInt32LE(type, index * 16 + 4);
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
function securityChannelBindings(applicationData: Buffer): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(applicationData.length, 24);
  header.writeUInt32LE(header.length, 28);
  return Buffer.concat([header, applicationData]);
}

/** UTF-16LE with its end, in memory of its own. */
function wide(text: string): Buffer {
  const memory = Buffer.alloc((text.length + 1) * 2);
  memory.write(text, "utf16le");
  return memory;
}

/** Informational statuses have no top bit. */
function check(status: number, names: KerberosNames): void {
  if (status < 0x8000_0000) return;
  throw new KerberosError(REASON_OF_STATUS[status] ?? "other", names, { sspi: status });
}
