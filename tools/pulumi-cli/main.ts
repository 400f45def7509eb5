/**
 * `npm run pulumi-cli`: finds, installs or builds a Pulumi CLI and prints what it is.
 *
 *   npm run pulumi-cli [-- --json]              print which CLI is used
 *   npm run pulumi-cli -- exec -- preview ...   run it
 */
import { spawn } from "node:child_process";
import { findPulumiCli, withPulumiOnPath } from "./find";

async function main(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const json = args.includes("--json");
  if (verb !== undefined && verb !== "exec" && verb !== "--json") {
    process.stderr.write("usage: npm run pulumi-cli [-- --json | -- exec -- PULUMI-ARGUMENTS]\n");
    return 2;
  }
  const cli = await findPulumiCli({
    log: (line) => {
      // What is asked for goes to stdout, so that `--json` and the CLI's own output stay clean.
      (verb === undefined ? process.stdout : process.stderr).write(`${line}\n`);
    },
  });
  if (verb === "exec") {
    const passed = rest[0] === "--" ? rest.slice(1) : rest;
    return runInTerminal(cli.command, passed, withPulumiOnPath(cli, process.env));
  }
  if (json) process.stdout.write(`${JSON.stringify(cli, undefined, 2)}\n`);
  return 0;
}

async function runInTerminal(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    // Ctrl-C reaches the CLI through the terminal; this process waits for the CLI to finish in its own way.
    process.on("SIGINT", () => undefined);
    const child = spawn(command, args, { env, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
