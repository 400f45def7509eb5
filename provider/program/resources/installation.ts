import { createRequire } from "node:module";
import { isAbsolute, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { WinrmError } from "../../errors";
import { withoutStack } from "./stack-traces";

/** What the constant text of every resource loads. */
const RUNTIME = "pulumi-winrm/runtime";

/** Whether this process is a program of the command line. */
export function isProgramOfCli(): boolean {
  return process.argv.some((argument) => /[\\/]pulumi[\\/]cmd[\\/]run(?:[\\/.]|$)/.test(argument));
}

let checked = false;

/**
 * The provider's process would say no more than that it cannot find a module, after a stack trace of the SDK. A program of the
 * Automation API may have another directory than the provider, and is not checked.
 * @throws WinrmError `WINRM_E_NOT_INSTALLED`.
 */
export function requireInstallation(): void {
  if (checked || !isProgramOfCli()) return;
  checked = true;
  const problem = notInstalledIn(process.cwd());
  if (problem !== undefined && !hasLeft(process.cwd())) throw problem;
}

/** The program may have changed its directory, which the provider's process does not see: then nothing is certain. */
function hasLeft(directory: string): boolean {
  const root = (pulumi as { getRootDirectory?: () => string }).getRootDirectory?.() ?? "";
  return root === "" || relative(root, directory).startsWith("..") || isAbsolute(relative(root, directory));
}

/** @returns why a provider process with this working directory cannot load this package; `undefined` if it can. */
export function notInstalledIn(directory: string): WinrmError | undefined {
  try {
    createRequire(join(directory, "program.js")).resolve(RUNTIME);
    return undefined;
  } catch {
    const summary = `Pulumi's provider process cannot load ${RUNTIME} from ${directory}`;
    const causes = [
      "a library or a bundle brings pulumi-winrm, and the project itself does not depend on it",
      "main of Pulumi.yaml names a folder outside of the project",
    ];
    const remedy = "run npm install pulumi-winrm in the project's folder, also where the program is bundled";
    return withoutStack(new WinrmError("WINRM_E_NOT_INSTALLED", summary, { causes, remedy }));
  }
}
