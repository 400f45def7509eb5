/** The process in which Pulumi's installer runs: `node install-child.js ROOT VERSION`. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { PulumiCommand, type PulumiCommandOptions } from "@pulumi/pulumi/automation";
import { sdkDirectory } from "./locations";

type Version = NonNullable<PulumiCommandOptions["version"]>;

async function main(): Promise<void> {
  const [root, version] = process.argv.slice(2);
  if (root === undefined || version === undefined) throw new Error("usage: install-child ROOT VERSION");
  // The installer wants a version object of the semver package that the SDK itself uses.
  const semver = createRequire(join(sdkDirectory(), "package.json"))("semver") as {
    SemVer: new (v: string) => Version;
  };
  await PulumiCommand.install({ root, version: new semver.SemVer(version) });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
