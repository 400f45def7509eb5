/** What users download: the packed tarball, its contents and its types. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { npm, packedTarball } from "../support/packed-project.js";
import { projectRoot } from "../../tools/pulumi-cli/locations";

const ALLOWED = [/^dist\/(provider|simulator)\/[\w/.-]+\.(js|d\.ts|js\.map)$/, /^(README|CHANGELOG)\.md$/, /^LICENSE$/];
const REQUIRED = ["package.json", "LICENSE", "README.md", "CHANGELOG.md"];
const ENTRY_POINTS = ["dist/provider/index", "dist/provider/runtime", "dist/simulator/index"];

interface PackReport {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

async function packReport(): Promise<PackReport> {
  const { stdout } = await npm(["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: projectRoot });
  const [report] = JSON.parse(stdout) as PackReport[];
  assert.ok(report);
  return report;
}

test("the tarball holds the compiled package and its documents, and nothing else", async (t: TestContext) => {
  const { files, size, unpackedSize } = await packReport();
  const paths = files.map(({ path }) => path);
  const strays = paths.filter((path) => path !== "package.json" && !ALLOWED.some((pattern) => pattern.test(path)));
  assert.deepEqual(strays, []);
  const wanted = [...REQUIRED, ...ENTRY_POINTS.flatMap((entry) => [`${entry}.js`, `${entry}.d.ts`])];
  assert.deepEqual(
    wanted.filter((path) => !paths.includes(path)),
    [],
    "missing from the tarball",
  );
  t.diagnostic(`${paths.length} files, ${Math.round(size / 1024)} KiB packed, ${Math.round(unpackedSize / 1024)} KiB`);
});

test("everything that package.json points to is in the tarball", async () => {
  const manifest = JSON.parse(readFileSync(`${projectRoot}/package.json`, "utf8")) as Record<string, unknown>;
  const { files } = await packReport();
  const paths = new Set(files.map(({ path }) => path));
  const targets = JSON.stringify([manifest["main"], manifest["types"], manifest["exports"], manifest["bin"]])
    .match(/dist\/[^"]+/g)
    ?.filter((path) => !paths.has(path));
  assert.deepEqual(targets, []);
});

test("publint finds nothing to say about the tarball", async () => {
  const { publint } = await import("publint");
  const tarball = new Uint8Array(readFileSync(await packedTarball())).buffer;
  const { messages } = await publint({ pack: { tarball }, strict: true });
  assert.deepEqual(
    messages.map(({ code, path }) => `${code} at ${path.join(".")}`),
    [],
  );
});

test("the types are found from CommonJS and ES modules alike", async () => {
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const analysis = await checkPackage(
    createPackageFromTarballData(new Uint8Array(readFileSync(await packedTarball()))),
  );
  assert.ok(analysis.types, "the package has types");
  const problems = analysis.problems.map((problem) => JSON.stringify(problem));
  assert.deepEqual(problems, []);
});
