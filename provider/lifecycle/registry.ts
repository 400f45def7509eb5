import type { ResourceType } from "../contract/resource-shape";
import { authConfigClaims } from "./auth-config/claims";
import { authConfig } from "./auth-config/definition";
import { certMappingClaims } from "./cert-mapping/claims";
import { certMapping } from "./cert-mapping/definition";
import { groupMembershipClaims } from "./group-membership/claims";
import { groupMembership } from "./group-membership/definition";
import { lifecycleOf } from "./lifecycle";
import { tokenFilterPolicyClaims } from "./token-filter-policy/claims";
import { tokenFilterPolicy } from "./token-filter-policy/definition";
import { trustedHostsClaims } from "./trusted-hosts/claims";
import { trustedHosts } from "./trusted-hosts/definition";

/** The operations of every resource, by the name in its type token. */
export const LIFECYCLES = {
  AuthConfig: lifecycleOf(authConfig),
  CertMapping: lifecycleOf(certMapping),
  GroupMembership: lifecycleOf(groupMembership),
  TrustedHosts: lifecycleOf(trustedHosts),
  TokenFilterPolicy: lifecycleOf(tokenFilterPolicy),
} as const satisfies Record<ResourceType, unknown>;

/** How the resources of each type share a host within one run. */
export const CLAIM_RULES = {
  AuthConfig: authConfigClaims,
  CertMapping: certMappingClaims,
  GroupMembership: groupMembershipClaims,
  TrustedHosts: trustedHostsClaims,
  TokenFilterPolicy: tokenFilterPolicyClaims,
} as const satisfies Record<ResourceType, object>;
