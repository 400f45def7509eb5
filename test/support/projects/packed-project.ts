/** The project as its users get it: the tarball of `npm pack`, and a template project that has it installed. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type RunOptions, type RunResult, runCommand } from "../../../tools/pulumi-cli/run-command";
import { oncePerRun } from "../run-directory.js";

const INSTALL_LIMIT_MS = 5 * 60_000;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** This project's package.json. */
export function projectManifest(): Manifest {
  return JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as Manifest;
}

/** Packs `dist` once per run and returns the tarball's path. Throws with npm's message if that fails. */
export async function packedTarball(): Promise<string> {
  const directory = await oncePerRun("tarball", async (destination) => {
    await npm(["pack", "--ignore-scripts", "--pack-destination", destination], { cwd: projectRoot });
  });
  const [tarball] = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  return join(directory, tarball);
}

/**
 * Installs the tarball, `@pulumi/pulumi` and `typescript` (the versions of our devDependencies) once per run.
 * Returns the `node_modules` folder; `pulumi-winrm` in it is a real folder, unpacked from the tarball.
 */
export async function installedModules(): Promise<string> {
  const tarball = await packedTarball();
  const directory = await oncePerRun("template", async (template) => {
    const { name, devDependencies } = projectManifest();
    const dependencies = {
      [name]: `file:${tarball}`,
      "@pulumi/pulumi": devDependencies["@pulumi/pulumi"],
      typescript: devDependencies["typescript"],
    };
    writeFileSync(join(template, "package.json"), JSON.stringify({ name: "template", private: true, dependencies }));
    await npm(["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"], {
      cwd: template,
    });
  });
  const modules = join(directory, "node_modules");
  if (!existsSync(modules)) throw new Error("npm install made no node_modules");
  return modules;
}

/** Runs npm as a person in a terminal would, without the variables of an npm that runs this test. Throws if it fails. */
export async function npm(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfNpmRun(name)));
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = await runCommand(command, args, { timeoutMs: INSTALL_LIMIT_MS, env, ...options });
  if (result.code !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${result.stderr}`);
  return result;
}

/** What `npm run` sets for its scripts, except for settings that say where packages come from. */
function isOfNpmRun(name: string): boolean {
  return /^npm_(package|lifecycle|command|execpath|node_execpath)/i.test(name) || name === "INIT_CWD";
}
