/** What each pipeline template promises: no stored secret, one run a stack, an approval, a runner that reaches the hosts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { root } from "./documents";

type Yaml = Readonly<Record<string, unknown>>;

function template(...path: readonly string[]): string {
  return readFileSync(join(root, "templates", "pipelines", ...path), "utf8");
}

/** Every value of a key, at any depth. */
function all(node: unknown, key: string): unknown[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node as Yaml).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...all(value, key),
  ]);
}

const GITHUB = template("github", ".github", "workflows", "winrm.yml");
const GITLAB = template("gitlab", ".gitlab-ci.yml");
const AZURE = template("azure", "azure-pipelines.yml");

for (const [service, text] of Object.entries({ GITHUB, GITLAB, AZURE })) {
  test(`${service}: three jobs, no stored secret, the scripts that the page describes`, () => {
    assert.doesNotMatch(text, /secrets\.|PULUMI_ACCESS_TOKEN|WINRM_PASSWORD|config set/);
    assert.equal([...text.matchAll(/pulumi preview --refresh --json /g)].length, 1);
    assert.equal([...text.matchAll(/pulumi preview --refresh --expect-no-changes --json /g)].length, 1);
    assert.equal([...text.matchAll(/pulumi up --refresh --yes /g)].length, 1);
    assert.match(text, /--drift --exit-code/);
    assert.match(text, /oidc|auth-actions/);
  });
}

suite("GitHub Actions", () => {
  const { jobs, permissions } = parse(GITHUB) as { jobs: Readonly<Record<string, Yaml>>; permissions: Yaml };

  test("every action is pinned to a commit, with its version beside it", () => {
    const uses = [...GITHUB.matchAll(/uses: (.*)$/gm)].map((match) => match[1] ?? "");
    assert.ok(uses.length >= 12);
    for (const one of uses) assert.match(one, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    assert.deepEqual(new Set(all(jobs, "persist-credentials")), new Set([false]));
  });

  test("each job has a self-hosted runner, an identity, and as few rights as it needs", () => {
    assert.deepEqual(permissions, { contents: "read" });
    for (const [name, job] of Object.entries(jobs)) {
      assert.deepEqual(job["runs-on"], ["self-hosted", "winrm"]);
      const more = name === "preview" ? { "pull-requests": "write" } : {};
      assert.deepEqual(job["permissions"], { contents: "read", "id-token": "write", ...more });
    }
  });

  test("apply and drift of a stack exclude each other, are never cut short, and apply waits for an approval", () => {
    const { apply, drift, preview } = jobs as Record<string, Yaml | undefined>;
    assert.deepEqual(apply?.["concurrency"], { group: "winrm-${{ vars.PULUMI_STACK }}", "cancel-in-progress": false });
    assert.deepEqual(drift?.["concurrency"], apply["concurrency"]);
    assert.equal(apply["environment"], "production");
    assert.match(String(preview?.["if"]), /head\.repo\.full_name == github\.repository/);
  });
});

test("GitLab CI: tagged runners, an identity, one run a stack, a manual start", () => {
  const { default: common, preview, apply, drift } = parse(GITLAB) as Record<string, Yaml | undefined>;
  assert.deepEqual(common?.["tags"], ["winrm"]);
  assert.ok(common["id_tokens"] !== undefined && common["interruptible"] === false);
  for (const job of [apply, drift]) assert.equal(job?.["resource_group"], "winrm-$PULUMI_STACK");
  assert.equal(apply?.["environment"], "production");
  assert.deepEqual(all(apply, "when"), ["manual"]);
  assert.deepEqual(all(preview, "paths"), [["comment.md"]], "the preview itself is no artifact");
});

test("Azure Pipelines: an own pool, an identity in each stage, one run a stack, an environment with its approvals", () => {
  const { pool, stages } = parse(AZURE) as { pool: unknown; stages: Yaml[] };
  assert.equal(pool, "winrm");
  for (const stage of stages) assert.deepEqual(all(stage, "azureSubscription"), ["winrm-pulumi"]);
  const apply = stages.find(({ stage }) => stage === "Apply");
  assert.equal(apply?.["lockBehavior"], "sequential");
  assert.deepEqual(all(apply, "environment"), ["winrm-production"]);
});
