import { AUTH_CONFIG } from "../../provider/contract/auth-config";
import { CERT_MAPPING } from "../../provider/contract/cert-mapping";
import { GROUP_MEMBERSHIP } from "../../provider/contract/group-membership";
import type { ResourceShape, ResourceType } from "../../provider/contract/resource-shape";
import { TOKEN_FILTER_POLICY } from "../../provider/contract/token-filter-policy";
import { TRUSTED_HOSTS } from "../../provider/contract/trusted-hosts";

/** Every resource by the name in its type token. */
export const RESOURCES = {
  AuthConfig: AUTH_CONFIG,
  CertMapping: CERT_MAPPING,
  GroupMembership: GROUP_MEMBERSHIP,
  TrustedHosts: TRUSTED_HOSTS,
  TokenFilterPolicy: TOKEN_FILTER_POLICY,
} as const satisfies Record<ResourceType, ResourceShape>;
