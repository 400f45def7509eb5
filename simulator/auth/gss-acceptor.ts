/** The acceptor's calls of RFC 2744, beside those that both sides have. */
import { KerberosError } from "../../provider/auth/kerberos/errors";
import { Gss, type GssContextStep, type GssHandle, resultsOf, using } from "../../provider/auth/kerberos/gss/gssapi";
import { Memory } from "../../provider/auth/kerberos/gss/memory";

/** `GSS_C_ACCEPT`. */
const ACCEPT = 2;

/** The acceptor's arguments. */
export interface GssAccept {
  readonly credential: GssHandle;
  readonly channelBinding: Buffer | undefined;
}

/** What one exchange of tokens came to at the acceptor. */
export type GssAcceptStep =
  /** `initiator` is the name of who logged on, once there is no more to come. */
  | (GssContextStep & { readonly initiator: string | undefined; readonly rejected?: undefined })
  | { readonly rejected: KerberosError; readonly token: Buffer };

/** The library for an acceptor, whose credentials are keys of a keytab. */
export class GssAcceptor extends Gss {
  protected override readonly usage = ACCEPT;

  /** One step of the acceptor. A refusal comes with the token that tells the initiator why, if there is one. */
  async accept(
    context: GssHandle | undefined,
    { credential, channelBinding }: GssAccept,
    token: Buffer,
  ): Promise<GssAcceptStep> {
    const memory = new Memory(this.native);
    const results = resultsOf(memory, context);
    const { minor, inout, out, flags } = results;
    const [source, bindings] = [memory.handle(), channelBinding && memory.channelBindings(channelBinding)];
    const major = await credential.borrow((cred) =>
      using(context, () => {
        const args = [minor, inout, cred, memory.buffer(token), bindings ?? null, source, null, out, flags, null, null];
        return this.native.callAsync("gss_accept_sec_context", args, memory);
      }),
    );
    const name = source.readBigUInt64LE() === 0n ? undefined : this.handle("name", source);
    const response = this.take(out);
    try {
      const step = this.contextStep(major, results, { token: response, context, names: {} });
      return { ...step, initiator: name === undefined || step.more ? undefined : this.#displayName(name) };
    } catch (error) {
      if (error instanceof KerberosError && response.length > 0) return { rejected: error, token: response };
      throw error;
    } finally {
      name?.dispose();
    }
  }

  #displayName(name: GssHandle): string {
    const memory = new Memory(this.native);
    const [minor, out] = [memory.u32(), memory.buffer()];
    const major = this.native.call("gss_display_name", minor, name.raw, out, null);
    const text = this.take(out).toString("utf8");
    this.check(major, minor, {});
    return text;
  }
}
