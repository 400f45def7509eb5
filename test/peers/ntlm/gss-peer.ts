/** The typed face of gss_peer.py: one gss-ntlmssp context in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SealedMessage } from "../../../provider/auth/auth-context";
import { PYTHON } from "./installed";
import { LinePeer } from "./line-peer";

/** The compiled tests are in dist/test/peers/ntlm; the script stays in the source tree. */
const SCRIPT = join(__dirname, "..", "..", "..", "..", "test", "peers", "ntlm", "gss_peer.py");

const SIGNATURE_LENGTH = 16;

/** GSS_C_CHANNEL_BOUND_FLAG: the acceptor verified the initiator's channel binding. */
export const CHANNEL_BOUND = 0x800;

/** The account that both sides know. */
export const ACCOUNT = { domain: "DOM", user: "Jürgen", password: "Pässwörd ☃" } as const;

interface GssAnswer {
  readonly token?: string | null;
  readonly done?: boolean;
  readonly flags?: number;
  readonly peer?: string | null;
  readonly data?: string;
  readonly error?: string;
}

/** One step of the peer's side. */
export interface GssStep {
  readonly token?: Buffer;
  readonly done: boolean;
  readonly flags: number;
  readonly peer?: string;
}

export class GssPeer {
  readonly #lines: LinePeer;
  readonly #folder: string;

  private constructor(lines: LinePeer, folder: string) {
    this.#lines = lines;
    this.#folder = folder;
  }

  /** A context that answers ours; it knows `ACCOUNT`. */
  static async accept(bindings?: Buffer): Promise<GssPeer> {
    const peer = GssPeer.#start();
    await peer.#ask({ op: "accept", bindings: bindings?.toString("hex") ?? null });
    return peer;
  }

  /** A context that logs on to ours as `ACCOUNT`. */
  static async initiate(options: { bindings?: Buffer; password?: string } = {}): Promise<GssPeer> {
    const peer = GssPeer.#start();
    const bindings = options.bindings?.toString("hex") ?? null;
    const password = options.password ?? ACCOUNT.password;
    await peer.#ask({ op: "initiate", ...ACCOUNT, password, host: "server.test", bindings });
    return peer;
  }

  static #start(): GssPeer {
    const folder = mkdtempSync(join(tmpdir(), "gss-ntlm-"));
    const file = join(folder, "users");
    writeFileSync(file, `${ACCOUNT.domain}:${ACCOUNT.user}:${ACCOUNT.password}\n`, { mode: 0o600 });
    const env = { NTLM_USER_FILE: file, LANG: "C.UTF-8", PYTHONIOENCODING: "utf-8" };
    return new GssPeer(LinePeer.start(PYTHON, [SCRIPT], env), folder);
  }

  /**
   * `mic` on the first step of an initiator has it send a MIC later.
   * @throws Error with the library's text when it refuses the token.
   */
  async step(token?: Buffer, options: { mic?: boolean } = {}): Promise<GssStep> {
    const answer = await this.#ask({ op: "step", token: token?.toString("hex") ?? null, ...options });
    return {
      done: answer.done === true,
      flags: answer.flags ?? 0,
      ...(typeof answer.token === "string" && { token: Buffer.from(answer.token, "hex") }),
      ...(typeof answer.peer === "string" && { peer: answer.peer }),
    };
  }

  async seal(plain: Buffer): Promise<SealedMessage> {
    const { data = "" } = await this.#ask({ op: "wrap", data: plain.toString("hex") });
    const bytes = Buffer.from(data, "hex");
    return { signature: bytes.subarray(0, SIGNATURE_LENGTH), sealed: bytes.subarray(SIGNATURE_LENGTH) };
  }

  /** @throws Error with the library's text when it refuses the message. */
  async unseal(message: SealedMessage): Promise<Buffer> {
    const bytes = Buffer.concat([message.signature, message.sealed]);
    const { data = "" } = await this.#ask({ op: "unwrap", data: bytes.toString("hex") });
    return Buffer.from(data, "hex");
  }

  async stop(): Promise<void> {
    await this.#lines.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(request: object): Promise<GssAnswer> {
    const answer = JSON.parse(await this.#lines.ask(JSON.stringify(request))) as GssAnswer;
    if (answer.error !== undefined) throw new Error(`gss-ntlmssp: ${answer.error}`);
    return answer;
  }
}
