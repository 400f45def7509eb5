/**
 * A real Pulumi command line for everyone: found on the machine, installed by Pulumi's installer, or built from
 * its Go module. The first way that works is taken, and what was made is kept in the user's cache folder.
 */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buildCli, findGo } from "./build";
import { canReachInstaller, installCli } from "./install";
import { type Environment, cachedCliRoot, languageHostFor, programIn, programOnPath } from "./locations";
import { withLock } from "./lock";
import { startProgress } from "./progress";
import { runCommand } from "./run-command";
import { isStandIn, placeStandIn } from "./stand-in";
import { CLI_VERSION, MINIMUM_CLI_VERSION, MINIMUM_GO_VERSION, isAtLeast, versionIn } from "./version";

/** A Pulumi command line that can run Node programs. */
export interface PulumiCli {
  /** Absolute path of the program. */
  readonly command: string;
  /** For example `3.259.0`. */
  readonly version: string;
  /** `path`: was on the machine. `cache`: made by an earlier run. `installed` or `built`: made just now. */
  readonly origin: "path" | "installed" | "built" | "cache";
  /** Folders to put first on PATH, so that the program and its plugins are found, and found once only. */
  readonly binDirectories: readonly string[];
  /** Whether programs are run by the stand-in of this project instead of Pulumi's own language host. */
  readonly standInLanguageHost: boolean;
}

/** How to look for the CLI. */
export interface FindOptions {
  /** Gets one line on what was found, and lines on why something is installed or built. */
  readonly log: (line: string) => void;
  /** Default: `process.env`. */
  readonly environment?: Environment;
}

/**
 * Finds the CLI; installs or builds one if there is none. Order: PATH and `~/.pulumi/bin` with a Node language
 * host, the cache, Pulumi's installer, PATH without a language host, Go. Throws an Error that says what to
 * install if nothing works.
 */
export async function findPulumiCli(options: FindOptions): Promise<PulumiCli> {
  const environment = options.environment ?? process.env;
  const cli = await find(environment, options.log);
  options.log(describePulumiCli(cli));
  return cli;
}

/** One line: which program, which version, where from. */
export function describePulumiCli(cli: PulumiCli): string {
  const origins = {
    path: "found",
    cache: "kept from an earlier run",
    installed: "just installed",
    built: "just built",
  };
  const host = cli.standInLanguageHost ? ", with this project's stand-in for the Node language host" : "";
  return `Pulumi CLI ${cli.version} (${origins[cli.origin]}${host}): ${cli.command}`;
}

/** The environment with the CLI's folders first on PATH. */
export function withPulumiOnPath(cli: PulumiCli, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const separator = process.platform === "win32" ? ";" : ":";
  const path = [...cli.binDirectories, environment["PATH"] ?? environment["Path"] ?? ""].join(separator);
  return { ...environment, PATH: path };
}

async function find(environment: Environment, log: (line: string) => void): Promise<PulumiCli> {
  const usable = await existing(environment, log);
  const complete = usable.find((candidate) => candidate.hasLanguageHost);
  if (complete !== undefined) return asCli(complete, "path");

  const root = cachedCliRoot(CLI_VERSION, environment);
  const cached = await probe(join(root, "bin"));
  if (cached !== undefined) return asCli(cached, "cache");

  return withLock(
    `${root}.lock`,
    async () => {
      const meanwhile = await probe(join(root, "bin"));
      return meanwhile === undefined ? make(root, usable, { environment, log }) : asCli(meanwhile, "cache");
    },
    {
      onWait: (pid) => {
        log(`Another process (${pid ?? "unknown"}) is preparing the Pulumi CLI; waiting for it.`);
      },
    },
  );
}

interface Candidate {
  readonly command: string;
  readonly version: string;
  readonly hasLanguageHost: boolean;
}

