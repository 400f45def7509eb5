/** What users download: the packed tarball, its contents and its types. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { installedModules, npm, packedTarball } from "../support/projects/packed-project.js";
import { relativeLinks } from "../unit/docs/documents";
import { projectRoot } from "../../tools/pulumi-cli/locations";

const ALLOWED = [
  /^dist\/(provider|simulator)\/[\w/.-]+\.(js|d\.ts|js\.map)$/,
  /^(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$/,
  /^LICENSE$/,
  /^docs\/[\w/.-]+\.(md|svg)$/,
  /^simulator\/README\.md$/,
  /^(examples|templates)\/[\w/.-]+\.(md|ts|mjs|json|ya?ml|ps1|sh|txt|pem|csv)$/,
];
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

test("P10: every relative link in a document of the tarball leads to a file of the tarball", async () => {
  const paths = (await packReport()).files.map(({ path }) => path);
  const folders = new Set(paths.flatMap((path) => foldersOf(path)));
  const documents = paths.filter((path) => path.endsWith(".md"));
  const links = documents.flatMap((path) =>
    relativeLinks(path).map(({ file }) => ({ from: path, to: relative(projectRoot, file).replaceAll("\\", "/") })),
  );
  assert.ok(documents.includes("docs/errors.md") && documents.includes("examples/hello/README.md"));
  assert.ok(links.length > 30);
  const dead = links.filter(({ to }) => !paths.includes(to) && !folders.has(to.replace(/\/$/, "")));
  assert.deepEqual(dead, []);
});

test("P10: the manifest claims no address that is not known, and an install from the tarball builds nothing", async () => {
  const packed = readFileSync(join(await installedModules(), "pulumi-winrm", "package.json"), "utf8");
  const { scripts, ...manifest } = JSON.parse(packed) as { readonly scripts: Record<string, string> };
  const forbidden = ["prepare", "preinstall", "install", "postinstall"];
  assert.deepEqual(
    forbidden.filter((name) => name in scripts),
    [],
  );
  assert.deepEqual(
    ["repository", "homepage", "bugs"].filter((name) => name in manifest),
    [],
  );
});

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

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
