/**
 * Builds the npm package `kerberos` from its sources into `dist/npm-kerberos`, for its peer test. Nothing is downloaded but
 * the package: neither a build of it, nor Node's headers, which are those of the running Node.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../tools/pulumi-cli/locations";

const PACKAGE = "kerberos@7.0.0";
const folder = join(projectRoot, "dist", "npm-kerberos");
const prefix = process.env["npm_config_nodedir"] ?? dirname(dirname(process.execPath));

if (!existsSync(join(prefix, "include", "node", "node_api.h"))) {
  process.stderr.write(`No headers of Node in ${prefix}/include/node; set npm_config_nodedir to where they are.\n`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
const npm = process.env["npm_execpath"];
const [command, first] = npm === undefined ? (["npm", []] as const) : ([process.execPath, [npm]] as const);
const { status } = spawnSync(
  command,
  [...first, "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE],
  {
    cwd: folder,
    env: { ...process.env, npm_config_nodedir: prefix, npm_config_build_from_source: "true" },
    stdio: "inherit",
  },
);
if (status !== 0) process.stderr.write("It needs a C++ compiler, make, Python 3 and libkrb5-dev.\n");
process.exitCode = status ?? 1;
