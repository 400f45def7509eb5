/** A client that logs in with a certificate, and the host that trusts its authority. */
import type { Connection } from "../../../provider/contract/connection/connection";
import type { HostOptions, SimulatedHost } from "../../../simulator";
import { ADMIN } from "../processes/recorded-process";
import { authority, clientCertificate, thumbprint } from "./client-certificates";

const CA = authority();
const CLIENT = clientCertificate({ upn: "deploy@localhost" }, CA);

/** The account that the client's certificate is mapped to. */
export const SVC = { name: "svc-deploy", password: "Mapped-7d2!Secret" } as const;
const KEY = { issuer: thumbprint(CA.certPem), userName: SVC.name, password: SVC.password } as const;
/** A mapping of every name of the client's domain. */
export const WIDE = { ...KEY, subject: "*@localhost" } as const;
/** A mapping of the client's own name. */
export const EXACT = { ...KEY, subject: "deploy@localhost" } as const;

/** What a host has so that a client's certificate can be mapped. */
export const MAPPABLE = {
  accounts: [ADMIN, SVC],
  https: true,
  config: { "service/auth/Certificate": true },
  certificates: { authorities: [CA.certPem] },
} satisfies HostOptions;

/** How the client connects to such a host. */
export function clientOf(host: SimulatedHost): Connection & { readonly transport: "https" } {
  return {
    ...{ host: "127.0.0.1", transport: "https", port: host.https!.port, tls: { ca: host.https!.certificatePem } },
    auth: { method: "certificate", certificatePem: CLIENT.certPem, privateKeyPem: CLIENT.keyPem },
  };
}
