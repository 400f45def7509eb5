/**
 * The command processor: runs a line, and so everything that somebody has smuggled into it. Assumed (cmd-order, cmd-limits,
 * rehearsal, confirmed-declines).
 */

import { type CmdNode, readLine, type Redirection } from "./cmd-line";
import { commandOfArgument, expandVariables, MAX_LINE_LENGTH, splitArguments, splitName } from "./cmd-syntax";
import type { AreaHost } from "../../wsman/areas/area";
import { type CommandContext, failure, lines, type Program, success } from "./command";
import type { CommandOutput, ProgramOutput } from "./output";
import { programNamed } from "./programs";

const TEXTS = {
  "en-US": {
    unknown: (name: string) =>
      lines(`'${name}' is not recognized as an internal or external command,`, "operable program or batch file."),
    syntax: lines("The syntax of the command is incorrect."),
    tooLong: lines("The command line is too long."),
    denied: lines("Access is denied."),
    blocked: lines("This program is blocked by group policy. For more information, contact your system administrator."),
  },
  "de-DE": {
    unknown: (name: string) =>
      lines(`Der Befehl "${name}" ist entweder falsch geschrieben oder`, "konnte nicht gefunden werden."),
    syntax: lines("Syntaxfehler."),
    tooLong: lines("Die Befehlszeile ist zu lang."),
    denied: lines("Zugriff verweigert"),
    blocked: lines("Dieses Programm wurde durch eine Gruppenrichtlinie blockiert."),
  },
} as const;

type Texts = (typeof TEXTS)["en-US" | "de-DE"];

interface Run {
  readonly context: CommandContext;
  readonly texts: Texts;
  readonly programs: string[][];
}

/** What a part of a line leaves behind. */
interface Outcome extends ProgramOutput {
  /** `exit` has ended the command processor, or a program runs on: nothing that follows runs. */
  readonly ended: boolean;
}

/** Runs a line as the shell's `cmd /c` does. */
export function runCommandLine(line: string, where: Omit<CommandContext, "programNamed">): CommandOutput {
  const programs: string[][] = [];
  const context = { ...where, programNamed: (name: string) => installed(name, where.host) };
  const { written, exitCode } = runLine(line, { context, texts: TEXTS[context.host.language], programs });
  return { written, exitCode, programs };
}

function runLine(argument: string, run: Run): ProgramOutput {
  const line = expandVariables(commandOfArgument(argument), (name) => variable(name, run.context));
  if (line.length > MAX_LINE_LENGTH) return failure(1, run.texts.tooLong);
  const tree = readLine(line);
  return tree === undefined ? failure(1, run.texts.syntax) : runNode(tree, { run, level: 0 });
}

/** @param at `level` is the exit code of what ran before, `input` what flows in from a pipe. */
function runNode(node: CmdNode, at: { readonly run: Run; readonly level: number; readonly input?: string }): Outcome {
  switch (node.kind) {
    case "command":
      return redirected(runCommand(node.text, at), node.redirections, at.run);
    case "block":
      return redirected(runNode(node.body, at), node.redirections, at.run);
    case "piped":
      return runPipe(node, at);
    case "always":
    case "after-success":
    case "after-failure": {
      const first = runNode(node.first, at);
      if (first.ended || (node.kind !== "always" && (first.exitCode === 0) !== (node.kind === "after-success"))) {
        return first;
      }
      const second = runNode(node.second, { ...at, level: first.exitCode ?? 0 });
      return {
        written: [...first.written, ...second.written],
        exitCode: second.exitCode,
        ended: second.ended,
      };
    }
  }
}

/** A program as the host lets it run. */
function installed(name: string, host: AreaHost): Program | undefined {
  const program = programNamed(name);
  return program && ((args, context) => asHostLets([name, ...args], host, () => program(args, context)));
}

function asHostLets<Output extends ProgramOutput>(
  started: readonly [string, ...string[]],
  { programs, language }: AreaHost,
  run: () => Output,
): Output | ProgramOutput {
  switch (programs(started)) {
    case "blocked":
      return failure(1, TEXTS[language].blocked);
    case "does-nothing":
      return success();
    case "writes-otherwise": {
      const output = run();
      return { ...output, written: output.written.map((piece) => ({ ...piece, text: lines("?") })) };
    }
    default:
      return run();
  }
}

/** Both ends are command processors of their own, which an `exit` ends; the second decides. */
function runPipe(
  { first, second }: Extract<CmdNode, { first: CmdNode }>,
  at: { readonly run: Run; readonly level: number; readonly input?: string },
): Outcome {
  const from = runNode(first, at);
  const passed = from.written.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
  const to = runNode(second, { ...at, input: passed.join("") });
  const complaints = from.written.filter(({ stream }) => stream === "stderr");
  return { ...to, written: [...complaints, ...to.written], ended: to.exitCode === undefined };
}

function runCommand(
  text: string,
  { run, level, input }: { readonly run: Run; readonly level: number; readonly input?: string },
): Outcome {
  const { name, rest } = splitName(text.replace(/^@/, ""));
  const args = splitArguments(rest);
  run.programs.push([name, ...args]);
  switch (name) {
    case "echo":
      return { ...success(lines(rest.slice(1))), ended: false };
    case "rem":
      return { ...success(), ended: false };
    case "ver":
      return { ...success(lines("", "Microsoft Windows [Version 10.0.20348.1]")), ended: false };
    case "exit":
      return { ...success(), exitCode: Number(args.filter((arg) => /^\d+$/.test(arg)).at(-1) ?? level), ended: true };
    case "pause":
      return { ...success(""), exitCode: undefined, ended: true };
    case "cmd": {
      const line = /^.*?\/[ck]\s*(.*)$/is.exec(rest)?.[1] ?? "";
      return { ...asHostLets([name, ...args], run.context.host, () => runLine(line, run)), ended: false };
    }
    default: {
      const program = run.context.programNamed(name);
      const context = input === undefined ? run.context : { ...run.context, input };
      const output = program === undefined ? failure(1, run.texts.unknown(name)) : program(args, context);
      return { ...output, ended: output.exitCode === undefined };
    }
  }
}

function redirected(output: Outcome, redirections: readonly Redirection[], run: Run): Outcome {
  let written = output.written;
  for (const { stream, target } of redirections) {
    if (stream === "stdin") continue;
    const other = /^&[12]$/.test(target);
    // Assumed (cmd-limits): nothing but the null device can be written.
    if (!other && target.toLowerCase() !== "nul") return { ...failure(1, run.texts.denied), ended: false };
    const to = stream === "stderr" ? "stdout" : "stderr";
    written = other
      ? written.map((piece) => (piece.stream === stream ? { ...piece, stream: to } : piece))
      : written.filter((piece) => piece.stream !== stream);
  }
  return { ...output, written };
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
