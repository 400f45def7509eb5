/** A Pulumi project in a temporary folder that uses this checkout, offline and without leaving anything behind. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { offlineVariables } from "./offline-environment.js";
import { findPulumiCli, withPulumiOnPath } from "../tools/pulumi-cli/find";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { type RunOptions, type RunResult, runCommand } from "../tools/pulumi-cli/run-command";

/** A project with one stack, `dev`, on a file backend of its own. */
export interface LocalProject {
  readonly directory: string;
  /** Writes files of the project. */
  write(files: Readonly<Record<string, string>>): void;
  /** Runs `pulumi ARGS` and waits for its end. */
  pulumi(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Removes the folder. */
  remove(): void;
}

/** What a project is made of. */
export interface LocalProjectOptions {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Further environment variables of every command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Lines about the CLI that is used. */
  readonly log: (line: string) => void;
}

/** Makes the project and its stack. */
export async function localProject(options: LocalProjectOptions): Promise<LocalProject> {
  const cli = await findPulumiCli({ log: options.log });
  const root = mkdtempSync(join(tmpdir(), `${options.name}-`));
  const directory = join(root, "project");
  mkdirSync(directory);
  linkModules(join(directory, "node_modules"));
  const env = {
    ...withPulumiOnPath(cli, process.env),
    ...offlineVariables(root, options.name),
    ...options.env,
  };
  const project: LocalProject = {
    directory,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    },
    pulumi: (args, run = {}) => runCommand(cli.command, args, { cwd: directory, ...run, env: { ...env, ...run.env } }),
    remove: () => {
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  project.write({
    "Pulumi.yaml": `name: ${options.name}\nruntime: nodejs\n`,
    "package.json": JSON.stringify({ name: options.name, private: true, main: "index.js" }),
    ...options.files,
  });
  const made = await project.pulumi(["stack", "init", "dev", "--non-interactive"]);
  if (made.code !== 0) {
    project.remove();
    throw new Error(`pulumi stack init failed:\n${made.stderr}`);
  }
  return project;
}

/** The package as its tarball holds it, beside links to the checkout's installed packages. */
function linkModules(modules: string): void {
  const installed = join(projectRoot, "node_modules");
  mkdirSync(modules);
  for (const entry of readdirSync(installed)) {
    if (entry !== "pulumi-winrm" && !entry.startsWith(".")) {
      symlinkSync(join(installed, entry), join(modules, entry), process.platform === "win32" ? "junction" : undefined);
    }
  }
  for (const part of ["package.json", "dist/provider", "dist/simulator"]) {
    const target = join(modules, "pulumi-winrm", part);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(projectRoot, part), target, { recursive: true });
  }
}
