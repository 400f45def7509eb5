/**
 * Finds processes that a fixture started and that outlived it. Pulumi starts its plugins in process groups of
 * their own, so ending the CLI's group does not reach them; they inherit the fixture's own `PULUMI_HOME`.
 */
import { readFileSync, readdirSync } from "node:fs";

/** A process that is still there. */
export interface Leftover {
  readonly pid: number;
  readonly commandLine: string;
}

/** Processes whose environment names this home. Linux only; elsewhere always empty. */
export function processesOf(pulumiHome: string): Leftover[] {
  if (process.platform !== "linux") return [];
  const mark = `PULUMI_HOME=${pulumiHome}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => readProc(name, "environ").split("\0").includes(mark))
    .map((name) => ({ pid: Number(name), commandLine: readProc(name, "cmdline").replaceAll("\0", " ").trim() }));
}

/** Kills what is left, by process id. */
export function endProcessesOf(pulumiHome: string): void {
  for (const { pid } of processesOf(pulumiHome)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
