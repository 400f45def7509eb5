/** A logon through Windows' SSPI (`secur32.dll`). */
import { WinrmError } from "../../../errors";
import { MAX_TOKEN_LENGTH } from "../../auth-context";
import { checkPassword, checkPrincipal, credentialKey, type KerberosCredential } from "../credentials";
import { KerberosError, type KerberosNames } from "../errors";
import type { Initiator, InitiatorStep } from "../exchange";
import { Handle } from "../ffi/handle";
import type { Secur32 } from "./secur32";
import { describe, securityChannelBindings, wide } from "./memory";
import { type SspiContext, SspiSealing } from "./sealing";
import { checkStatus } from "./status";

const PACKAGE = wide("Kerberos");
const SECPKG_CRED_OUTBOUND = 2;
const SECURITY_NATIVE_DREP = 0x10;
const SEC_WINNT_AUTH_IDENTITY_UNICODE = 2;
const SEC_I_CONTINUE_NEEDED = 0x0009_0312;

/** MUTUAL_AUTH, REPLAY_DETECT, SEQUENCE_DETECT, CONFIDENTIALITY and INTEGRITY; the same bits asked for and returned. */
const ASKED_FLAGS = 2 | 4 | 8 | 0x10 | 0x1_0000;

const HANDLE_SIZE = 16;

/** What a logon through SSPI needs. */
export interface SspiOptions {
  /** `HTTP/host` or `HTTP/host@REALM`. */
  readonly target: string;
  readonly names: KerberosNames;
  readonly credential: KerberosCredential;
  /** The application data of `tlsServerEndPoint`; absent without TLS. */
  readonly channelBinding: Buffer | undefined;
  readonly openLibrary: () => Secur32;
}

/** The client's side of one Kerberos exchange, through SSPI. */
export class SspiInitiator implements Initiator {
  readonly #options: SspiOptions;
  #opened: Opened | undefined;
  #context: SspiContext | undefined;

  constructor(options: SspiOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    this.#opened = await open(this.#options);
  }

  async step(token: Buffer | undefined): Promise<InitiatorStep> {
    if (this.#opened === undefined) throw new Error("the logon was not opened");
    const step = await initialize(this.#opened, this.#options, this.#context, token);
    this.#context = step.context;
    return { token: step.token, more: step.more, protects: (step.flags & ASKED_FLAGS) === ASKED_FLAGS };
  }

  sealing(): SspiSealing {
    if (this.#opened === undefined || this.#context === undefined) throw new Error("the logon is not over");
    return new SspiSealing(this.#opened.library, this.#context);
  }

  dispose(): void {
    this.#context?.dispose();
  }
}

interface Opened {
  readonly library: Secur32;
  readonly credential: Buffer;
}

/**
 * Credentials of this process, by account and password. Windows keeps the tickets of each and renews them. The first
 * logon of an account stands for all that ask at the same time, so that a wrong password is one failed logon at the domain.
 */
const credentials = new WeakMap<Secur32, Map<string, Promise<Buffer>>>();

async function open(options: SspiOptions): Promise<Opened> {
  const library = options.openLibrary();
  const known = credentials.get(library) ?? new Map<string, Promise<Buffer>>();
  credentials.set(library, known);
  const key = credentialKey(options.credential);
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
 * `AcquireCredentialsHandleW` asks no domain controller. With a password, a first context shows whether the domain takes it; a target
 * that the domain does not know is no fault of the account, and another host's name may be right.
 */
async function acquire(library: Secur32, options: SspiOptions): Promise<Buffer> {
  const [handle, expiry] = [Buffer.alloc(HANDLE_SIZE), Buffer.alloc(8)];
  const identity = identityOf(library, options.credential);
  const keep = [handle, expiry, identity];
  try {
    const args = [null, PACKAGE, SECPKG_CRED_OUTBOUND, null, identity?.[0] ?? null, null, null, handle, expiry];
    checkStatus(await library.callAsync("AcquireCredentialsHandleW", args, keep), options.names);
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
  if (credential.kind === "default") return undefined;
  if (credential.kind !== "password") {
    throw new WinrmError(
      "WINRM_E_ARGUMENT",
      `Windows has no ${credential.kind === "cache" ? "named ticket caches" : "keytabs"} for programs.`,
      { remedy: "give a password, or no credentials at all to log on as the running account" },
    );
  }
  const { principal, password, enterprise = false } = credential;
  checkPassword(password);
  checkPrincipal(principal);
  // A user principal name goes whole, without the realm after it: the domain controller says which account it is.
  const at = enterprise && principal.split("@").length < 3 ? -1 : principal.lastIndexOf("@");
  const texts = [
    wide(at < 0 ? principal : principal.slice(0, at)),
    wide(enterprise || at < 0 ? "" : principal.slice(at + 1)),
    wide(password),
  ];
  const identity = Buffer.alloc(48);
  texts.forEach((text, index) => {
    identity.writeBigUInt64LE(library.addressOf(text), index * 16);
    identity.writeUInt32LE(text.length / 2 - 1, index * 16 + 8);
  });
  identity.writeUInt32LE(SEC_WINNT_AUTH_IDENTITY_UNICODE, 44);
  return [identity, ...texts];
}

async function initialize(
  { library, credential }: Opened,
  { target, names, channelBinding }: SspiOptions,
  context?: SspiContext,
  serverToken?: Buffer,
) {
  const handle = Buffer.alloc(HANDLE_SIZE);
  const inputs = [
    ...(serverToken === undefined ? [] : [{ type: "token" as const, bytes: Buffer.from(serverToken) }]),
    ...(channelBinding === undefined
      ? []
      : [{ type: "channelBindings" as const, bytes: securityChannelBindings(channelBinding) }]),
  ];
  const input = inputs.length === 0 ? undefined : describe(library, inputs);
  const token = Buffer.alloc(MAX_TOKEN_LENGTH);
  const output = describe(library, [{ type: "token" as const, bytes: token }]);
  const [attributes, expiry, name] = [Buffer.alloc(4), Buffer.alloc(8), wide(target)];
  const call = (raw: Buffer): Promise<number> =>
    library.callAsync(
      "InitializeSecurityContextW",
      [
        ...[credential, context === undefined ? null : raw, name, ASKED_FLAGS, 0, SECURITY_NATIVE_DREP],
        ...[input?.descriptor ?? null, 0, raw, output.descriptor, attributes, expiry],
      ],
      [credential, handle, name, input, output, attributes, expiry],
    );
  const status = context === undefined ? await call(handle) : await context.borrow(call);
  checkStatus(status, names);
  return {
    context: context ?? contextOf(library, handle),
    token: Buffer.from(token.subarray(0, output.lengthOf(0))),
    more: status === SEC_I_CONTINUE_NEEDED,
    flags: attributes.readUInt32LE(),
  };
}

function contextOf(library: Secur32, handle: Buffer): SspiContext {
  return new Handle("context", handle, (raw) => {
    library.call("DeleteSecurityContext", raw);
  });
}
