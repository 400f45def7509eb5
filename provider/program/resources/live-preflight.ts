import * as pulumi from "@pulumi/pulumi";
import type { Candidate } from "../preflight/collector";
import type { PreviewRun } from "../preflight/preview-run";
import { plainCopy } from "./plain-values";
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
  const submit = ({ args: inputs, config = {} }: Known) => {
    const surroundings = site === undefined ? {} : { site: { config, env: mappedEnvironment(site.envVarMappings) } };
    enqueue(run, { resource, type, inputs, ...surroundings });
  };
  const given = { args, config: site?.config };
  const plain = plainCopy(given);
  // Values that are there need no output around them, which is slow; the callback runs for known values only.
  if (plain === undefined) pulumi.output(given).apply(submit);
  else submit(plain as Known);
}

/** What of a resource and its site the pre-flight gets to know. */
interface Known {
  readonly args: object;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

const waiting = new WeakMap<PreviewRun, Candidate[]>();

/** Gives resources to the collector, which is loaded for the first; the run is kept alive until it has them. */
function enqueue(run: PreviewRun, candidate: Candidate): void {
  const known = waiting.get(run);
  if (known !== undefined) {
    known.push(candidate);
    return;
  }
  const batch = [candidate];
  waiting.set(run, batch);
  const release = pulumi.runtime.rpcKeepAlive();
  void import("../preflight/collector.js")
    .then(({ collectorOf }) => {
      waiting.delete(run);
      for (const each of batch) collectorOf(run).add(each);
    })
    .finally(release);
}

/** The environment as the process of a provider sees it: a mapped variable counts if it is set. */
function mappedEnvironment(mappings: Site["envVarMappings"]): NodeJS.ProcessEnv {
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
