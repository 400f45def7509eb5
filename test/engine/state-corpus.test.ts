/** The states that releases have written: the current code finds nothing to change in them, and destroys what they hold. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as runtime from "../../provider/runtime.js";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import {
  CORPUS_PROJECT,
  type Corpus,
  contentOf,
  contentWith,
  corpora,
  onlyPort,
  startCorpusHost,
  surroundingsOf,
  withPorts,
} from "../../scripts/state-corpus/corpus.js";
import type { SimulatedHost } from "../../simulator/index.js";
import { type EngineFixture, engineFixture } from "./support/harness.js";
import { STACK_LINE, diagnosticsOf, printed } from "./support/hosts.js";

interface Replay {
  readonly fixture: EngineFixture;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
}

/** A stack with the corpus' state and program, its hosts as they were. `edit` may change the state. */
async function replay(
  t: TestContext,
  corpus: Corpus,
  edit: (state: unknown) => void = () => undefined,
): Promise<Replay> {
  const hosts = new Map<string, SimulatedHost>();
  for (const { name, after } of corpus.hosts) {
    const host = await startCorpusHost(name, after);
    t.after(() => host.stop());
    hosts.set(name, host);
  }
  const { files, env } = surroundingsOf(hosts);
  const fixture = await engineFixture(t, {
    program: { "index.js": corpus.program.join("\n"), ...files },
    projectName: CORPUS_PROJECT,
    env: { ...env, PULUMI_CONFIG_PASSPHRASE: CORPUS_PROJECT },
  });
  const ports = new Map(corpus.hosts.map(({ name, port }) => [port, onlyPort(hosts.get(name)!)]));
  const state = withPorts(corpus.state, ports);
  edit(state);
  fixture.write({ "state.json": JSON.stringify(state) });
  await fixture.pulumi(["stack", "import", "--file", "state.json"]);
  return { fixture, hosts };
}

/** What a preview would do with each resource that is not the same, by name. */
async function steps(fixture: EngineFixture): Promise<Map<string, string>> {
  const { stdout } = await fixture.pulumi(["preview", "--json"]);
  const plan = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
  return new Map(plan.steps.map(({ op, urn }) => [urn.split("::").at(-1)!, op]));
}

for (const corpus of corpora()) {
  test(`the states that ${corpus.version} wrote need no change and no refresh, and are destroyed as they should`, async (t) => {
    const { fixture, hosts } = await replay(t, corpus);
    const noWrites = () => {
      assert.deepEqual(
        [...hosts.values()].flatMap((host) => host.journal.writes()),
        [],
      );
    };

    const found = await steps(fixture);
    const wanted = corpus.hosts.map(({ name, step }) => [name, step]);
    assert.deepEqual(
      corpus.hosts.map(({ name }) => [name, found.get(name) ?? "same"]),
      wanted,
    );
    const others = [...found].filter(([name, op]) => op !== "same" && !hosts.has(name));
    assert.deepEqual(others, [], "the stack, its providers and components are the same");
    noWrites();

    const refresh = await fixture.pulumi(["refresh", "--yes", "--skip-preview"]);
    const shown = [...refresh.stdout.matchAll(/^ ~ +\S+ (\w+) updated(?: |$)/gm)].map(([, name]) => name);
    assert.deepEqual(
      [...new Set(shown)],
      corpus.hosts.filter(({ refreshes }) => refreshes).map(({ name }) => name),
    );
    noWrites();
    const preview = await steps(fixture);
    // A refresh clears the errors of a failed apply; what is missing shows as a difference all the same.
    assert.deepEqual(
      corpus.hosts.map(({ name }) => [name, preview.get(name) ?? "same"]),
      wanted,
    );

    await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
    for (const described of corpus.hosts) {
      const host = hosts.get(described.name)!;
      assert.deepEqual(contentOf(host), await contentWith(described.name, described.end), described.name);
      assert.equal(host.shells.open, 0, described.name);
      assert.equal(host.journal.logonFailures().length, 0, described.name);
    }
    t.diagnostic(`${corpus.version}: ${corpus.hosts.length} resources`);
  });
}

test("the corpus of this version holds every resource; npm run state-corpus writes it", () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  const corpus = corpora().find((one) => one.version === version);
  const text = JSON.stringify(corpus?.state);
  for (const type of Object.keys(runtime)) assert.ok(text.includes(`dynamic/winrm:${type}::`), type);
});

test("a state of a newer release is refused by every command, and nothing is written", async (t) => {
  const corpus = corpora().at(-1)!;
  const { fixture, hosts } = await replay(t, corpus, (state) => {
    const { resources } = (state as { deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] } })
      .deployment;
    const newer = resources.find(({ urn }) => urn.endsWith("::added"));
    newer!.outputs!["schemaVersion"] = 2;
  });
  for (const command of [
    ["preview"],
    ["up", "--yes", "--skip-preview"],
    ["refresh", "--yes", "--skip-preview"],
    ["destroy", "--yes"],
  ]) {
    const text = printed(await fixture.pulumi(command, { expectExit: "any" }));
    const own = (diagnosticsOf(text)["TrustedHosts (added)"] ?? []).join("\n");
    assert.match(own, /error: .*\b2\b.*\b1\b \[WINRM_E_SCHEMA\]\n.*next: /, command.join(" "));
    assert.doesNotMatch(text, STACK_LINE);
    assert.deepEqual(hosts.get("added")!.journal.writes(), [], command.join(" "));
  }
});
