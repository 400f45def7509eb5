import type { HostView } from "../../host/host-view";
import type { Purpose } from "../definition";
import { observeConfigAccess } from "../safety/hazards/auth";
import { afterWriting } from "../winrm-config/diff";
import { observeConfig } from "../winrm-config/writes";
import type { AuthConfigKinds, ObservedAuth } from "./kinds";
import { restorable, writable } from "./plan";

/** Reads the configuration; more only for a change that may lock somebody out. */
export async function observeAuth(view: HostView, purpose: Purpose<AuthConfigKinds>): Promise<ObservedAuth> {
  const config = await observeConfig(view);
  if (purpose.kind === "read") return config;
  const changes =
    purpose.kind === "apply" ? writable(purpose.inputs, config).changes : restorable(purpose.state, config).restored;
  const access = await observeConfigAccess(view, config, afterWriting(config, changes));
  // The map itself is shared by all who read this host.
  return Object.assign(new Map(config), { access });
}
