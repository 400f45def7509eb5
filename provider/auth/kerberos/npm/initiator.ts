/** A logon through the npm package `kerberos`. */
import type { KerberosNames } from "../errors";
import type { Initiator, InitiatorStep } from "../exchange";
import { type NpmLogon, refuseUnsupported } from "../../kerberos-library";
import { type NpmKerberos, type NpmKerberosClient, callPackage } from "./package";
import { NpmSealing } from "./sealing";

const MECHANISM_KRB5 = 9;
/** MUTUAL, REPLAY, SEQUENCE, CONF and INTEG of RFC 2744, and the same of SSPI, where the last two have other numbers. */
const ASKED_FLAGS = { unix: 2 | 4 | 8 | 16 | 32, windows: 2 | 4 | 8 | 0x10 | 0x1_0000 } as const;

/** What a logon through the package needs. */
export interface NpmInitiatorOptions {
  readonly logon: NpmLogon;
  /** `HTTP@host`; on Windows `HTTP/host`. */
  readonly target: string;
  readonly names: KerberosNames;
  readonly openPackage: () => NpmKerberos;
}

/** One logon. The package tells no flags: the host has proven itself if its token completes the context. */
export class NpmInitiator implements Initiator {
  readonly #options: NpmInitiatorOptions;
  #client: NpmKerberosClient | undefined;

  constructor(options: NpmInitiatorOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { logon, target, names, openPackage } = this.#options;
    refuseUnsupported(logon);
    const library = openPackage();
    const flags = logon.platform === "win32" ? ASKED_FLAGS.windows : ASKED_FLAGS.unix;
    const principal = "principal" in logon.credential ? logon.credential.principal : undefined;
    const options = { mechOID: MECHANISM_KRB5, flags, ...(principal !== undefined && { principal }) };
    this.#client = await callPackage(() => library.initializeClient(target, options), names);
  }

  async step(token: Buffer | undefined): Promise<InitiatorStep> {
    const client = this.#established();
    const response = await callPackage(() => client.step(token?.toString("base64") ?? ""), this.#options.names);
    return {
      token: Buffer.from(response ?? "", "base64"),
      more: client.username === null,
      protects: token !== undefined,
    };
  }

  sealing(): NpmSealing {
    return new NpmSealing(this.#established());
  }

  dispose(): void {
    this.#client = undefined;
  }

  #established(): NpmKerberosClient {
    if (this.#client === undefined) throw new Error("the logon was not opened");
    return this.#client;
  }
}
