import { authConfig } from "./auth-config";
import { groupMembership } from "./group-membership";
import { trustedHosts } from "./trusted-hosts";

/** The runtime half of every resource, by the name in its type token. */
export const LIFECYCLES = {
  AuthConfig: authConfig,
  GroupMembership: groupMembership,
  TrustedHosts: trustedHosts,
} as const;

/** A resource's name in its type token. */
export type ResourceType = keyof typeof LIFECYCLES;
