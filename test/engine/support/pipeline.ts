/** The script blocks of a pipeline template, run as its service would run them, beside a stand-in for the service's API. */
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type RunResult, runCommand } from "../../../tools/pulumi-cli/run-command";
import { type EngineFixture, STACK } from "./harness.js";

/** One script block: what it is called, its text, its own variables before they are filled in. */
export interface Block {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

const GITHUB_WORKFLOW = ["pipelines", "github", ".github", "workflows", "winrm.yml"];

type Yaml = Readonly<Record<string, unknown>>;

/** The text of a file below templates/. */
export function templateText(...path: readonly string[]): string {
  return readFileSync(join(projectRoot, "templates", ...path), "utf8");
}

/** Steps of a GitHub Actions job that run a script; of the template, or of the workflow given. */
export function githubBlocks(job: string, workflow = templateText(...GITHUB_WORKFLOW)): Block[] {
  const { jobs } = parse(workflow) as {
    jobs: Record<string, { steps: Yaml[] }>;
  };
  return (jobs[job]?.steps ?? []).flatMap(({ name, run, env }) =>
    typeof run === "string" ? [{ name: String(name), script: run, env: (env ?? {}) as Record<string, string> }] : [],
  );
}

/** A GitLab job's script as one block: a failing line ends it. */
export function gitlabBlocks(job: string): Block[] {
  const jobs = parse(templateText("pipelines", "gitlab", ".gitlab-ci.yml")) as Record<string, { script: string[] }>;
  return [{ name: job, script: `set -eo pipefail\n${(jobs[job]?.script ?? []).join("\n")}`, env: {} }];
}

/** `bash` steps of a stage of Azure Pipelines. */
export function azureBlocks(stage: string): Block[] {
  const { stages } = parse(templateText("pipelines", "azure", "azure-pipelines.yml")) as { stages: Yaml[] };
  const steps: Yaml[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("bash" in node) steps.push(node);
    Object.values(node).forEach(walk);
  };
  walk(stages.find((one) => one["stage"] === stage));
  return steps.map(({ bash, displayName, env }) => ({
    name: String(displayName),
    script: String(bash),
    env: (env ?? {}) as Record<string, string>,
  }));
}

/** Runs the blocks of a job until one fails, `npm ci` left out: the packages are there. */
export async function runBlocks(
  fixture: Pick<EngineFixture, "directory" | "env">,
  blocks: readonly Block[],
  given: Readonly<Record<string, string>>,
): Promise<RunResult> {
  linkCommand(fixture.directory);
  const output = join(fixture.directory, "github-output");
  const summary = join(fixture.directory, "step-summary.md");
  for (const file of [output, summary]) writeFileSync(file, "");
  let last: RunResult = { code: 0, stdout: "", stderr: "" } as RunResult;
  for (const { script, env } of blocks) {
    if (script.trim() === "npm ci") continue;
    const outputs = Object.fromEntries(
      readFileSync(output, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split("=") as [string, string]),
    );
    const filled = Object.fromEntries(
      Object.entries(env).map(([variable, value]) => [
        variable,
        (variable === "CODE" ? outputs["code"] : given[variable]) ?? value,
      ]),
    );
    last = await runCommand("bash", ["-e", "-c", script], {
      cwd: fixture.directory,
      env: {
        ...fixture.env,
        PULUMI_STACK: STACK,
        ...given,
        ...filled,
        WINRM_FINDINGS_FILE: "findings.json",
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
      },
      timeoutMs: 180_000,
    });
    if (last.code !== 0) break;
  }
  return last;
}

/** What the last job wrote into its step summary. */
export function summaryOf(fixture: EngineFixture): string {
  return readFileSync(join(fixture.directory, "step-summary.md"), "utf8");
}

/** The command of the package, which npm links when it installs it. */
export function linkCommand(directory: string): void {
  const bin = join(directory, "node_modules", ".bin");
  if (existsSync(join(bin, "pulumi-winrm"))) return;
  mkdirSync(bin, { recursive: true });
  const main = join(directory, "node_modules", "pulumi-winrm", "dist", "provider", "cli", "main.js");
  chmodSync(main, 0o755);
  symlinkSync(main, join(bin, "pulumi-winrm"));
}

/** Comments of one pull request, as each of the three services lists, creates and changes them. */
export interface CommentService {
  readonly url: string;
  readonly comments: string[];
  readonly calls: string[];
}

/** Starts the stand-in on loopback; the test's end stops it. */
export async function startCommentService(t: TestContext): Promise<CommentService> {
  const comments: string[] = [];
  const calls: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, comments, calls).then((body) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, comments, calls };
}

async function answer(request: IncomingMessage, comments: string[], calls: string[]): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { method = "", url = "" } = request;
  calls.push(`${method} ${url.split("?")[0] ?? ""}`);
  const azure = url.includes("/_apis/");
  if (method === "GET") {
    const listed = comments.map((body, index) =>
      azure ? { id: index + 1, comments: [{ id: 1, content: body }] } : { id: index + 1, body },
    );
    return azure ? { value: listed } : listed;
  }
  const sent = JSON.parse(text) as { body?: string; content?: string; comments?: { content: string }[] };
  const body = sent.body ?? sent.content ?? sent.comments?.[0]?.content ?? "";
  if (method === "POST") comments.push(body);
  else {
    const [, id = "0"] = /(?:comments|notes|threads)\/(\d+)/.exec(url) ?? [];
    comments[Number(id) - 1] = body;
  }
  return { id: comments.length };
}