async function existing(environment: Environment, log: (line: string) => void): Promise<Candidate[]> {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const onPath = programOnPath("pulumi", environment);
  const directories = [...(onPath === undefined ? [] : [dirname(onPath)]), join(home, "bin")];
  const found: Candidate[] = [];
  for (const directory of new Set(directories)) {
    const candidate = await probe(directory, environment);
    if (candidate === undefined) continue;
    if (isAtLeast(candidate.version, MINIMUM_CLI_VERSION)) found.push(candidate);
    else log(`${candidate.command} is ${candidate.version}; at least ${MINIMUM_CLI_VERSION} is needed.`);
  }
  return found;
}

/** Asks the `pulumi` in a folder for its version; its language host may also be on the PATH that is given. */
async function probe(directory: string, environment: Environment = {}): Promise<Candidate | undefined> {
  const command = programIn(directory, "pulumi");
  if (command === undefined) return undefined;
  const env = { ...process.env, ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { code, stdout } = await runCommand(command, ["version"], { env, timeoutMs: 60_000 });
  const version = versionIn(stdout);
  if (code !== 0 || version === undefined) return undefined;
  const host = languageHostFor(command, environment);
  return { command, version, hasLanguageHost: host !== undefined && !isStandIn(host) };
}

function asCli(candidate: Candidate, origin: PulumiCli["origin"]): PulumiCli {
  const { version, hasLanguageHost } = candidate;
  const command = hasLanguageHost ? candidate.command : placeStandIn(candidate.command);
  // A folder such as /usr/bin is not moved ahead of the PATH's other folders: it may hold another `node`.
  const isFirst = programOnPath("pulumi", process.env) === command;
  const binDirectories = isFirst ? [] : [dirname(command)];
  return { command, version, origin, binDirectories, standInLanguageHost: !hasLanguageHost };
}

async function make(
  root: string,
  usable: readonly Candidate[],
  { environment, log }: { environment: Environment; log: (line: string) => void },
): Promise<PulumiCli> {
  const reasons: string[] = [];
  if (await canReachInstaller()) {
    log(`No Pulumi CLI here yet: installing ${CLI_VERSION} with Pulumi's installer into ${root}.`);
    try {
      const made = await makeIn(root, async (partial) => installCli(partial, { ...environment }));
      return asCli(made, "installed");
    } catch (error) {
      reasons.push((error as Error).message);
    }
  } else {
    reasons.push("Pulumi's download host cannot be reached");
  }
  const [incomplete] = usable;
  if (incomplete !== undefined) return asCli(incomplete, "path");

  const toolchain = await findGo(environment);
  if ("go" in toolchain) {
    log(`No Pulumi CLI here, and ${reasons.join("; ")}.`);
    log(`Building ${CLI_VERSION} from its Go module, once; this takes some minutes. It is kept in ${root}.`);
    try {
      const made = await makeIn(root, async (partial) => {
        const name = process.platform === "win32" ? "pulumi.exe" : "pulumi";
        const progress = startProgress();
        try {
          await buildCli(toolchain.go, join(partial, "bin", name), { environment, progress });
        } finally {
          progress.stop();
        }
      });
      return asCli(made, "built");
    } catch (error) {
      reasons.push((error as Error).message);
    }
  } else {
    reasons.push(toolchain.reason);
  }
  throw new Error(
    `There is no usable Pulumi CLI, and none could be made: ${reasons.join("; ")}. ` +
      `Install pulumi ${MINIMUM_CLI_VERSION} or newer and put it on PATH, or Go ${MINIMUM_GO_VERSION} or newer to build it.`,
  );
}

/** Fills a folder under another name and renames it when its `pulumi` has answered. */
async function makeIn(root: string, fill: (partial: string) => Promise<void>): Promise<Candidate> {
  const partial = `${root}.partial-${process.pid}`;
  try {
    mkdirSync(join(partial, "bin"), { recursive: true });
    await fill(partial);
    const made = await probe(join(partial, "bin"));
    if (made === undefined) throw new Error("the Pulumi CLI that was made does not run");
    rmSync(root, { recursive: true, force: true });
    renameSync(partial, root);
    return { ...made, command: join(root, "bin", basename(made.command)) };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
