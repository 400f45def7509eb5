/** The command processor: runs a line, and so everything that somebody has smuggled into it. */

import {
  type CmdCommand,
  commandOfArgument,
  expandVariables,
  MAX_LINE_LENGTH,
  splitArguments,
  splitCommands,
  splitName,
} from "./cmd-syntax";
import { type CommandContext, type CommandOutput, failure, lines, type ProgramOutput, success } from "./command";
import { programNamed } from "./programs";

const TEXTS = {
  "en-US": {
    unknown: (name: string) =>
      lines(`'${name}' is not recognized as an internal or external command,`, "operable program or batch file."),
    syntax: lines("The syntax of the command is incorrect."),
    tooLong: lines("The command line is too long."),
    denied: lines("Access is denied."),
  },
  "de-DE": {
    unknown: (name: string) =>
      lines(`Der Befehl "${name}" ist entweder falsch geschrieben oder`, "konnte nicht gefunden werden."),
    syntax: lines("Syntaxfehler."),
    tooLong: lines("Die Befehlszeile ist zu lang."),
    denied: lines("Zugriff verweigert"),
  },
} as const;

type Texts = (typeof TEXTS)["en-US" | "de-DE"];

interface Run {
  readonly context: CommandContext;
  readonly texts: Texts;
  readonly programs: string[][];
}

/** Runs a line as the shell's `cmd /c` does. */
export function runCommandLine(line: string, where: Omit<CommandContext, "programNamed">): CommandOutput {
  const programs: string[][] = [];
  const context = { ...where, programNamed };
  const output = runLine(line, { context, texts: TEXTS[context.host.language], programs });
  return { ...output, programs };
}

function runLine(argument: string, run: Run): ProgramOutput {
  const line = expandVariables(commandOfArgument(argument), (name) => variable(name, run.context));
  if (line.length > MAX_LINE_LENGTH) return failure(1, run.texts.tooLong);
  const commands = splitCommands(line);
  if (commands === undefined) return failure(1, run.texts.syntax);
  let all: ProgramOutput = success();
  for (const pipeline of pipelines(commands)) {
    const runs = pipeline[0]?.runs;
    if (runs === "after-success" && all.exitCode !== 0) continue;
    if (runs === "after-failure" && all.exitCode === 0) continue;
    all = joined(all, runPipeline(pipeline, run));
    if (all.exitCode === undefined) break;
  }
  return all;
}

/** What flows into a pipe is not seen; the program at its end decides. */
function runPipeline(pipeline: readonly CmdCommand[], run: Run): ProgramOutput {
  let last: ProgramOutput = success();
  for (const command of pipeline) {
    const output = redirected(runCommand(command.text, run), command, run);
    last = { ...output, stderr: last.stderr + output.stderr };
  }
  return last;
}

function pipelines(commands: readonly CmdCommand[]): CmdCommand[][] {
  const found: CmdCommand[][] = [];
  for (const command of commands) {
    if (command.runs === "piped") found.at(-1)?.push(command);
    else found.push([command]);
  }
  return found;
}

function joined(first: ProgramOutput, second: ProgramOutput): ProgramOutput {
  return {
    stdout: [...first.stdout, ...second.stdout],
    stderr: first.stderr + second.stderr,
    exitCode: second.exitCode,
  };
}

function runCommand(text: string, run: Run): ProgramOutput {
  const { name, rest } = splitName(text.replace(/^@/, ""));
  const args = splitArguments(rest);
  run.programs.push([name, ...args]);
  switch (name) {
    case "echo":
      return success(lines(rest.slice(1)));
    case "rem":
      return success();
    case "ver":
      return success(lines("", "Microsoft Windows [Version 10.0.20348.1]"));
    case "exit":
      return { ...success(), exitCode: Number(args.filter((arg) => /^\d+$/.test(arg)).at(-1) ?? 0) };
    case "pause":
      return { ...success(""), exitCode: undefined };
    case "cmd":
      return runLine(/^.*?\/[ck]\s*(.*)$/is.exec(rest)?.[1] ?? "", run);
    default: {
      const program = programNamed(name);
      return program === undefined ? failure(1, run.texts.unknown(name)) : program(args, run.context);
    }
  }
}

function redirected(output: ProgramOutput, { redirections }: CmdCommand, run: Run): ProgramOutput {
  let { stdout, stderr } = output;
  for (const { stream, target } of redirections) {
    if (stream === "stdin") continue;
    const other = /^&[12]$/.test(target);
    // Assumed: nothing but the null device can be written.
    if (!other && target.toLowerCase() !== "nul") return failure(1, run.texts.denied);
    if (stream === "stderr") {
      if (other) stdout = [...stdout, stderr];
      stderr = "";
    } else {
      if (other) stderr = stdout.join("") + stderr;
      stdout = [];
    }
  }
  return { stdout, stderr, exitCode: output.exitCode };
}

function variable(name: string, { host, caller, environment }: CommandContext): string | undefined {
  const upper = name.toUpperCase();
  const windows: Readonly<Record<string, string>> = {
    COMPUTERNAME: host.name.toUpperCase(),
    USERNAME: caller.name,
    OS: "Windows_NT",
    PATH: "C:\\Windows\\system32;C:\\Windows",
    SYSTEMROOT: "C:\\Windows",
    COMSPEC: "C:\\Windows\\system32\\cmd.exe",
    PROCESSOR_ARCHITECTURE: "AMD64",
  };
  return environment.get(upper) ?? windows[upper];
}
