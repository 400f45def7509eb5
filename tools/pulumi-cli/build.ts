/** Builds the CLI from its Go module, for machines that reach a Go module proxy but not Pulumi's downloads. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Environment, programOnPath, projectRoot } from "./locations";
import type { Progress } from "./progress";
import { runCommand } from "./run-command";
import { CLI_VERSION, MINIMUM_GO_VERSION, isAtLeast, versionIn } from "./version";

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const TAGS = "osusergo,grpcnotrace";
const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const COMPILE_LIMIT_MS = 30 * 60_000;

/** The Go program to build with, or why there is none. */
export type GoToolchain = { readonly go: string } | { readonly reason: string };

/** Looks for a Go that is new enough (or that can fetch one that is, as Go does by itself from 1.21 on). */
export async function findGo(environment: Environment): Promise<GoToolchain> {
  const go = programOnPath("go", environment);
  if (go === undefined) return { reason: "Go is not installed" };
  const result = await runCommand(go, ["version"], { ...inGoFolder(environment), timeoutMs: 120_000 });
  const version = versionIn(result.stdout);
  if (result.code !== 0 || version === undefined || !isAtLeast(version, MINIMUM_GO_VERSION))
    return { reason: `the Go on PATH (${version ?? lastLines(result.stderr)}) is older than ${MINIMUM_GO_VERSION}` };
  return { go };
}

/** Downloads and compiles the CLI to `output`. Throws an Error with the last lines of Go's own message. */
export async function buildCli(
  go: string,
  output: string,
  options: { environment: Environment; progress: Progress },
): Promise<void> {
  const { environment, progress } = options;
  progress.phase("downloading the CLI's source");
  const listed = await runCommand(go, ["list", "-deps", "-tags", TAGS, PACKAGE], {
    ...inGoFolder(environment),
    timeoutMs: DOWNLOAD_LIMIT_MS,
    onStderr: countLines((count) => {
      progress.detail(`${count} modules`);
    }),
  });
  if (listed.code !== 0) throw new Error(`Go cannot download the CLI's source: ${whyFailed(listed)}`);
  const packages = listed.stdout.trim().split("\n").length;

  progress.phase("compiling");
  const linker = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${CLI_VERSION}`;
  const args = ["build", "-v", "-trimpath", "-tags", TAGS, "-ldflags", linker, "-o", output, PACKAGE];
  const built = await runCommand(go, args, {
    ...inGoFolder(environment),
    timeoutMs: COMPILE_LIMIT_MS,
    onStderr: countLines((count) => {
      progress.detail(count < packages ? `${count} of up to ${packages} packages` : "linking");
    }),
  });
  if (built.code !== 0) throw new Error(`Go cannot compile the CLI: ${whyFailed(built)}`);
}

/** The module is read from the checkout itself: tsc copies no Go files. No cgo, so no C compiler is needed. */
function inGoFolder(environment: Environment): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = join(projectRoot, "tools", "pulumi-cli", "go");
  if (!readdirSync(cwd).includes("go.mod")) throw new Error(`${cwd} holds no go.mod`);
  return { cwd, env: { ...environment, CGO_ENABLED: "0", GOWORK: "off" } };
}

function countLines(report: (count: number) => void): (text: string) => void {
  let count = 0;
  return (text) => {
    count += text.split("\n").length - 1;
    report(count);
  };
}

function whyFailed(result: { stderr: string; timedOut: boolean }): string {
  return result.timedOut ? "it took too long" : lastLines(result.stderr);
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join("\n");
}
