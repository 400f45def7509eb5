/** What stands on assumptions, and why some of them cannot be checked. */

/** What stands on an assumption, and the page that describes it; the model is the simulated host and nothing else. */
export const FEATURES = {
  "commit-confirm": "docs/commit-confirm.md",
  AuthConfig: "docs/auth-config.md",
  TrustedHosts: "docs/trusted-hosts.md",
  CertMapping: "docs/cert-mapping.md",
  TokenFilterPolicy: "docs/token-filter-policy.md",
  GroupMembership: "docs/group-membership.md",
  connections: "docs/connection.md",
  doctor: "docs/doctor.md",
} as const;

/** A part of this package. */
export type Feature = keyof typeof FEATURES;

/** One assumption. */
export interface Assumption {
  readonly says: string;
  /** What stands on it; empty: the simulated host only. */
  readonly features: readonly Feature[];
  /** Why `prove` has no row for it; absent: it has one of this name. */
  readonly unseen?: string;
}

/** An assumption in a list: its text, or also what is otherwise than with the others. */
type Listed = string | (Partial<Assumption> & Pick<Assumption, "says">);

/** A list of assumptions. @param features what stands on each that does not say otherwise. */
export function listed<Name extends string>(
  features: readonly Feature[],
  list: Readonly<Record<Name, Listed>>,
): Record<Name, Assumption> {
  const assumptions = Object.entries<Listed>(list).map(([name, one]) => {
    return [name, { features, ...(typeof one === "string" ? { says: one } : one) }] as const;
  });
  return Object.fromEntries(assumptions) as Record<Name, Assumption>;
}

/** The simulated host and nothing else. */
export const MODEL: readonly Feature[] = [];
/** Changes that undo themselves. */
export const CONFIRM: readonly Feature[] = ["commit-confirm"];
/** The two resources of the configuration. */
export const SETTINGS: readonly Feature[] = ["AuthConfig", "TrustedHosts"];

/** Why there is no row. */
export const UNSEEN = {
  secondAccount: "needs an account beside the one of the connection",
  certificate: "needs an authority of client certificates and a mapped account",
  domain: "needs a domain",
  neverSent: "this package never sends it",
  madeUp: "is about the model, not about Windows",
} as const;
