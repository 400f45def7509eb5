/**
 * `npm run check`, after the build: lint, format, imports and dead exports one after the other, beside the tests of
 * the unit lane, so that no processor is idle. What a check complains of is printed after the tests.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../tools/pulumi-cli/locations";
import { runCommand } from "../tools/pulumi-cli/run-command";

const CHECKS = ["lint", "format:check", "imports", "dead"];

/** What each check that failed has printed. */
async function complaints(): Promise<string[]> {
  const failed: string[] = [];
  for (const name of CHECKS) {
    const npm = process.env["npm_execpath"] ?? "npm";
    const [command, args] = npm.endsWith("js") ? [process.execPath, [npm]] : [npm, []];
    const { code, stdout, stderr } = await runCommand(command, [...args, "run", "--silent", name], {
      cwd: projectRoot,
    });
    if (code !== 0) failed.push(`npm run ${name} failed:\n${stdout}${stderr}`);
  }
  return failed;
}

function unitTests(): Promise<number> {
  return new Promise((resolve, reject) => {
    const runner = join(projectRoot, "dist", "scripts", "run-tests.js");
    const child = spawn(process.execPath, [runner, "unit"], { cwd: projectRoot, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

async function main(): Promise<number> {
  const [failed, code] = await Promise.all([complaints(), unitTests()]);
  for (const text of failed) process.stdout.write(`\n${text}`);
  return failed.length > 0 ? 1 : code;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
