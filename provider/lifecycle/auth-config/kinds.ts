import type { AuthConfigInputs, AuthConfigOutputs } from "../../contract/auth-config";
import type { WinrmConfig } from "../../host/config";
import type { ConfigAccess } from "../safety/hazards/auth";
import type { AuthRecord } from "./record";

/** The configuration of a host, and how the run gets in, where a change of it may end that. */
export type ObservedAuth = WinrmConfig & {
  /** Looked up before a change only. */
  readonly access?: ConfigAccess;
};

/** The types of `AuthConfig`. */
export interface AuthConfigKinds {
  readonly Inputs: AuthConfigInputs;
  readonly State: AuthConfigOutputs;
  readonly Observed: ObservedAuth;
  readonly Record: AuthRecord;
  readonly Prepared: undefined;
}
