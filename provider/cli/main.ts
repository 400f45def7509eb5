#!/usr/bin/env node
/** The program `pulumi-winrm`. Exit codes: 0 done, 1 failed, 2 wrong usage. */

import { hasPendingNativeCalls, exitNow } from "../native-exit";
import { runCommandLine } from "./command-line";

// Whoever reads the output may have seen enough: the command goes on to its end, so that its exit code stays true.
let unwritten = 0;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE" || unwritten > 0) return;
    unwritten = 1;
    process.exitCode = 1;
    process.stderr.write(`error: the output cannot be written (${code ?? message})\n`);
  });
}

void runCommandLine(process.argv).then((exitCode) => {
  process.exitCode = exitCode || unwritten;
  // Once everything is written, a call that was given up keeps nobody waiting.
  if (hasPendingNativeCalls())
    process.stdout.write("", () => process.stderr.write("", () => exitNow(exitCode || unwritten)));
});
