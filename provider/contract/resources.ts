import { AUTH_CONFIG } from "./auth-config";
import { CERT_MAPPING } from "./cert-mapping";
import { GROUP_MEMBERSHIP } from "./group-membership";
import type { ResourceShape, ResourceType } from "./resource-shape";
import { TOKEN_FILTER_POLICY } from "./token-filter-policy";
import { TRUSTED_HOSTS } from "./trusted-hosts";

/** Every resource by the name in its type token. */
export const RESOURCES = {
  AuthConfig: AUTH_CONFIG,
  CertMapping: CERT_MAPPING,
  GroupMembership: GROUP_MEMBERSHIP,
  TrustedHosts: TRUSTED_HOSTS,
  TokenFilterPolicy: TOKEN_FILTER_POLICY,
} as const satisfies Record<ResourceType, ResourceShape>;
