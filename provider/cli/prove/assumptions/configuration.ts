import { MODEL, SETTINGS, UNSEEN, listed } from "./assumption";

/** The configuration. */
export const CONFIGURATION = listed(MODEL, {
  "put-partial": {
    says: "a Put of single settings is taken by `client` and `service`, too (`configPuts`)",
    features: SETTINGS,
  },
  "put-whole": {
    says: "a whole Put may hold leaves that policy owns, or that cannot be written, with the value they have",
    features: SETTINGS,
  },
  "put-empty": "a Put without leaves is accepted and changes nothing, on every container that has Put",
  "put-wrong":
    "unknown leaves, repeated leaves and a wrong root are `SchemaValidationError`; a wrong boolean is 2150858838; `1` and `0` are booleans; choices are taken in any case",
  "put-namespace": "a wrong namespace is 2150858840",
  "trusted-hosts-list": {
    says: "in TrustedHosts, blanks around an entry are kept; `*` beside other entries is refused, as are empty entries and IPv6 addresses without brackets",
    features: ["TrustedHosts"],
  },
  "root-sddl": { says: "RootSDDL is checked in outline only", unseen: UNSEEN.madeUp },
  "policy-fault": {
    says: "the fault for a leaf that policy owns is `Receiver` / `w:InternalError`, with the same code outside and inside (`policyFault`)",
    features: SETTINGS,
  },
  "public-network": {
    says: "a remote Put of `AllowUnencrypted` meets the Public profile as a local one does, whatever its value (`publicNetwork`)",
    features: ["AuthConfig"],
  },
  "upper-limits": {
    says: "upper limits (`MaxConnections`: 512 on Windows Server 2012 and newer) are not enforced",
    unseen: UNSEEN.madeUp,
  },
});

/** Certificate mappings. */
export const MAPPINGS = listed(["CertMapping"], {
  "mapping-key": "a request for a mapping that leaves out a part of its key is 2150858842",
  "mapping-checks": {
    says: "a mapping is checked in a fixed order: URI, subject, issuer, name with password, logon, duplicate, number of mappings (1,000). A duplicate is 2150858803. The codes come from the config provider, wrapped twice",
    unseen: UNSEEN.certificate,
  },
  "mapping-put": {
    says: "a Put of a mapping may hold only some leaves; another name with an empty password is 2150859115, a name alone 2150859116",
    unseen: UNSEEN.certificate,
  },
  "mapping-choice": {
    says: "a disabled mapping that matches best hides the others. A request without a resource URI (Identify, an empty body) is mapped only by URIs that match everything",
    unseen: UNSEEN.certificate,
  },
  "certificate-purpose": {
    says: "a certificate without an extended key usage is for any purpose, as RFC 5280 §4.2.1.12 has it. Revocation counts as it does for event forwarding, and `TrustedPeople` is not needed",
    unseen: UNSEEN.certificate,
  },
  "certificate-stores": {
    says: "the host does not tell the stores Root and CA apart; a self-signed certificate of a client may be its own issuer",
    unseen: UNSEEN.certificate,
  },
});
