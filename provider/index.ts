/**
 * `pulumi-winrm`: who may log in to a Windows host through WinRM, and how.
 */
export { AuthConfig, type AuthConfigArgs } from "./program/resources/auth-config";
export { CertMapping, type CertMappingArgs, type CertMappingGetArgs } from "./program/resources/cert-mapping";
export { GroupMembership, type GroupMembershipArgs } from "./program/resources/group-membership";
export { TokenFilterPolicy, type TokenFilterPolicyArgs } from "./program/resources/token-filter-policy";
export { TrustedHosts, type TrustedHostsArgs } from "./program/resources/trusted-hosts";
export { Provider, type ProviderArgs, type ProviderOptions } from "./program/resources/provider";
export { changeWindow, type ChangeWindow, type Day } from "./program/hooks/change-window";
export { confirmLogon } from "./program/hooks/confirm-logon";
export type { HookBindings } from "./program/hooks/hook";
export type { Inputs, InputOf } from "./program/resources/inputs";
export type { WinrmResource } from "./program/resources/winrm-resource";
export type { Auth, Connection, SecretReference, SecretValue, Timeouts, Tls } from "./contract/connection";
export type { AuthSettings, CbtHardeningLevel, ClientAuth, ServiceAuth } from "./lifecycle/winrm-config/leaves";
export type { AuthConfigInputs, AuthConfigOutputs } from "./lifecycle/auth-config/definition";
export type { CertMappingInputs } from "./lifecycle/cert-mapping/arguments";
export type { CertMappingOutputs } from "./lifecycle/cert-mapping/definition";
export type { GroupMembershipInputs, GroupMembershipOutputs } from "./lifecycle/group-membership/state";
export type { MembershipMode } from "./lifecycle/group-membership/delta";
export type { TokenFilterPolicyInputs, TokenFilterPolicyOutputs } from "./lifecycle/token-filter-policy/definition";
export type { PolicyValue } from "./lifecycle/token-filter-policy/policy";
export type { ProviderSettings } from "./contract/provider-settings";
export type { TrustedHostsInputs, TrustedHostsOutputs } from "./lifecycle/trusted-hosts/definition";
export type { TrustedHostsMode } from "./lifecycle/trusted-hosts/plan";
export { ERROR_CODES, WinrmError, isWinrmError, type ErrorCode, type ErrorContext } from "./errors";
