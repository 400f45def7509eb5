/**
 * Our client in a process of its own, because libkrb5 reads its configuration from the environment. JSON lines, as in
 * krb_peer.py: one request per line on stdin, one answer per line on stdout, several contexts by `id`.
 */
import { createInterface } from "node:readline";
import { createKerberosAcceptor, type KerberosAcceptor } from "../../../simulator/auth/kerberos-acceptor";
import { createKerberosContext } from "../../../provider/auth/kerberos/client";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { kerberosUnavailable } from "../../../provider/auth/kerberos/errors";
import { isWinrmError } from "../../../provider/errors";
import type { AnyMessageProtection, DisposableAuthContext } from "../../../provider/auth/auth-context";
import { createNegotiateContext, MECHANISMS } from "../../../provider/auth/spnego/negotiate";
import type { ClientRequest, OpenRequest } from "./client-process";

const contexts = new Map<string, DisposableAuthContext<AnyMessageProtection>>();
const acceptors = new Map<string, KerberosAcceptor>();

function open({ options, channelBinding, spnego, ntlm }: OpenRequest): DisposableAuthContext<AnyMessageProtection> {
  const binding = channelBinding === undefined ? {} : { channelBinding: Buffer.from(channelBinding, "hex") };
  const kerberos = createKerberosContext({ ...options, ...binding });
  if (ntlm === undefined) {
    if (spnego !== true) return kerberos;
    return createNegotiateContext({ mechs: [{ ...MECHANISMS.kerberos, context: kerberos }] });
  }
  const context = createNtlmContext({ ...ntlm, ...binding, spn: `HTTP/${options.host}`, requireSealing: true });
  const mech = { ...MECHANISMS.kerberos, context: kerberos, allowsFallback: kerberosUnavailable };
  const order = ntlm.only === true ? [] : [mech];
  return createNegotiateContext({ mechs: [...order, { ...MECHANISMS.ntlm, context }] });
}

function bytes(hex: string | undefined): Buffer {
  return Buffer.from(hex ?? "", "hex");
}

function contextOf(id: string): DisposableAuthContext<AnyMessageProtection> {
  const context = contexts.get(id);
  if (context === undefined) throw new Error(`no context ${id}`);
  return context;
}

function protectionOf(id: string) {
  return acceptors.get(id)?.protection() ?? contextOf(id).protection();
}

async function answer(request: ClientRequest): Promise<unknown> {
  const { id } = request;
  switch (request.op) {
    case "open":
      contexts.set(id, open(request));
      return {};
    case "accept": {
      const { channelBinding, ...options } = request.options;
      const binding = channelBinding === undefined ? {} : { channelBinding: bytes(channelBinding) };
      acceptors.set(id, createKerberosAcceptor({ ...options, ...binding }));
      return {};
    }
    case "step": {
      const token = request.token === undefined ? undefined : bytes(request.token);
      const acceptor = acceptors.get(id);
      if (acceptor === undefined) {
        const step = await contextOf(id).step(token);
        return { ...step, token: step.token?.toString("hex") };
      }
      const { rejected, ...step } = await acceptor.step(token ?? bytes(""));
      return { ...step, ...(rejected && shown(rejected)), token: step.token?.toString("hex") };
    }
    case "seal": {
      const { signature, sealed } = await protectionOf(id).seal(bytes(request.data));
      return { signature: signature.toString("hex"), sealed: sealed.toString("hex") };
    }
    case "unseal": {
      const message = { signature: bytes(request.signature), sealed: bytes(request.sealed) };
      return { data: (await protectionOf(id).unseal(message)).toString("hex") };
    }
    case "dispose":
      contexts.get(id)?.dispose();
      acceptors.get(id)?.dispose();
      return {};
    case "together":
      return Promise.all(request.requests.map(settled));
  }
}

/** The answer or the error; an error is shown as a person or a log would see it. */
async function settled(request: ClientRequest): Promise<unknown> {
  try {
    return await answer(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return shown(error);
  }
}

function shown(error: Error): object {
  const { code, reason } = error as Error & { code?: string; reason?: string };
  const { causes, remedy: next } = isWinrmError(error) ? error.context : {};
  const text = `${error.stack ?? ""}\n${JSON.stringify(error)}`;
  return { error: { code, reason, causes, next, message: error.message, shown: text } };
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await settled(JSON.parse(line) as ClientRequest))}\n`);
  }
}

void main();
