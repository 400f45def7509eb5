/** A folder of examples/ as a reader of its README sets it up, against simulated hosts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type EngineFixture, type FixtureOptions, engineFixture } from "./harness.js";
import { compiled } from "./project.js";

/** What a test does otherwise than the README. */
export interface ExampleOptions extends Pick<FixtureOptions, "env"> {
  /** Values of configuration that are put in place of the README's: ports, file names. Each must occur. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Further files of the project: certificates that the README's commands name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The example's files in a project, compiled, with every `pulumi config set` of the README's part on simulated hosts carried out. */
export async function exampleFixture(
  t: TestContext,
  name: string,
  { env, replace = {}, files = {} }: ExampleOptions = {},
): Promise<EngineFixture> {
  const text = (file: string) => readFileSync(join(projectRoot, "examples", name, file), "utf8");
  const program = Object.fromEntries(["Pulumi.yaml", "package.json", "index.ts"].map((file) => [file, text(file)]));
  const fixture = await engineFixture(t, { program: { ...compiled(program), ...files }, env });
  const [simulated = "", windows] = text("README.md").split(/^## Against (?:a )?Windows hosts?$/m);
  assert.ok(windows !== undefined, `examples/${name}/README.md has no section on Windows hosts`);
  const commands = [...simulated.matchAll(/^pulumi config set (.*?)(?: +#.*)?$/gm)].map(([, line = ""]) => words(line));
  assert.ok(commands.length > 0, `examples/${name}/README.md sets nothing`);
  const replaced = new Set<string>();
  const pairs = commands.map((command) => {
    const [key = "", value = "", ...rest] = command.filter((word) => !word.startsWith("--"));
    assert.deepEqual(rest, [], `one key and one value: ${command.join(" ")}`);
    if (replace[value] !== undefined) replaced.add(value);
    return { path: command.includes("--path"), pair: `${key}=${replace[value] ?? value}` };
  });
  // One command for all of a kind: each takes a second.
  for (const path of [false, true]) {
    const own = pairs.filter((one) => one.path === path).flatMap(({ pair }) => ["--plaintext", pair]);
    if (own.length > 0) await fixture.pulumi(["config", "set-all", ...(path ? ["--path"] : []), ...own]);
  }
  assert.deepEqual([...replaced].sort(), Object.keys(replace).sort(), "every replacement has its place in the README");
  return fixture;
}

/** The words of a command line as a shell reads them, as far as the READMEs need it: quotes in single quotes only. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
