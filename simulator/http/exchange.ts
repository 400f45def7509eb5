/** One message of one caller: decrypt, serve, encrypt. Knows nothing of sockets. Assumed (unencrypted-status). */

import type { MessageProtection } from "../../provider/auth/auth-context";
import { isWinrmError } from "../../provider/errors";
import { fault, faultByCode } from "../wsman/faults";
import { SHELL_NS } from "../wsman/namespaces";
import type { HostClock } from "../clock";
import type { MisbehaviourAction, Misbehaviours } from "../fault-injection";
import {
  envelopeLimit,
  faultAnswer,
  serve,
  type ServiceAnswer,
  type ServiceHost,
  type Subject,
  subjectOf,
} from "../wsman/service";
import { type Envelope, readEnvelope } from "../wsman/soap";
import { MalformedXml } from "../wsman/xml-reader";
import { type Charset, charsetOf, decodeText, encodeText } from "./charset";
import {
  type EncryptedBody,
  encryptedType,
  isEncryptedType,
  MalformedEncryption,
  readEncrypted,
  writeEncrypted,
} from "./encryption";
import type { Identity } from "./outcome";
import type { UnencryptedResponse } from "../options";

/** What the exchange needs of the host. */
export interface ExchangeHost extends ServiceHost {
  readonly misbehaviours: Misbehaviours;
  readonly clock: HostClock;
  /** The status that a message in cleartext gets over http while `AllowUnencrypted` is off. */
  readonly unencryptedResponse: UnencryptedResponse;
}

/** An HTTP request whose caller is known. */
export interface IncomingMessage {
  readonly contentType: string;
  readonly body: Buffer;
  readonly transport: "http" | "https";
  /** The connection may carry messages that are neither sealed nor under TLS. */
  readonly unencrypted: boolean;
  /** The body came in chunks, without a `Content-Length`. */
  readonly chunked: boolean;
  /** Absent for an Identify that nobody vouches for. */
  readonly identity?: Identity;
}

/** What goes back over the connection. */
export interface OutgoingMessage {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer;
  /** The connection ends after this answer. */
  readonly closes?: boolean;
  /** Milliseconds that the answer is held back: the service waits for something. */
  readonly holdMs?: number;
  /** Instead of the answer: `reset` and `hang`; `truncate` sends the first half of the body. */
  readonly instead?: "reset" | "hang" | "truncate";
}

/** The answer, and what the journal records. */
export interface ExchangeResult {
  readonly outgoing: OutgoingMessage;
  /** Instead of `outgoing`: the 401 that lists the schemes. */
  readonly unauthorized?: boolean;
  readonly sealed: boolean;
  readonly subject?: Subject;
  readonly answer?: Pick<ServiceAnswer, "leaves" | "returnValue" | "selectors" | "logonFailure" | "faultCode">;
  readonly refusal?: string;
}

interface Plain {
  readonly text: string;
  readonly bytes: number;
  readonly charset: Charset;
  readonly sealing?: { readonly protection: MessageProtection; readonly about: EncryptedBody };
}

/** The answer to a message above `MaxEnvelopeSizekb`; its SOAP is not read. */
export const TOO_LARGE: OutgoingMessage = { status: 413, closes: true };
/** What the journal says of it. */
export const TOO_LARGE_REFUSAL = "the message is larger than MaxEnvelopeSizekb";

/** Handles one message. */
export function exchange(incoming: IncomingMessage, host: ExchangeHost): ExchangeResult {
  const sealed = isEncryptedType(incoming.contentType);
  const unprotected = incoming.transport === "http" && !sealed && incoming.identity !== undefined;
  if (unprotected && !incoming.unencrypted) {
    const status = host.unencryptedResponse;
    return { outgoing: { status }, unauthorized: status === 401, sealed, refusal: "AllowUnencrypted is off" };
  }
  let plain: Plain;
  let envelope: Envelope;
  try {
    plain = open(incoming);
    if (plain.bytes > envelopeLimit(host)) return { outgoing: TOO_LARGE, sealed, refusal: TOO_LARGE_REFUSAL };
    envelope = readEnvelope(plain.text);
  } catch (error) {
    return { ...badRequest(error), sealed };
  }
  return answer(plain, envelope, { incoming, host });
}

