/** Things that are made once per test run and shared by all its test files, which run in their own processes. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../tools/pulumi-cli/lock";
import { RUN_DIRECTORY_VARIABLE } from "../../scripts/test-run.js";

let own: string | undefined;

/** The run's temporary folder. A test file that is started by hand gets one of its own, removed at its end. */
export function runDirectory(): string {
  const given = process.env[RUN_DIRECTORY_VARIABLE];
  if (given !== undefined) return given;
  if (own === undefined) {
    const made = mkdtempSync(join(tmpdir(), "pulumi-winrm-tests-"));
    process.once("exit", () => {
      rmSync(made, { recursive: true, force: true });
    });
    own = made;
  }
  return own;
}

/**
 * The folder `name` of the run's folder, filled by the first who asks; the others wait for it.
 * If filling fails, the folder is not kept and the next one tries again.
 */
export async function oncePerRun(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(runDirectory(), name);
  if (existsSync(directory)) return directory;
  return withLock(`${directory}.lock`, async () => {
    if (existsSync(directory)) return directory;
    const partial = `${directory}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await fill(partial);
    renameSync(partial, directory);
    return directory;
  });
}
