/** The typed face of client-main.ts, and of krb_peer.py, its peer. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { AuthStep, SealedMessage } from "../../../provider/auth/auth-context";
import type { KerberosOptions } from "../../../provider/auth/kerberos/client";
import type { ErrorContext } from "../../../provider/errors";
import { PYTHON, skipFor } from "../ntlm/installed";
import { LinePeer } from "../ntlm/line-peer";
import type { RealmEnv } from "./realm";

export interface OpenRequest {
  readonly options: Omit<KerberosOptions, "channelBinding" | "gss" | "credentials">;
  readonly channelBinding?: string;
  /** Tokens inside SPNEGO, with Kerberos alone on offer. Default: bare tokens under the scheme Kerberos. */
  readonly spnego?: boolean;
  /** SPNEGO that offers NTLM after Kerberos, or alone. */
  readonly ntlm?: { readonly account: string; readonly password: string; readonly only?: boolean };
}

export type ClientRequest = { readonly id: string } & (
  | ({ readonly op: "open" } & OpenRequest)
  | {
      readonly op: "accept";
      readonly options: {
        readonly keytab: string;
        readonly channelBinding?: string;
        readonly requireChannelBinding?: boolean;
      };
    }
  | { readonly op: "step"; readonly token?: string }
  | { readonly op: "seal"; readonly data: string }
  | { readonly op: "unseal"; readonly signature: string; readonly sealed: string }
  | { readonly op: "dispose" }
  | { readonly op: "together"; readonly requests: readonly ClientRequest[] }
);

/** What is known of an error of our client. */
interface Shown {
  readonly code?: string;
  readonly reason?: string;
  readonly message: string;
  readonly causes?: readonly string[];
  readonly next?: string;
  /** Its stack and its JSON. */
  readonly shown: string;
}

/** An error of our client, as its process saw it. */
export class ClientError extends Error {
  readonly code: string | undefined;
  readonly reason: string | undefined;
  readonly context: Pick<ErrorContext, "causes" | "remedy">;

  /** @param token what our acceptor wants sent with the refusal. */
  constructor(
    { message, code, reason, causes, next }: Shown,
    readonly token: Buffer | undefined,
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.context = { ...(causes && { causes }), ...(next !== undefined && { remedy: next }) };
  }
}

/** The error that a step of our client must end with. */
export async function clientFailure(step: Promise<unknown>): Promise<ClientError> {
  const outcome = await step.catch((error: unknown) => error);
  assert.ok(outcome instanceof ClientError, "our client must refuse it");
  return outcome;
}

interface Answer {
  readonly token?: string | null;
  readonly done?: boolean;
  readonly flags?: number;
  readonly peer?: string | null;
  readonly principal?: string;
  readonly data?: string;
  readonly signature?: string;
  readonly sealed?: string;
  readonly error?: string | Shown;
}

function hex(bytes: Buffer | undefined): { token?: string } {
  return bytes === undefined ? {} : { token: bytes.toString("hex") };
}

function bytes(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "hex");
}

/** A process that answers each line with a line. */
export type Lines = Pick<LinePeer, "ask" | "stop">;

/** Our code in a process of its own. */
export class ClientProcess {
  readonly #lines: Lines;

  /** @param lines how it is spoken to, where that is not by its standard streams. */
  constructor(
    env: RealmEnv,
    lines: Lines = LinePeer.start(process.execPath, [join(__dirname, "client-main.js")], env),
  ) {
    this.#lines = lines;
  }

  open(request: OpenRequest, id = "1"): Promise<Answer> {
    return this.ask({ op: "open", id, ...request });
  }

  async accept(
    options: { keytab: string; channelBinding?: string; requireChannelBinding?: boolean },
    id = "1",
  ): Promise<void> {
    await this.ask({ op: "accept", id, options });
  }

  async step(token?: Buffer, id = "1"): Promise<AuthStep & { principal?: string }> {
    const answer = await this.ask({ op: "step", id, ...hex(token) });
    return {
      done: answer.done === true,
      ...(typeof answer.token === "string" && { token: bytes(answer.token) }),
      ...(answer.principal !== undefined && { principal: answer.principal }),
    };
  }

  async seal(data: Buffer, id = "1"): Promise<SealedMessage> {
    const answer = await this.ask({ op: "seal", id, data: data.toString("hex") });
    return { signature: bytes(answer.signature), sealed: bytes(answer.sealed) };
  }

