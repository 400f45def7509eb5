/** The pipeline templates, run as the three services run them: script blocks, real CLI, simulated host, a stand-in API. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type EngineFixture, engineFixture } from "../support/harness.js";
import { PASSWORD, USERNAME, portOf, printed, startHost } from "../support/hosts.js";
import {
  type Block,
  type CommentService,
  azureBlocks,
  githubBlocks,
  gitlabBlocks,
  runBlocks,
  startCommentService,
  summaryOf,
  templateText,
} from "../support/pipeline.js";
import { compiled } from "../support/project.js";

const DRIFT = 7;

interface Service {
  readonly preview: readonly Block[];
  readonly apply: readonly Block[];
  readonly drift: readonly Block[];
  readonly env: (api: CommentService) => Readonly<Record<string, string>>;
  /** Calls for a first and for a second comment. */
  readonly calls: readonly [RegExp, RegExp];
}

const SERVICES: Readonly<Record<string, Service>> = {
  "GitHub Actions": {
    preview: githubBlocks("preview"),
    apply: githubBlocks("apply"),
    drift: githubBlocks("drift"),
    env: ({ url }) => ({
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: url.slice(0, -1),
      GITHUB_REPOSITORY: "acme/site",
      GITHUB_TOKEN: "token",
      PR_NUMBER: "7",
      COMMIT: "0123abc",
    }),
    calls: [/^POST \/repos\/acme\/site\/issues\/7\/comments$/, /^PATCH \/repos\/acme\/site\/issues\/comments\/1$/],
  },
  "GitLab CI": {
    preview: gitlabBlocks("preview"),
    apply: gitlabBlocks("apply"),
    drift: gitlabBlocks("drift"),
    env: ({ url }) => ({
      GITHUB_ACTIONS: "",
      GITLAB_CI: "true",
      CI_API_V4_URL: `${url}api/v4`,
      CI_PROJECT_ID: "42",
      CI_MERGE_REQUEST_IID: "7",
      CI_COMMIT_SHA: "0123abc",
      GITLAB_TOKEN: "token",
    }),
    calls: [
      /^POST \/api\/v4\/projects\/42\/merge_requests\/7\/notes$/,
      /^PUT \/api\/v4\/projects\/42\/merge_requests\/7\/notes\/1$/,
    ],
  },
  "Azure Pipelines": {
    preview: azureBlocks("Preview"),
    apply: azureBlocks("Apply"),
    drift: azureBlocks("Drift"),
    env: ({ url }) => ({
      GITHUB_ACTIONS: "",
      GITLAB_CI: "",
      SYSTEM_COLLECTIONURI: url,
      SYSTEM_TEAMPROJECT: "site a",
      BUILD_REPOSITORY_ID: "r1",
      SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
      SYSTEM_ACCESSTOKEN: "token",
      BUILD_SOURCEVERSION: "0123abc",
    }),
    calls: [
      /^POST \/site%20a\/_apis\/git\/repositories\/r1\/pullRequests\/7\/threads$/,
      /^PATCH \/site%20a\/_apis\/git\/repositories\/r1\/pullRequests\/7\/threads\/1\/comments\/1$/,
    ],
  },
};

function fleetProgram(): Record<string, string> {
  const filled = (name: string) =>
    templateText("fleet", name).replaceAll("${PROJECT}", "site").replaceAll("${DESCRIPTION}", "Hosts of a site");
  return Object.fromEntries(["Pulumi.yaml", "package.json", "index.ts"].map((name) => [name, filled(name)]));
}

async function repository(
  t: TestContext,
): Promise<{ fixture: EngineFixture; host: Awaited<ReturnType<typeof startHost>> }> {
  const host = await startHost(t, { name: "WEB01", config: { "service/auth/Basic": true } });
  const fixture = await engineFixture(t, {
    projectName: "site",
    program: {
      ...compiled(fleetProgram()),
      "hosts.json": JSON.stringify([{ name: "web01", host: "127.0.0.1", port: portOf(host) }]),
      "ci/post-comment.mjs": templateText("pipelines", "ci", "post-comment.mjs"),
    },
    config: { inventory: "hosts.json", "winrm:username": `WEB01\\${USERNAME}` },
    env: { WINRM_PASSWORD: PASSWORD, WINRM_TRANSPORT: "http" },
  });
  return { fixture, host };
}

for (const [name, { preview, apply, drift, env, calls }] of Object.entries(SERVICES)) {
  test(`${name}: a pull request is commented, a merge applied, a hand edit found, a lockout blocked`, async (t) => {
    const api = await startCommentService(t);
    const { fixture, host } = await repository(t);
    const run = (blocks: readonly Block[]) => runBlocks(fixture, blocks, env(api));
    const good = fleetProgram()["index.ts"] ?? "";

    assert.equal((await run(preview)).code, 0);
    assert.equal(api.comments.length, 1);
    assert.ok(api.comments[0]?.startsWith("<!-- pulumi-winrm:comment site/dev -->\n"));
    assert.match(api.comments[0] ?? "", /`service\.basic`.*→ `false`/);
    assert.equal(host.config.get("service/auth/Basic"), "true", "a preview writes nothing");
    assert.match(api.calls.at(-1) ?? "", calls[0]);

    const lockout = good.replace("service: { basic: false,", "service: { basic: false, negotiate: false,");
    fixture.write(compiled({ "index.ts": lockout }));
    assert.notEqual((await run(preview)).code, 0, "a lockout fails the pull request");
    assert.equal(api.comments.length, 1, "the comment is edited in place");
    assert.match(api.calls.at(-1) ?? "", calls[1]);
    const [verdict = "", rest = ""] = (api.comments[0] ?? "").split("#### Changes");
    assert.ok(verdict.includes("Blocked") && verdict.includes("WINRM_E_LOCKOUT"), "the reason stands on top");
    assert.ok(!rest.includes("WINRM_E_LOCKOUT"));

    fixture.write(compiled({ "index.ts": good }));
    assert.equal((await run(apply)).code, 0);
    assert.equal(host.config.get("service/auth/Basic"), "false");
    // The services differ in how a job's blocks are read and run, not in what a second apply does.
    if (name === "GitHub Actions") {
      host.journal.clear();
      assert.equal((await run(apply)).code, 0);
      assert.deepEqual(host.journal.writes(), [], "a second run writes nothing");
    }

    host.config.set("service/auth/Basic", true);
    const found = await run(drift);
    assert.equal(found.code, DRIFT);
    assert.match(`${printed(found)}${summaryOf(fixture)}`, /`service\.basic`.*`true` → `false`/);
    const planted = [...api.comments, printed(found)].join("\n");
    assert.ok(!planted.includes(PASSWORD));
  });
}
