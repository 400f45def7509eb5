/** What `pulumi-winrm doctor` says of a host's certificate: chain, name, pin, and what binds the logon to it. */

import { X509Certificate, createHash } from "node:crypto";
import { isIP } from "node:net";
import type { WinrmError } from "../../errors";
import { printable } from "../../printable";
import { type SessionTarget, unboundReason } from "../../session/target";
import { alternativeNames } from "../../x509/names";

/** Characters of a name, or of all names of a certificate. */
const MAX_NAME = 500;

/** Methods that can bind the logon to the TLS channel, as the host's CbtHardeningLevel wants it. */
const BINDING_METHODS: readonly string[] = ["ntlm", "negotiate", "kerberos"];

/** The logon is bound to the TLS channel. */
export function isBound({ transport, auth }: SessionTarget): boolean {
  return transport === "https" && auth.channelBinding && BINDING_METHODS.includes(auth.method);
}

/** One line for each thing that a certificate is judged by. @param refusal why it was not taken; absent: it was. */
export function certificateFacts(der: Buffer, target: SessionTarget, refusal?: WinrmError): Record<string, string> {
  const certificate = new X509Certificate(der);
  return {
    chain: `issued by ${issuerOf(certificate)}, ${chainOf(target, refusal)}; ${validityOf(certificate)}`,
    name: nameOf(certificate, target),
    pin: pinOf(der, target),
    binding: bindingOf(target, refusal),
  };
}

/** Milliseconds until the certificate expires. */
export function remainingMs(der: Buffer): number {
  return Date.parse(new X509Certificate(der).validTo) - Date.now();
}

function issuerOf({ issuer, subject }: X509Certificate): string {
  const name = printable(issuer.split("\n").at(-1) ?? "", MAX_NAME);
  return issuer === subject ? `itself (${name})` : name;
}

function chainOf({ tls }: SessionTarget, refusal: WinrmError | undefined): string {
  if (tls.insecureSkipVerify) return "not verified";
  if (tls.pinnedSha256 !== undefined) return "not verified, because the pin counts instead";
  const authorities = `${tls.ca === undefined ? "this machine's" : "the given"} authorities`;
  switch (refusal?.code) {
    // The name is compared when the chain has been found good.
    case undefined:
    case "WINRM_E_TLS_NAME":
      return `trusted through ${authorities}`;
    case "WINRM_E_TLS_UNTRUSTED":
      return `not trusted through ${authorities}`;
    default:
      return "not trusted";
  }
}

function validityOf({ validFrom, validTo }: X509Certificate): string {
  const now = Date.now();
  if (Date.parse(validFrom) > now) return `not valid before ${dayOf(validFrom)}`;
  return Date.parse(validTo) < now ? `expired on ${dayOf(validTo)}` : `valid until ${dayOf(validTo)}`;
}

function dayOf(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "a day that cannot be read" : date.toISOString().slice(0, 10);
}

function nameOf(certificate: X509Certificate, { host, tls }: SessionTarget): string {
  const names = printable(alternativeNames(certificate) ?? certificate.subject.replaceAll("\n", ", "), MAX_NAME);
  const wanted = tls.serverName ?? host;
  const covers = isIP(wanted) === 0 ? certificate.checkHost(wanted) : certificate.checkIP(wanted);
  return `${names}, ${covers === undefined ? "and not" : "which covers"} ${wanted}`;
}

function pinOf(der: Buffer, { tls }: SessionTarget): string {
  const found = createHash("sha256").update(der).digest("hex");
  if (tls.pinnedSha256 === undefined) return `SHA-256 ${found}; none is set`;
  return `SHA-256 ${found}, ${tls.pinnedSha256 === found ? "as pinned" : `not the pinned ${tls.pinnedSha256}`}`;
}

/** No logon has been made yet, and after a refused certificate none is. */
function bindingOf(target: SessionTarget, refusal: WinrmError | undefined): string {
  const { method, channelBinding } = target.auth;
  const [will, isNot] = refusal === undefined ? ["will", "will not be"] : ["would", "would not be"];
  if (isBound(target)) return `the logon ${will} be bound to this certificate`;
  if (method === "certificate") return "not needed: the client's certificate is proven in the channel itself";
  return channelBinding ? `${method} has none` : `the logon ${isNot} bound (${unboundReason(target.auth)})`;
}
