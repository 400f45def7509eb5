/** Every program and command of the pages is run by a test, or is of a kind that cannot be run here, with its reason. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, suite, test } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { MAIN } from "../../support/processes/command-line";
import { reportOf, runDoctor } from "../../support/processes/doctor";
import { markdownFiles, read, root } from "./documents";

/** One fenced block: where it stands, its language, and its lines. */
interface Block {
  readonly page: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** A command line, or a block of another language, and the test that runs it. */
interface Runner {
  readonly page?: RegExp;
  readonly language?: string;
  /** The first word or words of the line. Default: every line. */
  readonly line?: RegExp;
  /** Path of the test, or why there is none. */
  readonly by?: string;
  readonly not?: string;
}

const RUNNERS: readonly Runner[] = [
  { page: /^docs\/testing\.md$/, language: "ts", by: "test/engine/programs/testing-page.test.ts" },
  { language: "ts", by: "test/engine/programs/page-programs.test.ts" },
  { page: /^docs\/pipelines\.md$/, language: "sh", by: "test/engine/pipelines-page.test.ts" },
  { page: /^docs\/pipelines\.md$/, language: "yaml", not: "it belongs to Pulumi Cloud; read as YAML here" },
  { language: "text", not: "it is output; the messages themselves are in the golden catalogues" },
  { line: /^npx pulumi-winrm (?:doctor|simulate) /, by: "test/unit/docs/blocks.test.ts" },
  { line: /^npx pulumi-winrm prove /, by: "test/unit/cli/prove.test.ts" },
  { line: /^npm ci && npm run demo/, by: "test/engine/programs/demo.test.ts" },
  { line: /^npm ci$/, by: "test/package/clean-install.test.ts" },
  { line: /^npm install pulumi-winrm @pulumi\/pulumi$/, by: "test/package/programs.test.ts" },
  { line: /^npm (?:ci && npm )?(?:run|test)\b/, not: "it runs tests, or is run by continuous integration beside them" },
  { line: /^node dist\/scripts\/run-tests\.js/, not: "it runs tests" },
  { line: /^apt-get install/, not: "it changes the machine; continuous integration installs the same" },
];

const PAGES = /^(?:README|CONTRIBUTING|SECURITY)\.md$|^docs\/|^simulator\/README\.md$/;
const blocks = markdownFiles()
  .filter((page) => PAGES.test(page))
  .flatMap(blocksOf);

function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = "", language = "", text = ""]) => {
      const joined = text.replace(/\\\n\s*/g, "");
      const lines = joined.split("\n").map((line) => line.slice(indent.length));
      return { page, language, lines: lines.filter((line) => line.trim() !== "") };
    },
  );
}

/** Commands one by one; everything else as a whole, by its first line. */
function unitsOf({ page, language, lines }: Block): { page: string; language: string; line: string }[] {
  const units = language === "sh" ? lines : lines.slice(0, 1);
  return units.map((line) => ({ page, language, line: line.replace(/\s+#.*$/, "") }));
}

function runnerOf({ page, language, line }: { page: string; language: string; line: string }): Runner | undefined {
  return RUNNERS.find(
    (one) => (one.page?.test(page) ?? true) && (one.language ?? "sh") === language && (one.line?.test(line) ?? true),
  );
}

const units = blocks.flatMap(unitsOf);
const commands = units
  .filter((unit) => runnerOf(unit)?.by === "test/unit/docs/blocks.test.ts")
  .map(({ page, line }) => ({ page, words: wordsOf(line).slice(2) }));

/** The words of a command line as a shell reads them, as far as the pages need it: quotes in single quotes only. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** Starts the command, and waits for its first words or its end. */
async function firstOutput(t: TestContext, words: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  return await new Promise((resolve) => {
    let printed = "";
    child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    child.stdout?.once("data", (chunk: Buffer) => {
      resolve(printed + chunk.toString());
    });
    child.once("close", () => {
      resolve(printed);
    });
  });
}

suite("the fenced blocks of the pages", () => {
  test("are each run by a test that exists, or of a kind that cannot be run here", () => {
    assert.ok(units.length > 40, `only ${units.length} were found`);
    const unknown = units.filter((unit) => runnerOf(unit) === undefined);
    assert.deepEqual(unknown, []);
    for (const { by, not } of RUNNERS) assert.ok(by === undefined ? not : existsSync(join(root, by)), by);
  });

  test("leave no kind unused that cannot be run", () => {
    const used = new Set(units.map(runnerOf));
    assert.deepEqual(
      RUNNERS.filter((one) => !used.has(one)),
      [],
    );
  });

  test("name only scripts that package.json has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const named = units.flatMap(({ line }) => [...line.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name));
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  for (const { page, words } of commands) {
    test(`${page}: pulumi-winrm ${words.join(" ")}`, async (t) => {
      if (words[0] === "simulate") {
        const free = words.map((word, index) => (words[index - 1] === "--http" ? "0" : word));
        assert.match(await firstOutput(t, free), /127\.0\.0\.1:\d+/);
        return;
      }
      const accounts = [{ name: "ops", password: "For-The-Page-1" }];
      const host = await SimulatedHost.start({ name: "WEB01", accounts, https: true });
      t.after(() => host.stop());
      const here = words.slice(1).map((word) => word.replace("web01.corp.example.com", "127.0.0.1"));
      const pinned = ["--port", String(host.https?.port), "--insecure", "--json"];
      const result = await runDoctor([...here, ...pinned], { OPS_PASSWORD: "For-The-Page-1" });
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.equal(reportOf(result).ok, true);
    });
  }
});
