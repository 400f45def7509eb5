import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type ErrorContext, WinrmError, isUncertain, isWinrmError } from "../errors";
import type { WsmanClient, WsmanOperation } from "../session/wsman-client";
import { FAULT_CODES, WsmanFault } from "../wsman/faults";
import { CMD_SHELL_URI, NAMESPACES, SHELL_ACTIONS } from "../wsman/uris";
import { type XmlElement, child } from "../wsman/xml";
import type { XmlNode } from "../wsman/xml-writer";

/** A command shell on a host: for the little that WS-Transfer and WMI cannot do ([MS-WSMV] 3.1.4.1.31 to 3.1.4.1.36). */

/** How a command ended. */
export interface CommandResult {
  /** Unsigned, 32 bits; absent if the host does not say, e.g. because the command was killed. That is not success. */
  readonly exitCode: number | undefined;
  /** Decoded as UTF-8. Some programs write in the OEM code page all the same: only ASCII can be relied on. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one line as `cmd /c` does. The line is the caller's to quote, and must hold no secret: hosts log command lines. */
export type RunCommand = (commandLine: string) => Promise<CommandResult>;

/** The waits of a shell; tests shorten them. */
export interface ShellTiming {
  /** Waits before a shell is asked for again. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds that closing the shell may take. Default 20 000. */
  readonly cleanupMs?: number;
}

/** A shell that the connection's end leaves behind lives no longer than this. */
const IDLE_TIMEOUT = "PT180S";
/** Shells of other sessions end soon, as a rule; so many more attempts are made while a quota is used up. */
const QUOTA_PAUSES_MS = [500, 2_000, 5_000];
/** The end of a shell has its own limit: it must not depend on the signal that ended the work. */
const CLEANUP_MS = 20_000;
const CLEANUP_ATTEMPTS = 2;
/** Receives in a row without output, each as long as the operation timeout, after which a command counts as stuck. */
const MAX_SILENT_RECEIVES = 6;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const EXIT_CODES = 2 ** 32;
const UTF8_CODE_PAGE = "65001";

/**
 * Opens a shell, runs the body, and deletes the shell, whatever became of the body.
 *
 * The id is chosen here, so that also a shell whose Create got no response can be deleted. If the host cannot be
 * reached for that, it ends the shell itself after three idle minutes; so does a host that chooses its own ids and whose
 * response to Create was lost. If a shell cannot be deleted, the call fails: with the error of the body, which then says
 * so, or else with that of the deletion, marked `uncertain`, since what the body did was done.
 *
 * A used-up quota is waited for, some seconds in all. Commands are never repeated: an error of one is `uncertain` if it
 * may have run.
 * @throws WinrmError `WINRM_E_QUOTA`, `WINRM_E_SHELL_DISABLED`, `WINRM_E_COMMAND` for a command that does not end or
 *   writes without end; other faults and session errors.
 */
export async function withShell<T>(
  client: WsmanClient,
  signal: AbortSignal,
  body: (run: RunCommand) => Promise<T>,
  timing: ShellTiming = {},
): Promise<T> {
  const wantedId = randomUUID().toUpperCase();
  let shell: Shell;
  try {
    shell = await open(client, { wantedId, signal, timing });
  } catch (error) {
    if (!isUncertain(error)) throw error;
    throw reported(error, await new Shell(client, wantedId).delete(timing.cleanupMs));
  }
  let result: T;
  try {
    result = await body((line) => shell.run(line, signal));
  } catch (error) {
    throw reported(error, await shell.delete(timing.cleanupMs));
  }
  const left = await shell.delete(timing.cleanupMs);
  if (left !== undefined) throw retold(left, { outcomeUnknown: true, ...LEFT_OPEN });
  return result;
}

const LEFT_OPEN = {
  remedy:
    "run again when the host can be reached: what was asked for was done, and the host ends the shell it still has after 3 minutes",
} as const;

/** The error, with word of the shell that is left if it could not be deleted. */
function reported(error: unknown, left: WinrmError | undefined): unknown {
  if (left === undefined || !isWinrmError(error)) return error;
  const note = "a command shell is left on the host, which ends it by itself after 3 idle minutes";
  const next = error.context.remedy === undefined ? note : `${error.context.remedy}; ${note}`;
  return retold(error, { remedy: next });
}

/** The same failure, with this in place of what it told itself. */
function retold(error: WinrmError, over: ErrorContext): WinrmError {
  const context = { ...error.context, ...over };
  if (error instanceof WsmanFault) return new WsmanFault(error.details, context);
  return new WinrmError(error.code, error.summary, context);
}

async function open(
  client: WsmanClient,
  { wantedId, signal, timing }: { wantedId: string; signal: AbortSignal; timing: ShellTiming },
): Promise<Shell> {
  const pause = timing.pause ?? ((ms: number) => delay(ms, undefined, { signal }));
  for (let attempt = 0; ; attempt++) {
    try {
      return await create(client, wantedId, signal);
    } catch (error) {
      const waitMs = QUOTA_PAUSES_MS[attempt];
      if (!isWinrmError(error) || error.code !== "WINRM_E_QUOTA" || waitMs === undefined) throw error;
      await pause(waitMs, signal).catch(() => {
        throw error;
      });
      if (signal.aborted) throw error;
    }
  }
}

async function create(client: WsmanClient, wantedId: string, signal: AbortSignal): Promise<Shell> {
  const streams = { "rsp:InputStreams": "stdin", "rsp:OutputStreams": "stdout stderr" };
  const body = shellElement("Shell", { "rsp:IdleTimeOut": IDLE_TIMEOUT, ...streams }, { ShellId: wantedId });
  const response = await client.run(
    {
      action: SHELL_ACTIONS.create,
      resourceUri: CMD_SHELL_URI,
      options: { WINRS_NOPROFILE: "TRUE", WINRS_CODEPAGE: UTF8_CODE_PAGE },
      body,
      operation: "open a command shell",
      writes: true,
    },
    signal,
  );
  const id = child(child(response, NAMESPACES.rsp, "Shell"), NAMESPACES.rsp, "ShellId")?.text.trim();
  return new Shell(client, id === undefined || id === "" ? wantedId : id);
}

function shellElement(name: string, content: XmlNode, attributes: Readonly<Record<string, string>> = {}): XmlNode {
  return { [`rsp:${name}`]: { "@": { "xmlns:rsp": NAMESPACES.rsp, ...attributes }, ...content } };
}

/** A shell that is open. */
class Shell {
  readonly #client: WsmanClient;
  readonly #id: string;

