import type { X509Certificate } from "node:crypto";

/** One name as Node writes it: as it is, or a JSON string where its characters could be taken for something else. */
const NAME = /(?:^|, )(DNS:|othername:)("(?:[^"\\]|\\.)*"|[^,]*)/g;
const UPN = "UPN:";

/**
 * Names of the subject alternative name that a WinRM service compares: user principal names (`othername:UPN:`, OID
 * 1.3.6.1.4.1.311.20.2.3) and DNS names. Source: Node's `X509Certificate.subjectAltName`.
 */
export function namesIn(certificate: X509Certificate): {
  readonly upns: readonly string[];
  readonly dns: readonly string[];
} {
  const [upns, dns]: [string[], string[]] = [[], []];
  for (const [, kind, text = ""] of (alternativeNames(certificate) ?? "").matchAll(NAME)) {
    const name = text.startsWith('"') ? String(JSON.parse(text)) : text;
    if (kind === "DNS:") dns.push(name);
    else if (name.startsWith(UPN)) upns.push(name.slice(UPN.length));
  }
  return { upns, dns };
}

/** The subject alternative names as Node writes them; `undefined` where there are none, or none that Node 22 and later can read. */
export function alternativeNames(certificate: X509Certificate): string | undefined {
  try {
    return certificate.subjectAltName;
  } catch {
    return undefined;
  }
}
