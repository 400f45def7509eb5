/** Runs real Pulumi projects with the real CLI, offline: what all engine tests use. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type RunOptions, type RunResult, runCommand } from "../../../tools/pulumi-cli/run-command";
import { endProcessesOf, processesOf } from "./leftovers.js";
import type { Leftover } from "./leftovers.js";
import { offlineEnvironment, pulumiCli } from "./offline.js";
import { type Files, type ProjectOptions, temporaryFolder, writeFiles, writeProject } from "./project.js";

const COMMAND_LIMIT_MS = 180_000;
/** The name of the one stack that a fixture has. */
export const STACK = "dev";

/** What a fixture is made of. */
export interface FixtureOptions extends ProjectOptions {
  /** Plain stack configuration, set before the first command. Keys as the CLI takes them (`winrm:username`). */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Further environment variables of every command. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Whether every gRPC message is logged, for `grpcLog()`. The log holds secrets in clear. Default false. */
  readonly logGrpc?: boolean | undefined;
}

/** How one command is run. */
export interface CommandOptions extends Pick<RunOptions, "input" | "onStdout" | "onStderr" | "onStart" | "timeoutMs"> {
  /** Added to the fixture's environment for this command. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The exit code that is asserted; `"any"` asserts nothing. Default 0. */
  readonly expectExit?: number | "any" | undefined;
}

/** One resource in `pulumi stack export`. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
  readonly external?: boolean;
}

/** The state of a stack. */
export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pendingOperations: readonly { readonly type: string; readonly resource: StateResource }[];
  /** The resource whose URN ends in `::name`. Fails the test if there is none. */
  resource(name: string): StateResource;
}

/** One gRPC exchange of the log. */
export interface GrpcExchange {
  readonly method: string;
  readonly request: unknown;
  readonly response: unknown;
}

/** A project with one stack, `dev`. */
export interface EngineFixture {
  /** The project's folder. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `pulumi ARGS`; fails the test with everything that was printed if the exit code is another one. */
  pulumi(args: readonly string[], options?: CommandOptions): Promise<RunResult>;
  /** The stack's state as `pulumi stack export` prints it. */
  state(): Promise<StackState>;
  /** The text of all files of the backend, one after another: to search it for planted secrets. */
  rawStateFiles(): string;
  /** The text of all files that Pulumi left in the project's folder, its home and the backend. */
  rawFiles(): string;
  readonly config: { set(key: string, value: string, options?: { secret?: boolean; path?: boolean }): Promise<void> };
  /** The stack's outputs. */
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** Writes or replaces files of the project. */
  write(files: Files): void;
  /** The gRPC exchanges since the fixture was made or the log was last read. Needs `logGrpc`. */
  grpcLog(): GrpcExchange[];
  /** Processes that commands of this fixture left behind. */
  leftovers(): Leftover[];
}

/** Makes the project, its backend and its stack; the test's end removes them and ends what still runs. */
export async function engineFixture(t: TestContext, options: FixtureOptions): Promise<EngineFixture> {
  const root = temporaryFolder("fixture-");
  const directory = join(root, "project");
  const home = join(root, "home");
  t.after(() => {
    endProcessesOf(home);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const cli = await pulumiCli();
  await writeProject(directory, options);
  const grpcFile = join(root, "grpc.json");
  const env: NodeJS.ProcessEnv = {
    ...(await offlineEnvironment(root)),
    // A project with an installation of its own runs as a user's does.
    ...(options.install === undefined ? {} : { NODE_OPTIONS: undefined }),
    ...(options.logGrpc === true ? { PULUMI_DEBUG_GRPC: grpcFile } : {}),
    ...options.env,
  };

  async function pulumi(args: readonly string[], command: CommandOptions = {}): Promise<RunResult> {
    const { expectExit = 0, env: more, timeoutMs = COMMAND_LIMIT_MS, ...rest } = command;
    const result = await runCommand(cli.command, [...args, "--color", "never", "--non-interactive"], {
      cwd: directory,
      env: { ...env, ...more },
      timeoutMs,
      ...rest,
    });
    if (expectExit !== "any")
      assert.equal(result.code, expectExit, `pulumi ${args.join(" ")}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  await pulumi(["stack", "init", STACK]);
  if (options.config !== undefined) {
    const pairs = Object.entries(options.config).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    await pulumi(["config", "set-all", ...pairs]);
  }
  // What setting up wrote is not what a test wants to read.
  rmSync(grpcFile, { force: true });

  return {
    directory,
    env,
    pulumi,
    async state() {
      const { stdout } = await pulumi(["stack", "export"]);
      return parseState(stdout);
    },
    rawStateFiles: () => textOfFiles(join(root, "backend")),
    rawFiles: () => textOfFiles(root, (path) => path === grpcFile),
    config: {
      async set(key, value, { secret = false, path = false } = {}) {
        const flags = [secret ? "--secret" : "--plaintext", ...(path ? ["--path"] : [])];
        await pulumi(["config", "set", key, ...flags], { input: value });
      },
    },
    async outputs() {
      const { stdout } = await pulumi(["stack", "output", "--json", "--show-secrets"]);
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    },
    write: (files) => {
      writeFiles(directory, files);
    },
    grpcLog() {
      const lines = readFileSync(grpcFile, "utf8").split("\n").filter(Boolean);
      rmSync(grpcFile);
      return lines.map((line) => JSON.parse(line) as GrpcExchange);
    },
    leftovers: () => processesOf(home),
  };
}

function parseState(json: string): StackState {
  const { deployment } = JSON.parse(json) as {
    deployment: { resources?: StateResource[]; pending_operations?: StackState["pendingOperations"] };
  };
  const resources = deployment.resources ?? [];
  return {
    resources,
    pendingOperations: deployment.pending_operations ?? [],
    resource(name) {
      const found = resources.find(({ urn }) => urn.endsWith(`::${name}`));
      assert.ok(found, `no resource ${name} in: ${resources.map(({ urn }) => urn).join(", ")}`);
      return found;
    },
  };
}

/** Node modules are left out: they are what was installed, not what Pulumi wrote. */
function textOfFiles(directory: string, skip: (path: string) => boolean = () => false): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.split(/[\\/]/).includes("node_modules"))
    .map((name) => join(directory, name))
    .filter((path) => !skip(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}
