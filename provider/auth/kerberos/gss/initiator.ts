/** A logon through the system's GSSAPI library. */
import type { CredentialLease, CredentialPool } from "./credential-pool";
import type { KerberosCredential } from "../credentials";
import type { KerberosNames } from "../errors";
import type { Initiator, InitiatorStep } from "../exchange";
import { type Gss, GSS_FLAGS, type GssHandle, type GssNameType } from "./gssapi";
import { KerberosSealing } from "../sealing";

const ASKED_FLAGS = GSS_FLAGS.MUTUAL | GSS_FLAGS.REPLAY | GSS_FLAGS.SEQUENCE | GSS_FLAGS.CONF | GSS_FLAGS.INTEG;

/** What a logon through GSSAPI needs. */
export interface GssInitiatorOptions {
  readonly target: { readonly name: string; readonly type: GssNameType };
  readonly names: KerberosNames;
  readonly credential: KerberosCredential;
  readonly credentials: CredentialPool;
  readonly channelBinding: Buffer | undefined;
  readonly openGss: () => Gss;
}

/** The client's side of one Kerberos exchange, through GSSAPI. */
export class GssInitiator implements Initiator {
  readonly #options: GssInitiatorOptions;
  #gss: Gss | undefined;
  #lease: CredentialLease | undefined;
  #target: GssHandle | undefined;
  #context: GssHandle | undefined;

  constructor(options: GssInitiatorOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { openGss, credentials, credential, target, names } = this.#options;
    this.#gss = openGss();
    this.#lease = await credentials.lease(this.#gss, credential);
    this.#target = this.#gss.importName(target.name, target.type, names);
  }

  async step(token: Buffer | undefined): Promise<InitiatorStep> {
    const { channelBinding, names } = this.#options;
    const [gss, target] = [this.#gss, this.#target];
    if (gss === undefined || target === undefined) throw new Error("the logon was not opened");
    const options = { credential: this.#lease?.handle, target, flags: ASKED_FLAGS, channelBinding, names };
    const step = await gss.initiate(this.#context, options, token);
    this.#context = step.context;
    return { token: step.token, more: step.more, protects: (step.flags & ASKED_FLAGS) === ASKED_FLAGS };
  }

  sealing(): KerberosSealing {
    if (this.#gss === undefined || this.#context === undefined) throw new Error("the logon is not over");
    return new KerberosSealing(this.#gss, this.#context);
  }

  finish(): void {
    this.#target?.dispose();
    this.#lease?.dispose();
  }

  dispose(): void {
    this.finish();
    this.#context?.dispose();
  }
}
