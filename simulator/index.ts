/** The simulated Windows host: a model of the WinRM service on loopback, to test programs against. */

export { type AccountOptions } from "./windows/accounts";
export { type KerberosOptions } from "./auth/kerberos-mechanism";
export {
  type CertMapping,
  type CertMappingChange,
  type CertMappingKey,
  type CertMappingOptions,
} from "./windows/cert-mappings";
export { type CertificatePair } from "./windows/certificate";
export { type ControlEndpoint, openControl } from "./control/control";
export { type Language } from "./wsman/fault-table";
export {
  type HostAccounts,
  type HostConfig,
  type HostPolicy,
  type HttpEndpoint,
  type HttpsEndpoint,
  SimulatedHost,
} from "./host";
export { type GroupView, HostGroups } from "./edits/groups";
export { type LockoutOptions } from "./windows/lockout";
export { Journal, type JournalEntry } from "./journal";
export {
  type InjectedFault as Misbehaviour,
  type MisbehaviourAction,
  type MisbehaviourMoment,
  type MisbehaviourRule,
} from "./fault-injection";
export { type HostShells, type ShellCommandRecord, type ShellOutputOptions } from "./windows/shells";
export {
  type NamedRegistryValue,
  Registry,
  type RegistryContent,
  type RegistryData,
  type RegistryValue,
  SYSTEM_POLICIES_KEY,
} from "./windows/registry";
export { type HostOptions, type ListenerOptions, type TlsListenerOptions } from "./options";
export type { BrokenProgram, BrokenPrograms } from "./windows/broken-programs";
export { type Listener, Listeners } from "./windows/listeners";
export { type LogonRight, type LogonRightOptions, LogonRights } from "./windows/logon-rights";
export { type DomainOptions, type DomainUserOptions } from "./windows/sam/domain";
export { type HostClock, ManualClock } from "./clock";
export { type SchedulerOptions, type TaskRun, type TaskScheduler } from "./windows/scheduler/scheduler";
export { type ServiceOptions, type ServiceState, type WinrmService } from "./windows/winrm-service";
