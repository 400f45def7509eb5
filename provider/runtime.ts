/**
 * The runtime half, as the provider text in every stack's state requires it: `require("pulumi-winrm/runtime").<Type>`.
 * This path, these names and their methods are frozen: states written by any release refer to them.
 */
import { dynamicProviderFor } from "./engine/dynamic-provider";
import { ProviderProcess } from "./engine/process";
import { LIFECYCLES } from "./lifecycle/registry";

const provider = new ProviderProcess();

/** Provider of `pulumi-nodejs:dynamic/winrm:AuthConfig`. */
export const AuthConfig = dynamicProviderFor(LIFECYCLES.AuthConfig, provider);

/** Provider of `pulumi-nodejs:dynamic/winrm:CertMapping`. */
export const CertMapping = dynamicProviderFor(LIFECYCLES.CertMapping, provider);

/** Provider of `pulumi-nodejs:dynamic/winrm:GroupMembership`. */
export const GroupMembership = dynamicProviderFor(LIFECYCLES.GroupMembership, provider);

/** Provider of `pulumi-nodejs:dynamic/winrm:TrustedHosts`. */
export const TrustedHosts = dynamicProviderFor(LIFECYCLES.TrustedHosts, provider);

/** Provider of `pulumi-nodejs:dynamic/winrm:TokenFilterPolicy`. */
export const TokenFilterPolicy = dynamicProviderFor(LIFECYCLES.TokenFilterPolicy, provider);