  constructor(client: WsmanClient, id: string) {
    this.#client = client;
    this.#id = id;
  }

  async run(line: string, signal: AbortSignal): Promise<CommandResult> {
    const commandId = await this.#start(line, signal);
    try {
      return await this.#output(commandId, signal);
    } finally {
      await this.#terminate(commandId, signal);
    }
  }

  /** @returns why the shell is left open; `undefined` when it is gone, also if it was gone before. */
  async delete(limitMs = CLEANUP_MS): Promise<WinrmError | undefined> {
    const signal = AbortSignal.timeout(limitMs);
    let left: WinrmError | undefined;
    for (let attempt = 1; attempt <= CLEANUP_ATTEMPTS; attempt++) {
      try {
        await this.#send({ action: SHELL_ACTIONS.delete, operation: "close the command shell" }, signal);
        return undefined;
      } catch (error) {
        if (isUnknownId(error)) return undefined;
        if (!isWinrmError(error)) throw error;
        left = error;
        // Closing twice does no harm: an id that is unknown then is what was wanted.
        if (error.context.outcomeUnknown !== true && !error.retryable) break;
      }
    }
    return left;
  }

  async #start(line: string, signal: AbortSignal): Promise<string> {
    const body = shellElement("CommandLine", { "rsp:Command": line });
    const options = { WINRS_CONSOLEMODE_STDIN: "TRUE", WINRS_SKIP_CMD_SHELL: "FALSE" };
    const response = await this.#send(
      { action: SHELL_ACTIONS.command, operation: "run a command", options, body },
      signal,
    );
    const id = child(child(response, NAMESPACES.rsp, "CommandResponse"), NAMESPACES.rsp, "CommandId")?.text.trim();
    if (id !== undefined && id !== "") return id;
    throw new WinrmError("WINRM_E_PROTOCOL", "the response names no command", { outcomeUnknown: true });
  }

  async #output(commandId: string, signal: AbortSignal): Promise<CommandResult> {
    const output = new Output();
    for (let silent = 0; silent < MAX_SILENT_RECEIVES; ) {
      const received = await this.#receive(commandId, signal);
      if (received === undefined) {
        silent += 1;
        continue;
      }
      silent = 0;
      if (output.take(received)) return output.result();
      if (output.bytes > MAX_OUTPUT_BYTES) throw stuck(`wrote more than ${MAX_OUTPUT_BYTES} bytes`);
    }
    throw stuck("wrote nothing for a long time and did not end");
  }

  /** `undefined` when there was no output within the operation timeout. Output that is lost cannot be asked for again. */
  async #receive(commandId: string, signal: AbortSignal): Promise<XmlElement | undefined> {
    const stream = { "@": { CommandId: commandId }, "#text": "stdout stderr" };
    const body = shellElement("Receive", { "rsp:DesiredStream": stream });
    const options = { WSMAN_CMDSHELL_OPTION_KEEPALIVE: "TRUE" };
    const operation = "read the output of a command";
    try {
      const response = await this.#send({ action: SHELL_ACTIONS.receive, operation, options, body }, signal);
      const received = child(response, NAMESPACES.rsp, "ReceiveResponse");
      if (received === undefined) throw new WinrmError("WINRM_E_PROTOCOL", "the response holds no output");
      return received;
    } catch (error) {
      if (error instanceof WsmanFault && error.details.wsmanCode === FAULT_CODES.operationTimedOut) return undefined;
      // The command was started; what became of it is not known.
      throw isWinrmError(error) ? error.withContext({ outcomeUnknown: true }) : error;
    }
  }

  /** Lets the host forget the command, or ends it. Nothing depends on it: the shell is deleted in any case. */
  async #terminate(commandId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const code = `${NAMESPACES.rsp}/signal/terminate`;
    const body = shellElement("Signal", { "rsp:Code": code }, { CommandId: commandId });
    await this.#send({ action: SHELL_ACTIONS.signal, operation: "end a command", body }, signal).catch(() => undefined);
  }

  #send(
    parts: Pick<WsmanOperation, "action" | "operation" | "options" | "body">,
    signal: AbortSignal,
  ): Promise<XmlElement> {
    const resourceUri = CMD_SHELL_URI;
    return this.#client.run({ ...parts, resourceUri, selectors: { ShellId: this.#id }, writes: true }, signal);
  }
}

