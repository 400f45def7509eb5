/**
 * The command shells of a host: who opened them, what runs in them, and what of its output is still to be fetched.
 * Assumed (shell-output, shell-signals).
 */

import { randomUUID } from "node:crypto";
import type { CommandOutput, OutputStream } from "./commands/output";
import { encodeOutput } from "./commands/code-pages";

/** How the output of commands comes over the wire. */
export interface ShellOutputOptions {
  /** At most so many bytes in one answer to Receive, also in the middle of a character. Default 32 768. */
  readonly bytesPerReceive?: number;
  /** Programs write in the OEM code page whatever the shell asks for, as some builds do. Default `false`. */
  readonly oem?: boolean;
}

/** One command line that a client has run. */
export interface ShellCommandRecord {
  /** As the client sent it, arguments joined with blanks. */
  readonly line: string;
  /** Program name in lower case and arguments of everything that ran, in order: a line can run several. */
  readonly programs: readonly (readonly string[])[];
  /** Absent while it runs. */
  readonly exitCode?: number;
}

/** The shells of a host, as a test looks at them. */
export interface HostShells {
  /** Shells that are open now. */
  readonly open: number;
  /** Shells that were opened since the host started. */
  readonly opened: number;
  /** Every command of every shell, in order. */
  readonly commands: readonly ShellCommandRecord[];
}

/** A piece of output on its way to the client. */
export interface OutputPiece {
  readonly stream: OutputStream;
  readonly bytes: Buffer;
}

/** What one Receive brings. */
export interface Received {
  readonly pieces: readonly OutputPiece[];
  /** Nothing more will come. */
  readonly done: boolean;
  /** Only when it is done, and not always then. */
  readonly exitCode?: number;
}

/** What a client says of a new shell. */
export interface ShellRequest {
  readonly owner: string;
  /** The id that the client chose, if it did. */
  readonly id?: string;
  readonly idleTimeoutMs: number;
  readonly codePage: number;
  readonly environment: ReadonlyMap<string, string>;
  readonly inputStreams: string;
  readonly outputStreams: string;
}

/** A command in a shell. */
export class ShellCommand {
  readonly #pieces: OutputPiece[];
  readonly #bytesPerReceive: number;
  #state: "running" | "ended";
  #exitCode: number | undefined;

  constructor(
    readonly record: { -readonly [Key in keyof ShellCommandRecord]: ShellCommandRecord[Key] },
    output: CommandOutput,
    how: { readonly codePage: number; readonly bytesPerReceive: number },
  ) {
    this.#pieces = output.written.map(({ stream, text }) => ({ stream, bytes: encodeOutput(text, how.codePage) }));
    this.#bytesPerReceive = how.bytesPerReceive;
    this.#state = output.exitCode === undefined ? "running" : "ended";
    this.#end(output.exitCode);
  }

  /** The next piece of output, and the end if nothing is left; `undefined` if the command runs on and is silent. */
  receive(streams: ReadonlySet<string>): Received | undefined {
    const piece = this.#next();
    const done = this.#state === "ended" && this.#pieces.length === 0;
    if (piece === undefined && !done) return undefined;
    const pieces = piece === undefined || !streams.has(piece.stream) ? [] : [piece];
    return { pieces, done, ...(done && this.#exitCode !== undefined ? { exitCode: this.#exitCode } : {}) };
  }

  /** Ends the command, if it runs. */
  end(exitCode: number): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#end(exitCode);
  }

  #end(exitCode: number | undefined): void {
    this.#exitCode = exitCode;
    if (exitCode !== undefined) this.record.exitCode = exitCode;
  }

  #next(): OutputPiece | undefined {
    const [first] = this.#pieces;
    if (first === undefined) return undefined;
    const head = { stream: first.stream, bytes: first.bytes.subarray(0, this.#bytesPerReceive) };
    const rest = first.bytes.subarray(this.#bytesPerReceive);
    if (rest.length > 0) this.#pieces[0] = { stream: first.stream, bytes: rest };
    else this.#pieces.shift();
    return head;
  }
}

/** One shell. */
export interface Shell extends ShellRequest {
  readonly id: string;
  readonly commands: Map<string, ShellCommand>;
  readonly openedAt: number;
  lastUse: number;
}

const BYTES_PER_RECEIVE = 32_768;
const OEM_CODE_PAGE = 850;

/** The shells of one host. Those that were idle for too long are gone. */
export class Shells implements HostShells {
  readonly #shells = new Map<string, Shell>();
  readonly #records: ShellCommandRecord[] = [];
  readonly #output: ShellOutputOptions;
  readonly #now: () => number;
  #opened = 0;

  /** @param now milliseconds of a clock. */
  constructor(output: ShellOutputOptions = {}, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  get open(): number {
    this.#expire();
    return this.#shells.size;
  }

  get opened(): number {
    return this.#opened;
  }

  get commands(): readonly ShellCommandRecord[] {
    return this.#records;
  }

  /** How many shells each owner has, by lower-cased name. */
  owners(): ReadonlyMap<string, number> {
    this.#expire();
    const counts = new Map<string, number>();
    for (const { owner } of this.#shells.values()) {
      counts.set(owner.toLowerCase(), (counts.get(owner.toLowerCase()) ?? 0) + 1);
    }
    return counts;
  }

  /** Opens a shell. An id that is taken, or none, gets a new one. */
  create(request: ShellRequest): Shell {
    const wanted = request.id?.toUpperCase();
    const id = wanted === undefined || this.#shells.has(wanted) ? randomUUID().toUpperCase() : wanted;
    const at = this.#now();
    const shell: Shell = { ...request, id, commands: new Map(), openedAt: at, lastUse: at };
    this.#shells.set(id, shell);
    this.#opened += 1;
    return shell;
  }

  /** The owner's shell with this id. Assumed (shell-others): those of others look like none. */
  find(id: string, owner: string): Shell | undefined {
    this.#expire();
    const shell = this.#shells.get(id.toUpperCase());
    if (shell === undefined || shell.owner.toLowerCase() !== owner.toLowerCase()) return undefined;
    shell.lastUse = this.#now();
    return shell;
  }

  /** Takes note of a command and its output. @returns its id. */
  start(shell: Shell, line: string, output: CommandOutput): string {
    const record = { line, programs: output.programs };
    this.#records.push(record);
    const codePage = this.#output.oem === true ? OEM_CODE_PAGE : shell.codePage;
    const bytesPerReceive = this.#output.bytesPerReceive ?? BYTES_PER_RECEIVE;
    const id = randomUUID().toUpperCase();
    shell.commands.set(id, new ShellCommand(record, output, { codePage, bytesPerReceive }));
    return id;
  }

  /** Closes a shell; its commands end. */
  delete(shell: Shell): void {
    this.#shells.delete(shell.id);
  }

  #expire(): void {
    for (const shell of this.#shells.values()) {
      if (this.#now() - shell.lastUse > shell.idleTimeoutMs) this.#shells.delete(shell.id);
    }
  }
}
