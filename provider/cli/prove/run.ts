/** Runs `pulumi-winrm prove`: the question, the rows as they come, and what is to be sent in. */

import { WinrmError, messageOf } from "../../errors";
import { MACHINE_CLOCK } from "../../lifecycle/change/confirm/clock";
import { SessionPool } from "../../session/session-pool";
import { type SessionTarget, displayHost, displayLogon } from "../../session/target";
import type { TypedOptions } from "../shared/connection-options";
import { writeText } from "../shared/files";
import { surroundings } from "../shared/surroundings";
import { targetOf } from "../shared/target";
import { print, styled } from "../shared/terminal";
import { ASSUMPTIONS } from "./assumptions";
import { FEATURES } from "./assumptions/assumption";
import { type Proven, prove } from "./prove";
import { leftLines, proofLines, summaryLine } from "./report";
import { ROWS } from "./rows";

/** Windows may install updates while it restarts. */
const TIME_LIMIT_MS = 45 * 60_000;
const EXIT = { asAssumed: 0, differs: 1, unchecked: 2 } as const;

/**
 * Asks the host.
 * @returns the exit code.
 * @throws WinrmError that names options; nothing has been sent then.
 */
export async function runProve(host: string, typed: TypedOptions, version: string): Promise<number> {
  const { target } = targetOf(host, typed);
  await confirmed(host, typed["yes"]);
  const json = typed["json"] === true;
  if (!json) print(`${styled("bold", displayHost(target))}: ${displayLogon(target)}`, "");
  const pool = new SessionPool();
  const interruption = interruptible();
  try {
    const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
    const mayRestart = typed["restart"] !== false;
    const found = await prove({ pool, target, clock: MACHINE_CLOCK, signal, mayRestart }, ROWS, (proof) => {
      if (!json) print(...proofLines(proof));
    });
    const report = reportOf(found, target, version);
    if (json) print(JSON.stringify(report));
    else print("", ...leftLines(found.left), summaryLine(found.proofs));
    const file = typed["report"];
    if (typeof file === "string") {
      writeText("--report", file, `${JSON.stringify(report, undefined, 2)}\n`);
      if (!json) print(`Written to ${file}; please send it in.`);
    }
    return exitCodeOf(found);
  } catch (error) {
    surroundings().err(`error: ${messageOf(error)}\n`);
    return EXIT.unchecked;
  } finally {
    interruption.end();
    pool.close();
  }
}

/** @throws WinrmError `WINRM_E_ARGUMENT` unless the host's name was given a second time. */
async function confirmed(host: string, yes: unknown): Promise<void> {
  const { ask } = surroundings();
  const remedy = `take a snapshot, and give the host's name once more: --yes ${host}`;
  const refusal = (summary: string) => new WinrmError("WINRM_E_ARGUMENT", summary, { remedy });
  if (yes === undefined && ask === undefined)
    throw refusal("prove changes the host, and there is no terminal to confirm that");
  const response =
    yes ??
    (await ask?.(
      "This registers tasks that run as SYSTEM, tries out the\nsettings of WinRM, and restarts Windows. Type the host's\nname to go on: ",
    ));
  if (typeof response === "string" && response.trim().toLowerCase() === host.toLowerCase()) return;
  throw refusal("that is not the host's name; nothing was sent");
}

/** The first Ctrl-C ends the questions, and everything is restored; the second ends the program. */
function interruptible(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    end();
    surroundings().err("interrupted: putting everything back\n");
    controller.abort(new WinrmError("WINRM_E_CANCELLED", "interrupted"));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  const end = () => {
    for (const name of signals) process.off(name, onSignal);
  };
  for (const name of signals) process.on(name, onSignal);
  return { signal: controller.signal, end };
}

/** Neither a host name nor an account: it is made to be sent in. */
function reportOf({ proofs, windows, left }: Proven, { transport, auth }: SessionTarget, version: string): unknown {
  const rows = proofs.map(({ assumption, ...proof }) => {
    const { says, features } = ASSUMPTIONS[assumption];
    return { assumption, says, features, ...proof };
  });
  const at = new Date().toISOString();
  return { version, at, windows, transport, method: auth.method, rows, left, pages: FEATURES };
}

/** What differs, or is left behind, weighs more than what could not be checked. */
export function exitCodeOf({ proofs, left }: Proven): number {
  if (left.length > 0 || proofs.some(({ verdict }) => verdict === "differs")) return EXIT.differs;
  return proofs.some(({ verdict }) => verdict === "unchecked") ? EXIT.unchecked : EXIT.asAssumed;
}