/** What has arrived of a command's output. A character can be split between responses, so decoding comes last. */
class Output {
  readonly #chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #exitCode: number | undefined;
  bytes = 0;

  /** @returns true when the command has ended. */
  take(received: XmlElement): boolean {
    for (const { namespace, name, attributes, text } of received.children) {
      const stream = attributes.get("Name");
      if (namespace !== NAMESPACES.rsp || name !== "Stream" || (stream !== "stdout" && stream !== "stderr")) continue;
      const chunk = Buffer.from(text, "base64");
      this.#chunks[stream].push(chunk);
      this.bytes += chunk.length;
    }
    const state = child(received, NAMESPACES.rsp, "CommandState");
    if (state?.attributes.get("State")?.endsWith("/CommandState/Done") !== true) return false;
    const code = child(state, NAMESPACES.rsp, "ExitCode")?.text.trim() ?? "";
    // Some services write the signed form.
    if (/^-?\d{1,10}$/.test(code)) this.#exitCode = (Number(code) + EXIT_CODES) % EXIT_CODES;
    return true;
  }

  result(): CommandResult {
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString("utf8");
    return { exitCode: this.#exitCode, stdout: text(this.#chunks.stdout), stderr: text(this.#chunks.stderr) };
  }
}

function stuck(how: string): WinrmError {
  return new WinrmError("WINRM_E_COMMAND", `a command ${how}`, {
    outcomeUnknown: true,
    causes: ["the host waits for a domain controller that does not respond", "the host is overloaded"],
    remedy: "try again; on the host, look for a program that hangs under the remote shell",
  });
}

function isUnknownId(error: unknown): boolean {
  return error instanceof WsmanFault && error.details.wsmanCode === FAULT_CODES.unexpectedSelectors;
}
