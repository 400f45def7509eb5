import type { ResourceType } from "../contract/resource-shape";
import { authConfig } from "./auth-config/definition";
import { certMapping } from "./cert-mapping/definition";
import { groupMembership } from "./group-membership/definition";
import { lifecycleOf } from "./lifecycle";
import { tokenFilterPolicy } from "./token-filter-policy/definition";
import { trustedHosts } from "./trusted-hosts/definition";

/** The operations of every resource, by the name in its type token. */
export const LIFECYCLES = {
  AuthConfig: lifecycleOf(authConfig),
  CertMapping: lifecycleOf(certMapping),
  GroupMembership: lifecycleOf(groupMembership),
  TrustedHosts: lifecycleOf(trustedHosts),
  TokenFilterPolicy: lifecycleOf(tokenFilterPolicy),
} as const satisfies Record<ResourceType, unknown>;
