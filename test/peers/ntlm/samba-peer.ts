/** Samba's ntlm_auth as the verifier or the initiator of one account, without any daemon. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LinePeer } from "./line-peer";

/** A made-up account: ntlm_auth takes the password to verify with from its command line only. */
export const ACCOUNT = { domain: "DOM", user: "User", password: "made-up Password 1" } as const;

export class SambaPeer {
  readonly #lines: LinePeer;
  readonly #folder: string;

  private constructor(lines: LinePeer, folder: string) {
    this.#lines = lines;
    this.#folder = folder;
  }

  /** Judges logons of `ACCOUNT`, whose tokens are bare or in SPNEGO. */
  static verifier(protocol: "squid-2.5-ntlmssp" | "gss-spnego" = "squid-2.5-ntlmssp"): SambaPeer {
    return SambaPeer.#start(protocol, [`--password=${ACCOUNT.password}`]);
  }

  /** Logs on as `ACCOUNT`, sealing, with bare tokens or in SPNEGO. */
  static async initiator(
    password: string = ACCOUNT.password,
    protocol: "ntlmssp-client-1" | "gss-spnego-client" = "ntlmssp-client-1",
  ): Promise<SambaPeer> {
    const peer = SambaPeer.#start(protocol, []);
    await peer.ask("PW", Buffer.from(password));
    await peer.#lines.ask("SF NTLMSSP_FEATURE_SIGN NTLMSSP_FEATURE_SEAL NTLMSSP_FEATURE_SESSION_KEY");
    return peer;
  }

  static #start(protocol: string, args: readonly string[]): SambaPeer {
    const folder = mkdtempSync(join(tmpdir(), "samba-ntlm-"));
    const config = join(folder, "smb.conf");
    const lines = [
      "[global]",
      "workgroup = TESTDOM",
      "netbios name = SRV",
      "server role = standalone",
      `private dir = ${folder}/private`,
      `state directory = ${folder}/state`,
      `cache directory = ${folder}/cache`,
      `lock directory = ${folder}/lock`,
      `pid directory = ${folder}/pid`,
      `ncalrpc dir = ${folder}/ncalrpc`,
      `log file = ${folder}/log`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const account = [`--username=${ACCOUNT.user}`, `--domain=${ACCOUNT.domain}`];
    const peer = LinePeer.start("ntlm_auth", [
      `--configfile=${config}`,
      `--helper-protocol=${protocol}`,
      ...account,
      ...args,
    ]);
    return new SambaPeer(peer, folder);
  }

  /** One command of the helper protocol: `YR`, `TT`, `KK`, `GK`; the answer's word and the rest, as bytes if base64. */
  async ask(command: string, token?: Buffer): Promise<{ word: string; rest: string; bytes: Buffer }> {
    const answer = await this.#lines.ask(token === undefined ? command : `${command} ${token.toString("base64")}`);
    const [word = "", ...rest] = answer.split(" ");
    return { word, rest: rest.join(" "), bytes: Buffer.from(rest[0] ?? "", "base64") };
  }

  async stop(): Promise<void> {
    await this.#lines.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
