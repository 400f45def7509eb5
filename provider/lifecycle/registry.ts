import { authConfig } from "./auth-config/definition";
import { certMapping } from "./cert-mapping/definition";
import { groupMembership } from "./group-membership/definition";
import { tokenFilterPolicy } from "./token-filter-policy/definition";
import { trustedHosts } from "./trusted-hosts/definition";

/** The runtime half of every resource, by the name in its type token. */
export const LIFECYCLES = {
  AuthConfig: authConfig,
  CertMapping: certMapping,
  GroupMembership: groupMembership,
  TrustedHosts: trustedHosts,
  TokenFilterPolicy: tokenFilterPolicy,
} as const;

/** A resource's name in its type token. */
export type ResourceType = keyof typeof LIFECYCLES;
