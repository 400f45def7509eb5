/** What makes the Pulumi CLI work without network and account: a home and a file backend of its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Variables for the CLI; its home and its backend are made below `directory`. */
export function offlineVariables(directory: string, passphrase: string): Readonly<Record<string, string>> {
  const home = join(directory, "home");
  const backend = join(directory, "backend");
  for (const folder of [home, backend]) mkdirSync(folder, { recursive: true });
  return {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_SUPPRESS_NEO_LINK: "true",
  };
}
