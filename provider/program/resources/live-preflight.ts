import * as pulumi from "@pulumi/pulumi";
import { isRecord } from "../../contract/checks";
import type { ResourceShape } from "../../contract/resource-shape";
import type { PreviewRun } from "../preflight/preview-run";
import { isProgramOfCli } from "./installation";
import { hostSecrecy, knownValue, registeredArguments } from "./registered-arguments";
import { type Site, siteOf } from "./provider";
import { withoutStack } from "./stack-traces";

/** Hands resources to the live pre-flight: in previews of real runs only, beside the registration, adding nothing to it. */

const runs = new WeakMap<object, PreviewRun>();

/** Under mocks and without an engine there is no gRPC monitor, and then there is no pre-flight. */
function currentMonitor(): object | undefined {
  const monitor: unknown = pulumi.runtime.getMonitor();
  return isRecord(monitor) && typeof monitor["getChannel"] === "function" ? monitor : undefined;
}

/** Called at the end of a resource's constructor; the connection is as the program gave it. */
export function startPreflight(
  resource: pulumi.CustomResource,
  name: string,
  { type, arguments: checks }: ResourceShape,
  connection: unknown,
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
  // What this waits for is over once the registration is; until then the run must not end.
  const release = pulumi.runtime.rpcKeepAlive();
  void import("../preflight/collector.js")
    .then(async ({ collectorOf }) => {
      const arrived = collectorOf(run).expect();
      const [registered, config, hostIsSecret] = await Promise.all([
        registeredArguments(resource, Object.keys(checks)),
        knownValue(site?.config ?? {}),
        hostSecrecy(connection),
      ]);
      if (registered === undefined || config === undefined) {
        arrived();
        return;
      }
      const secrets = hostIsSecret ? ["connection", ...registered.secrets] : registered.secrets;
      const candidate = { resource, name, type, ...registered, secrets };
      if (site === undefined) {
        arrived(candidate);
        return;
      }
      const env = mappedEnvironment(site.envVarMappings);
      arrived({ ...candidate, site: { owner: site, config: config as Record<string, unknown>, env } });
    })
    .catch(() => undefined)
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

/**
 * Several inline programs of the Automation API run in this process. Each of them takes a rejection that nobody handles for
 * its own, whoever caused it; an error in its log fails a program too, and only that one. Under the CLI it would not.
 */
function sharesProcess(): boolean {
  const servesPrograms = () =>
    Object.keys(require.cache).some((path) => /[\\/]pulumi[\\/]automation[\\/]server\.js$/.test(path));
  return !isProgramOfCli() && process.listenerCount("unhandledRejection") > 1 && servesPrograms();
}

/** The parts of Pulumi that the pre-flight uses; the folder itself knows nothing of Pulumi. */
function previewRun(): PreviewRun {
  const config = new pulumi.Config("winrm");
  const say = (level: "error" | "warn" | "info") => (text: string, resource?: object) => {
    void pulumi.log[level](text, resource instanceof pulumi.CustomResource ? resource : undefined);
  };
  return {
    config: (key) => config.get(key.replace(/^winrm:/, "")),
    configKeys: () => Object.keys(pulumi.runtime.allConfig()),
    env: process.env,
    identity: () => ({ project: pulumi.getProject(), stack: pulumi.getStack() }),
    error: say("error"),
    warn: say("warn"),
    note: say("info"),
    keepAlive: () => pulumi.runtime.rpcKeepAlive(),
    fail: (text) => {
      if (sharesProcess()) {
        void pulumi.log.error(text);
        return;
      }
      // Deliberately not handled: it ends the preview, with exit code 1, also in inline programs.
      void Promise.reject(withoutStack(new pulumi.RunError(text)));
    },
  };
}
