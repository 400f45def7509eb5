/** Messages of command shells, written by hand. */
import type { TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../../../simulator";
import { ADMIN, type Answer, basic, envelope, startBasicHost, TRANSFER, type Wire, wireTo } from "../wire";

const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";

/** A caller's shells on one connection. */
export class ShellWire {
  constructor(
    readonly wire: Wire,
    readonly account: { name: string; password: string } = ADMIN,
  ) {}

  send(verb: string, parts: { body?: string; selector?: string; options?: Record<string, string>; timeout?: string }) {
    const action = verb === "Create" || verb === "Delete" ? `${TRANSFER}/${verb}` : `${SHELL}/${verb}`;
    const selector =
      parts.selector === undefined
        ? ""
        : `<ws:SelectorSet><ws:Selector Name="ShellId">${parts.selector}</ws:Selector></ws:SelectorSet>`;
    const options = Object.entries(parts.options ?? {}).map(([k, v]) => `<ws:Option Name="${k}">${v}</ws:Option>`);
    const timeout = parts.timeout === undefined ? "" : `<ws:OperationTimeout>${parts.timeout}</ws:OperationTimeout>`;
    const extra = `${selector}${timeout}<ws:OptionSet env:mustUnderstand="true">${options.join("")}</ws:OptionSet>`;
    const body = parts.body === undefined ? {} : { body: parts.body };
    const text = envelope({ action, uri: `${SHELL}/cmd`, extra, ...body });
    return this.wire.send(text.replace("<env:Body>", `<env:Body xmlns:r="${SHELL}">`), basic(this.account));
  }

  create(options: Record<string, string> = {}, content = "", attributes = ""): Promise<Answer> {
    const streams = "<r:InputStreams>stdin</r:InputStreams><r:OutputStreams>stdout stderr</r:OutputStreams>";
    return this.send("Create", { options, body: `<r:Shell${attributes}>${content}${streams}</r:Shell>` });
  }

  /** Opens a shell that must open. */
  async open(options: Record<string, string> = { WINRS_CODEPAGE: "65001" }): Promise<string> {
    const answer = await this.create(options);
    const id = /<rsp:ShellId>([^<]+)</.exec(answer.text)?.[1];
    if (id === undefined) throw new Error(`no shell: ${answer.status} ${answer.text}`);
    return id;
  }

  command(shell: string, ...parts: readonly string[]): Promise<Answer> {
    const [line = "", ...args] = parts.map((text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
    const rest = args.map((argument) => `<r:Arguments>${argument}</r:Arguments>`).join("");
    const body = `<r:CommandLine><r:Command>${line}</r:Command>${rest}</r:CommandLine>`;
    return this.send("Command", { selector: shell, body });
  }

  receive(shell: string, command: string, timeout?: string): Promise<Answer> {
    const body = `<r:Receive><r:DesiredStream CommandId="${command}">stdout stderr</r:DesiredStream></r:Receive>`;
    return this.send("Receive", { selector: shell, body, ...(timeout === undefined ? {} : { timeout }) });
  }

  signal(shell: string, command: string, code: string): Promise<Answer> {
    const body = `<r:Signal CommandId="${command}"><r:Code>${code}</r:Code></r:Signal>`;
    return this.send("Signal", { selector: shell, body });
  }

  delete(shell: string): Promise<Answer> {
    return this.send("Delete", { selector: shell });
  }

  /** The id of a command that must start. */
  async start(shell: string, ...parts: readonly string[]): Promise<string> {
    const answer = await this.command(shell, ...parts);
    const id = /<rsp:CommandId>([^<]+)</.exec(answer.text)?.[1];
    if (id === undefined) throw new Error(`no command: ${answer.status} ${answer.text}`);
    return id;
  }

  /** Runs a line to its end. */
  async run(shell: string, ...parts: readonly string[]): Promise<Ran> {
    const id = await this.start(shell, ...parts);
    const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
    for (let receives = 1; ; receives++) {
      const { text } = await this.receive(shell, id);
      for (const [, name, data] of text.matchAll(/<rsp:Stream Name="(stdout|stderr)"[^>]*>([^<]*)</g)) {
        chunks[name as "stdout" | "stderr"].push(Buffer.from(data ?? "", "base64"));
      }
      if (!text.includes("CommandState/Done")) continue;
      const exitCode = /<rsp:ExitCode>(\d+)</.exec(text)?.[1];
      const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)];
      return { stdout, stderr, exitCode: exitCode === undefined ? undefined : Number(exitCode), receives };
    }
  }
}

/** How a command ended. */
export interface Ran {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number | undefined;
  readonly receives: number;
}

/** A host that takes Basic over http, and the administrator's connection to it. */
export async function startShellHost(
  t: TestContext,
  options: HostOptions = {},
): Promise<{ host: SimulatedHost; shells: ShellWire }> {
  const host = await startBasicHost(t, options);
  return { host, shells: new ShellWire(wireTo(t, host.http!.url)) };
}
