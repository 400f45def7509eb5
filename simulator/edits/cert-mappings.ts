/** Certificate mappings as somebody at the host's keyboard sees and edits them. */

import type { Authorities } from "../windows/authorities";
import {
  type CertMapping,
  type CertMappingChange,
  certMappingError,
  type CertMappingKey,
  type CertMappingOptions,
  type CertMappingRefusal,
  type CertMappings,
} from "../windows/cert-mappings";

/** The certificate mappings of a host, and the authorities that issue certificates of clients. */
export interface HostCertMappings {
  list(): CertMapping[];
  /** The mapping with this key. */
  find(key: CertMappingKey): CertMapping | undefined;
  /**
   * A hand edit: checked as Windows checks it, with a logon test that no journal shows.
   * @throws WinrmError `WINRM_E_ARGUMENT` for a mapping that Windows refuses.
   */
  add(mapping: CertMappingOptions): void;
  /** Changes parts of a mapping. @throws WinrmError `WINRM_E_ARGUMENT` if Windows refuses it, or there is none. */
  change(key: CertMappingKey, change: CertMappingChange): void;
  /** Removes a mapping, if it is there. */
  remove(key: CertMappingKey): void;
  /** Trusts an authority. @throws WinrmError `WINRM_E_ARGUMENT` for a text that is no PEM certificate. */
  trust(pem: string): void;
  /** Takes an authority out of the stores. @param thumbprint SHA-1, hexadecimal digits. */
  distrust(thumbprint: string): void;
  /** Its issuer has revoked a certificate. @param thumbprint SHA-1, hexadecimal digits. */
  revoke(thumbprint: string): void;
  /**
   * The account of the WinRM service was changed: stored passwords are void until they are written anew (jborean93/pypsrp
   * `win-setup.ps1`).
   */
  changeServiceAccount(): void;
}

/** The edits of one host. */
export function certMappingEdits(certMappings: CertMappings, authorities: Authorities): HostCertMappings {
  const settle = (refusal: CertMappingRefusal | undefined) => {
    if (refusal !== undefined) throw certMappingError(refusal);
  };
  return {
    list: () => certMappings.list(),
    find: (key) => certMappings.find(key),
    add: (mapping) => {
      settle(certMappings.create(mapping, mapping));
    },
    change: (key, change) => {
      settle(certMappings.change(key, change));
    },
    remove: (key) => {
      certMappings.remove(key);
    },
    trust: (pem) => {
      authorities.add(pem);
    },
    distrust: (thumbprint) => {
      authorities.remove(thumbprint);
    },
    revoke: (thumbprint) => {
      authorities.revoke(thumbprint);
    },
    changeServiceAccount: () => {
      certMappings.voidPasswords();
    },
  };
}
