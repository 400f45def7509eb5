/** The commands of `pulumi-winrm`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { type ErrorCode, isWinrmError, messageOf } from "../errors";
import { addComment } from "./comment/command";
import { addDoctor } from "./doctor/command";
import { addProve } from "./prove/command";
import { type Surroundings, among, surroundings } from "./shared/surroundings";
import { addSimulate } from "./simulate/command";

const FAILED = 1;
const WRONG_USAGE = 2;
/** What is said of arguments before anything is sent. */
const USAGE_CODES: readonly ErrorCode[] = [
  "WINRM_E_ARGUMENT",
  "WINRM_E_SECRET_REFERENCE",
  "WINRM_E_CREDENTIALS_REQUIRED",
  "WINRM_E_NOT_TRUSTED",
  "WINRM_E_UNENCRYPTED_REFUSED",
];

/**
 * Runs one command.
 * @param argv as `process.argv`: what is typed begins at the third.
 * @param around its variables and streams; default: the process's own.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage.
 */
export function runCommandLine(argv: readonly string[], around: Surroundings = surroundings()): Promise<number> {
  return among(around, () => run(argv, around));
}

async function run(argv: readonly string[], { out, err }: Surroundings): Promise<number> {
  const version = packageVersion();
  const program = new Command("pulumi-winrm")
    .description("Work with Windows hosts whose WinRM is declared with Pulumi.")
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for usage)")
    // A mistyped option may carry a secret: --passwort=…
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) => {
        write(text.replace(/'(--?[\w-]+)=[^']*'/gs, "'$1'"));
      },
    })
    .exitOverride();
  let exitCode = 0;
  const exitWith = (code: number) => {
    exitCode = code;
  };
  addDoctor(program, exitWith);
  addComment(program, version);
  addProve(program, version, exitWith);
  addSimulate(program);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    err(`error: ${messageOf(error)}\n`);
    return isWinrmError(error) && USAGE_CODES.includes(error.code) ? WRONG_USAGE : FAILED;
  }
}

/** The version of this package; the compiled file lies three folders below its `package.json`. */
function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string };
  return manifest.version;
}
