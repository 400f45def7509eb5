import * as pulumi from "@pulumi/pulumi";
import { CERT_MAPPING, type CertMappingInputs, type CertMappingOutputs } from "../../contract/cert-mapping";
import type { Inputs } from "./inputs";
import { type ConnectedArgs, WinrmResource } from "./winrm-resource";

/** Arguments of `CertMapping`. */
export type CertMappingArgs = Inputs<CertMappingInputs>;

/** Which mapping to read. */
export type CertMappingGetArgs = Inputs<
  Pick<CertMappingInputs, "connection" | "subject" | "issuer" | "clientCertificatePem" | "issuerCertificatePem" | "uri">
>;

/**
 * A client certificate that logs in to a host as one of its local accounts (`winrm/config/service/certmapping`). The
 * service must take certificates: `AuthConfig` with `service.certificate: true`, and an https listener.
 *
 * One mapping for each certificate; several may have one account. A change of subject, issuer or URI replaces the
 * mapping. The password cannot be read back: a change is recognised by a salted hash in state, and only the mapping is
 * rewritten. Destroy removes the mapping if this resource made it.
 *
 * ```ts
 * new CertMapping("deploy", {
 *   connection: { host: "web01.corp.example.com" },
 *   clientCertificatePem: fs.readFileSync("deploy.pem", "utf8"),
 *   issuerCertificatePem: fs.readFileSync("ca.pem", "utf8"),
 *   userName: "svc-deploy",
 *   password: { env: "DEPLOY_PASSWORD" },
 * });
 * ```
 */
export class CertMapping extends WinrmResource {
  /** The host and how to log in to it; secrets stay references or secrets. */
  declare readonly connection: pulumi.Output<CertMappingOutputs["connection"]>;
  /** The local account that the certificate logs in as. */
  declare readonly userName: pulumi.Output<CertMappingOutputs["userName"]>;
  /** Whether the mapping is enabled. Windows default `true`. */
  declare readonly enabled: pulumi.Output<CertMappingOutputs["enabled"]>;
  /** The resource URIs that the mapping applies to; default `*`, all of them. */
  declare readonly uri: pulumi.Output<CertMappingOutputs["uri"]>;
  /**
   * The name that the host compares, where it was read from a certificate.
   * @windows `winrm/config/service/certmapping` `Subject`
   * @unset absent: `subject` has it
   * @delete finds the mapping by it
   */
  declare readonly mappedSubject: pulumi.Output<CertMappingOutputs["mappedSubject"]>;
  /**
   * SHA-1 thumbprint of the issuer, where it was read from a certificate; 40 upper-case hex digits.
   * @windows `winrm/config/service/certmapping` `Issuer`
   * @unset absent: `issuer` has it
   * @delete finds the mapping by it
   */
  declare readonly mappedIssuer: pulumi.Output<CertMappingOutputs["mappedIssuer"]>;
  /**
   * Recognises the password that was last written, by a salted hash. A secret.
   * @windows in state only
   * @unset empty: it is not certain which password the host has
   * @delete not used
   */
  declare readonly passwordVerifier: pulumi.Output<CertMappingOutputs["passwordVerifier"]>;
  /**
   * Account and `enabled` after the last apply, where they differ from the arguments.
   * @windows in state only
   * @unset absent: they are the arguments'
   * @delete touches the mapping only if it still is for this account
   */
  declare readonly appliedMapping: pulumi.Output<CertMappingOutputs["appliedMapping"]>;
  /**
   * Account and `enabled` before it was adopted.
   * @windows in state only
   * @unset absent: this resource made the mapping
   * @delete restores `enabled`; without it, removes the mapping
   */
  declare readonly priorMapping: pulumi.Output<CertMappingOutputs["priorMapping"]>;

  constructor(name: string, args: CertMappingArgs, opts?: pulumi.CustomResourceOptions) {
    super(CERT_MAPPING, name, args, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["passwordVerifier"] }));
  }

  /** Reads a mapping without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: CertMappingGetArgs, opts?: pulumi.CustomResourceOptions): CertMapping {
    const unmanaged: ConnectedArgs = args;
    return new CertMapping(name, unmanaged as CertMappingArgs, { ...opts, id: "winrm/certmapping" });
  }
}
