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
export type { Auth, Connection, SecretReference, SecretValue, Timeouts, Tls } from "./contract/connection/connection";
export type { AuthSettings, CbtHardeningLevel, ClientAuth, ServiceAuth } from "./contract/auth-config";
export type { AuthConfigInputs, AuthConfigOutputs } from "./contract/auth-config";
export type { CertMappingInputs, CertMappingOutputs } from "./contract/cert-mapping";
export type { GroupMembershipInputs, GroupMembershipOutputs, MembershipMode } from "./contract/group-membership";
export type { PolicyValue, TokenFilterPolicyInputs, TokenFilterPolicyOutputs } from "./contract/token-filter-policy";
export type { ProviderSettings } from "./contract/connection/provider-settings";
export type { TrustedHostsInputs, TrustedHostsMode, TrustedHostsOutputs } from "./contract/trusted-hosts";
export { ERROR_CODES, WinrmError, isWinrmError, type ErrorCode, type ErrorContext } from "./errors";
