/** Catalogues of wording: what is printed is compared with a file that `npm run golden` writes, for a reviewer to read as a difference. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type TestContext, after } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

const WRITE = process.env["GOLDEN"] === "write";

/** The text is that of the catalogue. */
export function assertGolden(name: string, text: string): void {
  const path = join(projectRoot, "test", "golden", name);
  if (WRITE) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"), `npm run golden writes test/golden/${name}`);
}

/** The catalogue of one test file: its tests, each with the texts that it brought about, in their order. */
interface Catalogue {
  readonly path: string;
  readonly known: Map<string, string[]>;
  readonly seen: Map<string, string[]>;
}
let catalogue: Catalogue | undefined;

/** The texts are worded as the catalogue of this test file has them, at test/golden/<lane>/<path>.txt under the test's name. */
export function assertWording(t: TestContext, ...texts: readonly string[]): void {
  catalogue ??= openCatalogue();
  const { path, known, seen } = catalogue;
  const title = t.fullName.replaceAll("\n", " ");
  const before = seen.get(title) ?? [];
  const now = texts.map(steady);
  seen.set(title, [...before, ...now]);
  if (WRITE) return;
  const expected = (known.get(title) ?? []).slice(before.length, before.length + now.length);
  assert.deepEqual(now, expected, `npm run golden writes ${path}`);
}

/** Of the test file that this process runs. */
function openCatalogue(): Catalogue {
  const test = relative(join(projectRoot, "dist", "test"), process.argv[1] ?? "");
  const path = join("test", "golden", test.replace(/\.test\.js$/, ".txt"));
  return {
    path,
    known: existsSync(join(projectRoot, path)) ? textsIn(path) : new Map<string, string[]>(),
    seen: new Map(),
  };
}

after(() => {
  if (catalogue === undefined) return;
  if (WRITE) write(catalogue);
  else if (!process.execArgv.some((option) => option.startsWith("--test-name-pattern"))) {
    const { path, known, seen } = catalogue;
    const counts = (texts: Catalogue["known"]) => [...texts].map(([title, { length }]) => `${title}: ${length}`).sort();
    assert.deepEqual(counts(seen), counts(known), `npm run golden writes ${path}`);
  }
});

/** The texts of a catalogue by their tests: sections of `# title`, each followed by one text, whose lines are indented. */
export function textsIn(path: string): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const section of readFileSync(join(projectRoot, path), "utf8").split(/^# /m).slice(1)) {
    const [title = "", ...lines] = section.trimEnd().split("\n");
    const text = lines.map((line) => line.slice(2)).join("\n");
    texts.set(title, [...(texts.get(title) ?? []), text]);
  }
  return texts;
}

function write({ path, seen }: Catalogue): void {
  const sections = [...seen].flatMap(([title, texts]) =>
    texts.map((text) => [`# ${title}`, ...text.split("\n").map((line) => (line === "" ? "" : `  ${line}`))].join("\n")),
  );
  mkdirSync(dirname(join(projectRoot, path)), { recursive: true });
  writeFileSync(join(projectRoot, path), `${sections.join("\n\n")}\n`);
}

/** Without what differs from run to run: ports, times, days, fingerprints. */
export function steady(text: string): string {
  return text
    .trimEnd()
    .replace(/(?<=127\.0\.0\.1:|localhost:|\]:|\bport )\d{5}\b/g, "PORT")
    .replace(/ *\b\d+ ms\b/g, (time) => "# ms".padStart(time.length))
    .replace(/\b[0-9a-f]{64}\b/g, "5f0c…")
    .replace(/\b20\d\d-\d\d-\d\d(?:T[\d:.]+Z?)?/g, "2031-01-11");
}
