/** docs/pipelines.md, its commands run one after the other as they stand there: from `pulumi new` to a commented pull request. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { type RunResult, runCommand } from "../../tools/pulumi-cli/run-command";
import { packedTarball } from "../support/projects/packed-project.js";
import { PASSWORD, USERNAME, portOf, printed, startHost } from "./support/hosts.js";
import { offlineEnvironment } from "./support/offline.js";
import { githubBlocks, linkCommand, runBlocks, startCommentService } from "./support/pipeline.js";
import { fillModules, temporaryFolder, writeFiles } from "./support/project.js";

const LIMIT_MS = 180_000;
const page = readFileSync(join(projectRoot, "docs", "pipelines.md"), "utf8");
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

/** What is not on this machine stands in: the registry, and the service that has the repository. */
const NPM = `npm() {
  case "$1" in
    pack) cp "$TARBALL" . ;;
    install) : ;;
    *) return 1 ;;
  esac
}
`;

async function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<RunResult> {
  const result = await runCommand("bash", ["-euo", "pipefail", "-c", NPM + script], { cwd, env, timeoutMs: LIMIT_MS });
  assert.equal(result.code, 0, `${script}\n${printed(result)}`);
  return result;
}

/** Git without the settings of this machine's user. */
function gitVariables(root: string): NodeJS.ProcessEnv {
  const settings = {
    "remote.origin.url": join(root, "origin.git"),
    "user.name": "Ops",
    "user.email": "ops@example.com",
  };
  const own: NodeJS.ProcessEnv = {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_COUNT: "3",
  };
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    own[`GIT_CONFIG_KEY_${index}`] = key;
    own[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return own;
}

async function desk(t: TestContext) {
  const host = await startHost(t, { name: "WEB01", config: { "service/auth/Basic": true } });
  const root = temporaryFolder("pipelines-page-");
  const site = { WINRM_PASSWORD: PASSWORD, WINRM_TRANSPORT: "http", WINRM_PORT: String(portOf(host)) };
  const env = {
    ...(await offlineEnvironment(root)),
    ...gitVariables(root),
    ...site,
    TARBALL: await packedTarball(),
  };
  return { host, root, env };
}

test("the page's commands lead from pulumi new to a commented pull request", async (t) => {
  const { host, root, env } = await desk(t);
  assert.equal(blocks.length, 4, "project, pipeline, pull request, comment");
  const [project = "", pipeline = "", pullRequest = "", comment = ""] = blocks;
  await shell(project.replace("CORP\\ops", `WEB01\\${USERNAME}`), root, env);
  const directory = join(root, "site");
  await fillModules(join(directory, "node_modules"));
  linkCommand(directory);
  writeFiles(directory, { "hosts.json": JSON.stringify([{ name: "web01", host: "127.0.0.1" }]) });
  await shell(pipeline, directory, env);
  await shell("git init --quiet --bare ../origin.git", directory, env);
  await shell(pullRequest, directory, env);
  const committed = (await shell("git --git-dir=../origin.git ls-tree -r --name-only hosts", directory, env)).stdout
    .trim()
    .split("\n");
  assert.deepEqual(committed.sort(), [
    ".github/workflows/winrm.yml",
    ".gitignore",
    "Pulumi.prod.yaml",
    "Pulumi.yaml",
    "ci/post-comment.mjs",
    "hosts.json",
    "index.ts",
    "package.json",
  ]);

  const api = await startCommentService(t);
  const job = githubBlocks("preview", readFileSync(join(directory, ".github", "workflows", "winrm.yml"), "utf8"));
  const service = { GITHUB_ACTIONS: "true", GITHUB_API_URL: api.url.slice(0, -1), GITHUB_REPOSITORY: "acme/site" };
  const given = { ...service, GITHUB_TOKEN: "token", PR_NUMBER: "7", COMMIT: "0123abc", PULUMI_STACK: "prod" };
  const previewed = await runBlocks({ directory, env }, job, given);
  assert.equal(previewed.code, 0, printed(previewed));
  const [posted = ""] = api.comments;
  assert.match(posted, /^<!-- pulumi-winrm:comment site\/prod -->\n/);
  assert.match(posted, /`service\.basic` \| `true` → `false`/);
  assert.equal(host.config.get("service/auth/Basic"), "true");

  await shell(comment, directory, env);
  const bare = (text: string) => text.replace(/ · commit `\w+`/, "");
  assert.equal(readFileSync(join(directory, "comment.md"), "utf8"), bare(posted), "the same at a desk");
});

test("the template of a single host is a project that previews it", async (t) => {
  const { host, root, env } = await desk(t);
  const hello = (blocks[0] ?? "")
    .replace("templates/fleet", "templates/hello")
    .replace("CORP\\ops", `WEB01\\${USERNAME}`);
  await shell(`${hello}pulumi config set host 127.0.0.1\n`, root, env);
  const directory = join(root, "site");
  await fillModules(join(directory, "node_modules"));
  const { stdout } = await shell("pulumi preview --non-interactive --color never", directory, env);
  assert.match(stdout, /live on 127\.0\.0\.1:\d+: service\.basic is true, wanted false/);
  assert.equal(host.config.get("service/auth/Basic"), "true");
});

test("the page names every file of the pipelines", () => {
  const files = readdirSync(join(projectRoot, "templates", "pipelines"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).split(/templates[\\/]pipelines[\\/]/)[1] ?? "");
  assert.equal(files.length, 4);
  for (const file of files) assert.ok(page.includes(file.replaceAll("\\", "/")), file);
});
