/**
 * `pulumi-winrm`: who may log in to a Windows host through WinRM, and how.
 */
export { AuthConfig, type AuthConfigArgs } from "./resources/auth-config";
export { CertMapping, type CertMappingArgs, type CertMappingGetArgs } from "./resources/cert-mapping";
export { GroupMembership, type GroupMembershipArgs } from "./resources/group-membership";
export { TokenFilterPolicy, type TokenFilterPolicyArgs } from "./resources/token-filter-policy";
export { TrustedHosts, type TrustedHostsArgs } from "./resources/trusted-hosts";
export { Provider, type ProviderArgs, type ProviderOptions } from "./resources/provider";
export type { Inputs, InputOf } from "./resources/inputs";
export type { WinrmResource } from "./resources/winrm-resource";
export type { Auth, Connection, SecretReference, SecretValue, Timeouts, Tls } from "./lifecycle/connection";
export type { AuthSettings, CbtHardeningLevel, ClientAuth, ServiceAuth } from "./lifecycle/auth-leaves";
export type { AuthConfigInputs, AuthConfigOutputs } from "./lifecycle/auth-config";
export type { CertMappingInputs } from "./lifecycle/cert-mapping-arguments";
export type { CertMappingOutputs } from "./lifecycle/cert-mapping";
export type { GroupMembershipInputs, GroupMembershipOutputs } from "./lifecycle/group-membership-state";
export type { MembershipMode } from "./lifecycle/group-membership-plan";
export type { TokenFilterPolicyInputs, TokenFilterPolicyOutputs } from "./lifecycle/token-filter-policy";
export type { PolicyValue } from "./lifecycle/token-filter";
export type { ProviderSettings } from "./lifecycle/provider-settings";
export type { TrustedHostsInputs, TrustedHostsOutputs } from "./lifecycle/trusted-hosts";
export type { TrustedHostsMode } from "./lifecycle/trusted-hosts-plan";
export { ERROR_CODES, WinrmError, isWinrmError, type ErrorCode, type ErrorContext } from "./errors";
