import * as pulumi from "@pulumi/pulumi";
import type { PreviewRun } from "../preflight/preview-run";
import { type Site, siteOf } from "./provider";
import type { ConnectedArgs, ResourceDescription } from "./winrm-resource";

/** Hands resources to the live pre-flight: in previews of real runs only, beside the registration, adding nothing to it. */

const runs = new WeakMap<object, PreviewRun>();

/** Under mocks and without an engine there is no gRPC monitor, and then there is no pre-flight. */
function currentMonitor(): object | undefined {
  const monitor: unknown = pulumi.runtime.getMonitor();
  const real =
    typeof monitor === "object" &&
    monitor !== null &&
    "getChannel" in monitor &&
    typeof monitor.getChannel === "function";
  return real ? monitor : undefined;
}

/** Called at the end of a resource's constructor. Arguments that are not known yet are not looked at. */
export function startPreflight(
  resource: pulumi.CustomResource,
  type: ResourceDescription["type"],
  args: ConnectedArgs,
): void {
  if (!pulumi.runtime.isDryRun()) return;
  const monitor = currentMonitor();
  if (monitor === undefined) return;
  const run = runs.get(monitor) ?? previewRun();
  runs.set(monitor, run);
  const site = siteOf(resource);
  if (site === "foreign") {
    void pulumi.log.info("pre-flight: not checked, because its provider is not the Provider of pulumi-winrm", resource);
    return;
  }
  // The callback runs for known values only, so the run is kept alive inside it; its result is not used.
  pulumi.output({ args, config: site?.config }).apply(({ args: known, config }) => {
    const release = pulumi.runtime.rpcKeepAlive();
    void import("../preflight/collector.js")
      .then(({ collectorOf }) => {
        const surroundings = site && { config: config ?? {}, env: mapped(site.envVarMappings) };
        collectorOf(run).add({ resource, type, inputs: known, ...(surroundings && { site: surroundings }) });
      })
      .finally(release);
  });
}

/** The environment as the process of a provider sees it: a mapped variable counts if it is set. */
function mapped(mappings: Site["envVarMappings"]): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const [source, target] of Object.entries(mappings)) {
    const value = process.env[source];
    if (value !== undefined) env[target] = value;
  }
  return env;
}

/** The parts of Pulumi that the pre-flight uses; the folder itself knows nothing of Pulumi. */
function previewRun(): PreviewRun {
  const config = new pulumi.Config("winrm");
  const under = (resource: object | undefined) => (resource instanceof pulumi.CustomResource ? resource : undefined);
  return {
    config: (key) => config.get(key.replace(/^winrm:/, "")),
    env: process.env,
    error: (text, resource) => {
      void pulumi.log.error(text, under(resource));
    },
    warn: (text, resource) => {
      void pulumi.log.warn(text, under(resource));
    },
    note: (text, resource) => {
      void pulumi.log.info(text, under(resource));
    },
    keepAlive: () => pulumi.runtime.rpcKeepAlive(),
    fail: (text) => {
      const error = new pulumi.RunError(text);
      // Otherwise the SDK prints a stack trace of this file.
      error.stack = error.message;
      // Deliberately not handled: it ends the preview, with exit code 1, also in inline programs.
      void Promise.reject(error);
    },
  };
}
