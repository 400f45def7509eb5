/** The simulated Windows host: a model of the WinRM service on loopback, to test programs against. */

export { type AccountOptions } from "./accounts";
export { type KerberosOptions } from "./auth/kerberos-mechanism";
export {
  type CertMapping,
  type CertMappingChange,
  type CertMappingKey,
  type CertMappingOptions,
} from "./cert-mappings";
export { type CertificatePair } from "./certificate";
export { type ControlEndpoint, openControl } from "./control";
export { type Language } from "./faults";
export {
  type HostAccounts,
  type HostConfig,
  type HostPolicy,
  type HttpEndpoint,
  type HttpsEndpoint,
  SimulatedHost,
} from "./host";
export { type GroupView, HostGroups } from "./host-groups";
export { type LockoutOptions } from "./lockout";
export { Journal, type JournalEntry } from "./journal";
export {
  type Misbehaviour,
  type MisbehaviourAction,
  type MisbehaviourMoment,
  type MisbehaviourRule,
} from "./misbehave";
export { type HostShells, type ShellCommandRecord, type ShellOutputOptions } from "./shells";
export {
  type NamedRegistryValue,
  Registry,
  type RegistryContent,
  type RegistryData,
  type RegistryValue,
  SYSTEM_POLICIES_KEY,
} from "./registry";
export { type HostOptions, type ListenerOptions, type TlsListenerOptions } from "./options";
export { type DomainOptions } from "./sam/domain";
