import { WinrmError } from "../errors";
import type { CertificateMaterial } from "../x509/client-certificate";
import type { Auth } from "../contract/connection/connection";
import {
  type FoundSecret,
  type SecretReader,
  resolveBinarySecret,
  resolveCertificate,
  resolveSecret,
  secretOf,
} from "./secret";

/** Where a client certificate comes from. What the program gives of it replaces all that configuration and environment have. */

const PARTS = ["certificatePem", "privateKeyPem", "pfx"] as const;
type Found = Readonly<Record<(typeof PARTS)[number], FoundSecret | undefined>>;

/**
 * Reads the certificate, its key and the passphrase where they are; `undefined` if nothing of them is given.
 * @throws WinrmError of the reader: `WINRM_E_ARGUMENT` if only one half is given or both forms, `WINRM_E_SECRET_REFERENCE`.
 */
export function certificateOf(auth: Auth, reader: SecretReader): (() => CertificateMaterial) | undefined {
  const { settings } = reader;
  const isGiven = (part: FoundSecret | undefined) => part !== undefined;
  const own = PARTS.map((name) => secretOf(auth[name], `connection.auth.${name}`));
  const found = own.some(isGiven) ? own : PARTS.map((name) => settings.secret(name));
  if (!found.some(isGiven)) return undefined;
  const [certificatePem, privateKeyPem, pfx] = found;
  const passphrase = secretOf(auth.passphrase, "connection.auth.passphrase") ?? settings.secret("passphrase");
  return () => ({
    ...material({ certificatePem, privateKeyPem, pfx }, reader),
    passphrase: passphrase === undefined ? undefined : resolveSecret(passphrase, reader),
  });
}

type Material =
  | { readonly kind: "pem"; readonly certificatePem: string; readonly privateKeyPem: string }
  | { readonly kind: "pfx"; readonly pfx: Buffer };

function material({ certificatePem, privateKeyPem, pfx }: Found, reader: SecretReader): Material {
  if (pfx !== undefined) {
    if (certificatePem === undefined && privateKeyPem === undefined) {
      return { kind: "pfx", pfx: resolveBinarySecret(pfx, reader) };
    }
    throw new WinrmError("WINRM_E_ARGUMENT", "a client certificate is given twice, as PFX and as PEM", {
      remedy: "leave auth.pfx out, or auth.certificatePem and auth.privateKeyPem",
    });
  }
  if (certificatePem !== undefined && privateKeyPem !== undefined) {
    return {
      kind: "pem",
      certificatePem: resolveCertificate(certificatePem, reader),
      privateKeyPem: resolveSecret(privateKeyPem, reader),
    };
  }
  const missing = certificatePem === undefined ? "auth.certificatePem" : "auth.privateKeyPem";
  throw new WinrmError("WINRM_E_ARGUMENT", `a client certificate needs its key, and ${missing} is not set`, {
    remedy: `set ${missing}, or give both as auth.pfx`,
  });
}