function answer(
  plain: Plain,
  envelope: Envelope,
  { incoming, host }: { readonly incoming: IncomingMessage; readonly host: ExchangeHost },
): ExchangeResult {
  const subject = subjectOf(envelope);
  const sealed = plain.sealing !== undefined;
  const wrong = host.misbehaviours.at(subject.verb);
  const instead = wrong === undefined ? undefined : insteadOfServing(wrong);
  if (wrong?.action === "late") {
    host.clock.after(wrong.afterMs, () => {
      if (host.service.state === "running") serve(envelope, incoming.identity?.account, host);
    });
  }
  if (instead !== undefined) return { outgoing: instead, sealed, subject };
  // Shell resources take no chunked bodies ([MS-WSMV]).
  const refused = incoming.chunked && subject.resourceUri?.toLowerCase().startsWith(SHELL_NS) === true;
  const served = refused
    ? faultAnswer(fault("notSupported"), envelope, host)
    : wrong?.action === "fault"
      ? faultAnswer(faultByCode(wrong.code), envelope, host)
      : serve(envelope, incoming.identity?.account, host);
  if (wrong?.action === "cut-after-apply") host.misbehaviours.cut = true;
  const xml = wrong?.action === "wrong-relates-to" ? relatedToAnother(served.xml) : served.xml;
  const outgoing = close(wrong?.action === "plain" ? undefined : plain.sealing, xml, {
    status: served.status,
    charset: plain.charset,
    tampered: wrong?.action === "tamper-signature",
  });
  const held = served.holdMs === undefined ? {} : { holdMs: served.holdMs };
  return { outgoing: { ...outgoing, ...held, ...afterServing(wrong) }, sealed, subject, answer: served };
}

/** Misbehaviour that keeps the request from being served, in the form of the answer that is sent in its place. */
export function insteadOfServing(wrong: MisbehaviourAction): OutgoingMessage | undefined {
  switch (wrong.action) {
    case "reset":
    case "cut":
    case "late":
      return { status: 0, instead: "reset" };
    case "hang":
      return { status: 0, instead: "hang" };
    case "status":
      return { status: wrong.status, closes: wrong.status === 401 || wrong.status === 503 };
    case "html":
      return {
        status: 200,
        headers: { "Content-Type": "text/html" },
        body: Buffer.from("<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>"),
      };
    case "reset-after-apply":
    case "cut-after-apply":
    case "truncate":
    case "tamper-signature":
    case "plain":
    case "wrong-relates-to":
    case "fault":
      return undefined;
  }
}

/** Misbehaviour in how a finished answer is sent. */
export function afterServing(wrong: MisbehaviourAction | undefined): Pick<OutgoingMessage, "instead"> {
  if (wrong?.action === "reset-after-apply" || wrong?.action === "cut-after-apply") return { instead: "reset" };
  if (wrong?.action === "truncate") return { instead: "truncate" };
  return {};
}

function open(incoming: IncomingMessage): Plain {
  if (!isEncryptedType(incoming.contentType)) {
    const charset = charsetOf(incoming.contentType);
    return { text: decodeText(incoming.body, charset), bytes: incoming.body.length, charset };
  }
  const about = readEncrypted(incoming.contentType, incoming.body);
  if (incoming.identity?.protection === undefined) throw new MalformedEncryption("the connection has no session key");
  if (about.protocol !== incoming.identity.protocol) {
    throw new MalformedEncryption("the protocol is not the connection's");
  }
  const protection = incoming.identity.protection();
  const charset = charsetOf(about.originalType);
  const bytes = protection.unseal(about.message);
  const text = decodeText(bytes, charset).replace(/\0+$/, "");
  return { text, bytes: bytes.length, charset, sealing: { protection, about } };
}

function close(
  sealing: Plain["sealing"],
  xml: string,
  how: { readonly status: number; readonly charset: Charset; readonly tampered: boolean },
): OutgoingMessage {
  const type = `application/soap+xml;charset=${how.charset}`;
  const bytes = encodeText(xml, how.charset);
  if (sealing === undefined) return { status: how.status, headers: { "Content-Type": type }, body: bytes };
  const { signature, sealed } = sealing.protection.seal(bytes);
  const sent = how.tampered
    ? Buffer.from(signature.map((byte, index) => (index === 5 ? byte ^ 0xff : byte)))
    : signature;
  const { tabs, protocol } = sealing.about;
  const body = writeEncrypted(
    { signature: sent, sealed },
    { originalType: type, length: sealed.length, tabs, protocol },
  );
  return { status: how.status, headers: { "Content-Type": encryptedType(protocol) }, body };
}

function relatedToAnother(xml: string): string {
  return xml.replace(/(<a:RelatesTo>)[^<]*/, "$1uuid:00000000-0000-0000-0000-000000000000");
}

/** Assumed (garbage): garbage, also sealed garbage, gets an empty 400, and the connection ends. */
function badRequest(error: unknown): Omit<ExchangeResult, "sealed"> {
  const expected = error instanceof MalformedXml || error instanceof MalformedEncryption || isWinrmError(error);
  if (!expected) throw error;
  return { outgoing: { status: 400, closes: true }, refusal: error.message };
}