  async unseal(message: SealedMessage, id = "1"): Promise<Buffer> {
    const signature = message.signature.toString("hex");
    return bytes((await this.ask({ op: "unseal", id, signature, sealed: message.sealed.toString("hex") })).data);
  }

  async together(requests: readonly ClientRequest[]): Promise<readonly Answer[]> {
    const line = await this.#lines.ask(JSON.stringify({ op: "together", id: "", requests }));
    return JSON.parse(line) as Answer[];
  }

  async ask(request: ClientRequest): Promise<Answer> {
    const answer = JSON.parse(await this.#lines.ask(JSON.stringify(request))) as Answer;
    const { error } = answer;
    if (typeof error === "object") {
      const token = typeof answer.token === "string" ? bytes(answer.token) : undefined;
      throw new ClientError(error, token);
    }
    return answer;
  }

  stop(): Promise<void> {
    return this.#lines.stop();
  }
}

/** An error of the library's, with the token that it wants sent. */
export class PeerError extends Error {
  constructor(
    message: string,
    readonly token: Buffer | undefined,
  ) {
    super(message);
  }
}

/** MIT's acceptor or initiator through python3-gssapi. */
export class GssPeer {
  readonly #lines: LinePeer;

  private constructor(env: RealmEnv) {
    this.#lines = LinePeer.start(PYTHON, [join(__dirname, "../../../../test/peers/kerberos/krb_peer.py")], env);
  }

  static async start(
    role: "accept" | "initiate",
    env: RealmEnv,
    options: { mechs?: readonly ("krb5" | "spnego" | "ntlm")[]; bindings?: Buffer; host?: string } = {},
  ): Promise<GssPeer> {
    const peer = new GssPeer(env);
    const { mechs = ["krb5"], bindings, host } = options;
    await peer.#ask({ op: role, mechs, host, bindings: bindings?.toString("hex") ?? null });
    return peer;
  }

  async step(token?: Buffer): Promise<AuthStep & { flags: number; peer?: string }> {
    const answer = await this.#ask({ op: "step", token: token?.toString("hex") ?? null });
    return {
      done: answer.done === true,
      flags: answer.flags ?? 0,
      ...(typeof answer.token === "string" && { token: bytes(answer.token) }),
      ...(typeof answer.peer === "string" && { peer: answer.peer }),
    };
  }

  async wrap(data: Buffer): Promise<Buffer> {
    return bytes((await this.#ask({ op: "wrap", data: data.toString("hex") })).data);
  }

  async unwrap(token: Buffer): Promise<Buffer> {
    return bytes((await this.#ask({ op: "unwrap", data: token.toString("hex") })).data);
  }

  async seal(data: Buffer): Promise<SealedMessage> {
    const answer = await this.#ask({ op: "wrap_iov", data: data.toString("hex") });
    return { signature: bytes(answer.signature), sealed: bytes(answer.sealed) };
  }

  async unseal({ signature, sealed }: SealedMessage): Promise<Buffer> {
    const message = { signature: signature.toString("hex"), sealed: sealed.toString("hex") };
    return bytes((await this.#ask({ op: "unwrap_iov", ...message })).data);
  }

  stop(): Promise<void> {
    return this.#lines.stop();
  }

  async #ask(request: object): Promise<Answer> {
    const answer = JSON.parse(await this.#lines.ask(JSON.stringify(request))) as Answer;
    if (typeof answer.error !== "string") return answer;
    throw new PeerError(answer.error, typeof answer.token === "string" ? bytes(answer.token) : undefined);
  }
}

/** The `skip` option of a test: false if everything is installed, else the command that installs it. */
export function skipWithoutKerberos(): string | false {
  const install = "apt-get install krb5-kdc krb5-admin-server krb5-user python3-gssapi, and npm install koffi";
  try {
    const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
    execFileSync("sh", ["-c", "command -v krb5kdc && command -v kadmin.local && command -v kinit"], {
      env,
      stdio: "ignore",
    });
    execFileSync(PYTHON, ["-c", "import gssapi"], { stdio: "ignore" });
    require.resolve("koffi");
    return false;
  } catch {
    return skipFor(`not installed: ${install}`);
  }
}
