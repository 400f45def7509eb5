/** A Pulumi project in a temporary folder, with the packed tarball installed in it. */
import { linkSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { installedModules, projectManifest } from "../../support/projects/packed-project.js";
import { runDirectory } from "../../support/run-directory.js";

/** File names (with `/`) and their text. */
export type Files = Readonly<Record<string, string>>;

/** What the project holds. */
export interface ProjectOptions {
  /** The program. `Pulumi.yaml` and `package.json` are made unless they are among the files. */
  readonly program: Files;
  /** Further packages below `node_modules`, by name; each needs its own `package.json`. */
  readonly packages?: Readonly<Record<string, Files>> | undefined;
  /** The project's name. Default `proj`. */
  readonly projectName?: string | undefined;
  /** `main` of Pulumi.yaml. Default: none. */
  readonly main?: string | undefined;
  /** `runtime.options` of Pulumi.yaml. Default: `{typescript: false}` for an `index.js`, else none. */
  readonly runtimeOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Whether the program is an ES module (`"type": "module"`). Default false. */
  readonly esm?: boolean | undefined;
  /**
   * Fills `node_modules` of the project's folder, where `package.json` is. Default: the packed tarball and the SDK of
   * our devDependencies, which all fixtures of a run share.
   */
  readonly install?: ((directory: string) => Promise<void>) | undefined;
}

const COMMON_JS = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
/** The runtime of a program that is JavaScript. */
const UNCOMPILED = JSON.stringify({ name: "nodejs", options: { typescript: false } });

/** Makes a new temporary folder inside the run's folder. */
export function temporaryFolder(prefix: string): string {
  return mkdtempSync(join(runDirectory(), prefix));
}

/** Writes the project into `directory`. */
export async function writeProject(directory: string, options: ProjectOptions): Promise<void> {
  const { projectName = "proj", main, runtimeOptions, esm = false } = options;
  // A program that needs no compiler loads none: it would be a fifth of each command's work.
  const withDefault = runtimeOptions ?? ("index.js" in options.program ? { typescript: false } : undefined);
  const runtime = withDefault === undefined ? "nodejs" : { name: "nodejs", options: withDefault };
  const settings = { name: projectName, runtime, ...(main === undefined ? {} : { main }) };
  const manifest = { name: "program", private: true, type: esm ? "module" : "commonjs" };
  // JSON is YAML.
  writeFiles(directory, {
    "Pulumi.yaml": JSON.stringify(settings),
    "package.json": JSON.stringify(manifest),
    ...options.program,
  });
  const modules = join(directory, "node_modules");
  await (options.install === undefined ? fillModules(modules) : options.install(directory));
  for (const [name, files] of Object.entries(options.packages ?? {})) writeFiles(join(modules, name), files);
}

/** A TypeScript project as it is once compiled: each run of the program then loads no compiler, a fifth of its work. */
export function compiled(files: Files): Files {
  const changed = Object.entries(files).map(([name, text]) => {
    if (name === "index.ts") return ["index.js", ts.transpileModule(text, { compilerOptions: COMMON_JS }).outputText];
    if (name === "package.json") return [name, text.replace('"main": "index.ts"', '"main": "index.js"')];
    if (name === "Pulumi.yaml") return [name, text.replace("runtime: nodejs", `runtime: ${UNCOMPILED}`)];
    return [name, text];
  });
  return Object.fromEntries(changed) as Files;
}

/** Writes files below a folder. */
export function writeFiles(directory: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Fills a `node_modules` as npm would. This package's folders are made anew, so that it lies in the project for real; its files are linked, to be quick. */
export async function fillModules(modules: string): Promise<void> {
  const installed = await installedModules();
  const { name: ours } = projectManifest();
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name.startsWith(".")) continue;
    if (name === ours) linkFiles(join(installed, name), join(modules, name));
    else symlinkSync(join(installed, name), join(modules, name), "junction");
  }
}

function linkFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFiles(source, target);
    else linkSync(source, target);
  }
}
