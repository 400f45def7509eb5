#!/usr/bin/env node
/** The program `pulumi-winrm`. Exit codes: 0 done, 1 failed, 2 wrong usage. */

import { hasPendingNativeCalls, exitNow } from "../native-exit";
import { runCommandLine } from "./command-line";

void runCommandLine(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
  // Once everything is written, a call that was given up keeps nobody waiting.
  if (hasPendingNativeCalls()) process.stdout.write("", () => process.stderr.write("", () => exitNow(exitCode)));
});
