#!/usr/bin/env node
/** The command line: `pulumi-winrm`. Exit codes: 0 done, 1 failed, 2 wrong usage. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { type ErrorCode, isWinrmError, messageOf } from "../errors";
import { hasPendingNativeCalls, exitNow } from "../native-exit";
import { addComment } from "./comment/command";
import { addDoctor } from "./doctor/command";
import { addProve } from "./prove/command";
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

async function run(argv: readonly string[]): Promise<number> {
  const program = new Command("pulumi-winrm")
    .description("Work with Windows hosts whose WinRM is declared with Pulumi.")
    .version(packageVersion())
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for usage)")
    // A mistyped option may carry a secret: --passwort=…
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/'(--?[\w-]+)=[^']*'/gs, "'$1'"));
      },
    })
    .exitOverride();
  const outcome = { exitCode: 0 };
  addDoctor(program, () => {
    outcome.exitCode = FAILED;
  });
  addComment(program, packageVersion());
  addProve(program, () => {
    outcome.exitCode = FAILED;
  });
  addSimulate(program);
  try {
    await program.parseAsync(argv);
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return isWinrmError(error) && USAGE_CODES.includes(error.code) ? WRONG_USAGE : FAILED;
  }
}

/** The version of this package; the compiled file lies three folders below its `package.json`. */
function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string };
  return manifest.version;
}

void run(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
  // Once everything is written, a call that was given up keeps nobody waiting.
  if (hasPendingNativeCalls()) process.stdout.write("", () => process.stderr.write("", () => exitNow(exitCode)));
});
