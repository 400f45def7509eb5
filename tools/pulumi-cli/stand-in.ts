/**
 * Gives a `pulumi` that has no Node language host one: a folder of this checkout with the program itself, the
 * stand-in host (language-host.ts) and the SDK's dynamic provider script side by side.
 *
 * They must lie side by side: Pulumi prints a warning on every run for a plugin that it finds on PATH only.
 * The folder belongs to the checkout, not to the cache, because the host is this checkout's compiled code.
 */
import {
  copyFileSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { projectRoot, sdkDirectory } from "./locations";

const LANGUAGE_HOST = "pulumi-language-nodejs";
const DYNAMIC_PROVIDER = "pulumi-resource-pulumi-nodejs";

/** The folder whose `bin` is filled: `dist/pulumi-cli`. */
export const standInRoot = join(projectRoot, "dist", "pulumi-cli");

/** Whether a language host is the stand-in of this checkout, found again because its folder is on PATH. */
export function isStandIn(languageHost: string): boolean {
  return dirname(languageHost) === join(standInRoot, "bin");
}

/** Fills the folder, unless it is up to date, and returns the path of the `pulumi` in it. */
export function placeStandIn(binary: string): string {
  const directory = join(standInRoot, "bin");
  mkdirSync(directory, { recursive: true });
  const placed = join(directory, process.platform === "win32" ? "pulumi.exe" : basename(binary));
  placeBinary(binary, placed);
  const ending = process.platform === "win32" ? ".cmd" : "";
  placeText(join(directory, LANGUAGE_HOST + ending), launcher(join(__dirname, "language-host.js")));
  const script = readFileSync(join(sdkDirectory(), DYNAMIC_PROVIDER + ending), "utf8");
  placeText(join(directory, DYNAMIC_PROVIDER + ending), script);
  return placed;
}

/** A hard link, so that 115 MB are not copied; a copy where the cache is on another disk. */
function placeBinary(binary: string, placed: string): void {
  if (isSameFile(binary, placed)) return;
  const partial = `${placed}.partial-${process.pid}`;
  try {
    linkSync(binary, partial);
  } catch {
    copyFileSync(binary, partial, constants.COPYFILE_FICLONE);
  }
  renameSync(partial, placed);
}

function isSameFile(first: string, second: string): boolean {
  const a = statSync(first);
  const b = statSync(second, { throwIfNoEntry: false });
  if (b === undefined) return false;
  return (a.ino === b.ino && a.dev === b.dev) || (a.dev !== b.dev && a.size === b.size && a.mtimeMs <= b.mtimeMs);
}

function placeText(path: string, text: string): void {
  const exists = statSync(path, { throwIfNoEntry: false });
  if (exists !== undefined && readFileSync(path, "utf8") === text) return;
  const partial = `${path}.partial-${process.pid}`;
  writeFileSync(partial, text, { mode: 0o755 });
  renameSync(partial, path);
}

function launcher(script: string): string {
  if (process.platform === "win32") return `@echo off\r\n@node "${script}" %*\r\n`;
  const quoted = script.replaceAll("'", `'\\''`);
  return `#!/bin/sh\n# Starts the stand-in for Pulumi's Node language host; see tools/pulumi-cli/stand-in.ts.\nexec node '${quoted}' "$@"\n`;
}
