import { authConfig } from "./auth-config";
import { certMapping } from "./cert-mapping";
import { groupMembership } from "./group-membership";
import { tokenFilterPolicy } from "./token-filter-policy";
import { trustedHosts } from "./trusted-hosts";

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
