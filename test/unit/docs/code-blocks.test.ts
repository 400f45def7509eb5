/** The programs in the documents, in doc comments and in examples/ compile against the package as it is built. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import ts from "typescript";
import { docComments, fencedBlocks, markdownFiles, read, root } from "./documents";

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  // Documents wait at the top level, as ES modules may.
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: ["node"],
  noEmit: true,
  skipLibCheck: true,
  paths: {
    "pulumi-winrm": [join(root, "dist/provider/index.d.ts")],
    "pulumi-winrm/simulator": [join(root, "dist/simulator/index.d.ts")],
  },
};

/** Doc comments and excerpts leave the imports out. */
const IMPORTS = `import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, CertMapping, GroupMembership, Provider, TokenFilterPolicy, TrustedHosts } from "pulumi-winrm";
import * as fs from "node:fs";
`;

/** Declarations of the SDK, of Node and of this package are parsed once for all programs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says about sources, which are in memory under these names. */
function problemsIn(sources: ReadonlyMap<string, string>): string[] {
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    getCurrentDirectory: () => root,
    fileExists: (path) => sources.has(path) || disk.fileExists(path),
    readFile: (path) => sources.get(path) ?? disk.readFile(path),
    getSourceFile: (path, version) => {
      const text = sources.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, version);
      if (!parsed.has(path)) parsed.set(path, disk.getSourceFile(path, version));
      return parsed.get(path);
    },
  };
  const program = ts.createProgram([...sources.keys()], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    return `${diagnostic.file?.fileName ?? "options"}: ${text}`;
  });
}

/** Named so that imports are resolved from the checkout. */
function asSources(name: string, blocks: readonly string[]): Map<string, string> {
  return new Map(
    blocks.map((block, index) => {
      const text = /^import /m.test(block) ? block : `${IMPORTS}${block}`;
      return [join(root, `${name}-${index + 1}.mts`), text];
    }),
  );
}

function typescriptFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(directory, name));
}

test("every TypeScript block of the Markdown files compiles", (t: TestContext) => {
  const sources = new Map(
    markdownFiles().flatMap((path) => [...asSources(path.replaceAll(/\W/g, "-"), fencedBlocks(read(path), "ts"))]),
  );
  assert.ok(
    [...sources.keys()].some((name) => name.includes("README-md-1")),
    "README.md has a program",
  );
  assert.deepEqual(problemsIn(sources), []);
  t.diagnostic(`${sources.size} blocks`);
});

test("every TypeScript block of a doc comment compiles", (t: TestContext) => {
  const comments = ["provider", "simulator"]
    .flatMap((folder) => typescriptFiles(join(root, folder)))
    .map((path) => docComments(readFileSync(path, "utf8")))
    .join("\n");
  const sources = asSources("doc-comment", fencedBlocks(comments, "ts"));
  assert.ok(sources.size >= 2, "AuthConfig and TrustedHosts have examples");
  assert.deepEqual(problemsIn(sources), []);
  t.diagnostic(`${sources.size} blocks`);
});

test("every example is a whole project of less than 60 lines that compiles", () => {
  const names = readdirSync(join(root, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map((entry) => entry.name);
  assert.ok(names.includes("hello"));
  const sources = new Map(
    names.map((name) => {
      for (const file of ["Pulumi.yaml", "package.json", "README.md"])
        assert.ok(existsSync(join(root, "examples", name, file)), `examples/${name} has no ${file}`);
      const path = join(root, "examples", name, "index.ts");
      const text = readFileSync(path, "utf8");
      assert.ok(text.split("\n").length < 60, `examples/${name} is too long`);
      return [path, text];
    }),
  );
  assert.deepEqual(problemsIn(sources), []);
});

test("a program with a wrong argument is seen by this test's compiler", () => {
  const wrong = `new AuthConfig("web01", { connection: { host: "web01" }, service: { digest: true } });`;
  const [problem, ...others] = problemsIn(asSources("wrong", [wrong]));
  assert.match(problem ?? "", /digest/);
  assert.deepEqual(others, []);
});
