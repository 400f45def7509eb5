/** Where things are: this checkout, the user's cache, programs on PATH. */
import { constants, accessSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

/** The checkout's top folder; compiled scripts lie in `dist/tools/pulumi-cli`. */
export const projectRoot = resolve(__dirname, "..", "..", "..");

/** Environment variables as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The user's cache folder: `XDG_CACHE_HOME`, `~/.cache`, `~/Library/Caches` or `%LOCALAPPDATA%`. */
export function userCacheDirectory(environment: Environment): string {
  if (environment["XDG_CACHE_HOME"]) return environment["XDG_CACHE_HOME"];
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}

/** The folder that holds one release of the CLI: `bin/pulumi` and, if it was installed, its language hosts. */
export function cachedCliRoot(version: string, environment: Environment): string {
  return join(userCacheDirectory(environment), "pulumi-winrm", "pulumi-cli", version);
}

/** The folder of the `@pulumi/pulumi` package that this checkout installed. */
export function sdkDirectory(): string {
  return dirname(createRequire(join(projectRoot, "package.json")).resolve("@pulumi/pulumi/package.json"));
}

/** The file of a program in a folder, if it is there and can be run; on Windows with `.exe` or `.cmd`. */
export function programIn(directory: string, name: string): string | undefined {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  return endings.map((ending) => join(directory, name + ending)).find(isExecutable);
}

/** The first program of that name on PATH, as an absolute path. */
export function programOnPath(name: string, environment: Environment): string | undefined {
  for (const directory of (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter)) {
    const found = directory === "" ? undefined : programIn(resolve(directory), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The Node language host that a `pulumi` would use: beside the program (links resolved, as it does itself) or on PATH. */
export function languageHostFor(command: string, environment: Environment): string | undefined {
  const name = "pulumi-language-nodejs";
  return programIn(dirname(realpathSync(command)), name) ?? programOnPath(name, environment);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
