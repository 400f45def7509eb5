/** A host, and a program that declares all five resources of it. */
import type { HostOptions, SimulatedHost } from "../../../simulator";
import { registryOf } from "../../../scripts/state-corpus/corpus";
import { authority, thumbprint } from "../hosts/client-certificates";

const CA = authority();

/** The mapped account of such a host. */
export const MAPPED = { name: "svc-deploy", password: "Quokka-mapped-62815", administrator: false } as const;
/** A member of the group. */
export const MEMBER = { name: "kim", password: "Quokka-member-10733", administrator: false } as const;
/** The mapping's key. */
export const MAPPING_KEY = { subject: "deploy@localhost", issuer: thumbprint(CA.certPem) } as const;
/** The group. */
export const GROUP = "Remote Management Users";

/** A fresh host on which every one of the five has something to change. */
export function freshHost(administrator: { readonly name: string; readonly password: string }): HostOptions {
  return {
    accounts: [administrator, MAPPED, MEMBER],
    certificates: { authorities: [CA.certPem] },
    config: { "service/auth/Basic": true },
    quickConfig: false,
  };
}

/** The arguments of each, without the connection. */
export const FIVE = {
  AuthConfig: { service: { basic: false, certificate: true }, client: { digest: false } },
  TrustedHosts: { entries: ["web02"] },
  CertMapping: { ...MAPPING_KEY, userName: MAPPED.name, password: { env: "MAPPED_PASSWORD" } },
  GroupMembership: { group: GROUP, members: [`.\\${MEMBER.name}`] },
  TokenFilterPolicy: { localAccountTokenFilterPolicy: 1 },
} as const;

/** Everything on a host that the five manage. */
export function managedOn(host: SimulatedHost) {
  return {
    config: host.config.all(),
    registry: registryOf(host),
    groups: host.groups.all(),
    mappings: host.certMappings.list(),
  };
}
