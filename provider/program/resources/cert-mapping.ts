import * as pulumi from "@pulumi/pulumi";
import { CERT_MAPPING, type CertMappingInputs, type CertMappingOutputs } from "../../contract/cert-mapping";
import type { Inputs } from "./inputs";
import { type ConnectedArgs, type OutputsOf, WinrmResource } from "./winrm-resource";

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
  constructor(name: string, args: CertMappingArgs, opts?: pulumi.CustomResourceOptions) {
    super(CERT_MAPPING, name, args, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["passwordVerifier"] }));
  }

  /** Reads a mapping without managing it; outputs are known at preview. Nothing is ever written. */
  static get(name: string, args: CertMappingGetArgs, opts?: pulumi.CustomResourceOptions): CertMapping {
    const unmanaged: ConnectedArgs = args;
    return new CertMapping(name, unmanaged as CertMappingArgs, { ...opts, id: "winrm/certmapping" });
  }
}

/** Its outputs. */
export interface CertMapping extends OutputsOf<CertMappingOutputs> {}
