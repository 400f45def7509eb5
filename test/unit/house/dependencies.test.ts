/** The packages that shipped code imports: each has one owner in the provider, and a job there. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

/** Rooms of each package; the simulated host may read what the provider writes, and make certificates. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  "@pulumi/pulumi": ["provider/program"],
  undici: ["provider/session"],
  "fast-xml-parser": ["provider/wsman", "simulator/wsman"],
  kerberos: ["provider/auth"],
  "node-forge": ["provider/x509", "simulator/windows"],
};

function sources(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path).replaceAll("\\", "/"));
}

/** Packages that a file imports as values: `import`, `import()`, `require` and what `createRequire` gives. */
function imported(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(join(projectRoot, path), "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && loads(node.expression)
          ? node.arguments[0]
          : undefined;
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push(packageOf(specifier.text));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function loads(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return /^(?:require|createRequire\(.*\))$/.test(callee.getText());
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

suite("the packages of the product", () => {
  const imports = [...sources("provider"), ...sources("simulator")].map((path) => [path, imported(path)] as const);

  for (const [name, owners] of Object.entries(OWNERS)) {
    test(`${name} is imported by shipped code, in ${owners.join(" and ")} and nowhere else`, () => {
      const users = imports.filter(([, names]) => names.includes(name)).map(([path]) => path);
      for (const owner of owners)
        assert.ok(
          users.some((path) => path.startsWith(`${owner}/`)),
          owner,
        );
      assert.deepEqual(
        users.filter((path) => !owners.some((owner) => path.startsWith(`${owner}/`))),
        [],
      );
    });
  }

  test("each is a dependency of the manifest, kerberos and @pulumi/pulumi as peers", () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      readonly dependencies: Record<string, string>;
      readonly peerDependencies: Record<string, string>;
      readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
    };
    assert.deepEqual(Object.keys(manifest.peerDependenciesMeta), ["kerberos"]);
    assert.deepEqual(Object.keys(manifest.peerDependencies).sort(), ["@pulumi/pulumi", "kerberos"]);
    for (const name of ["undici", "fast-xml-parser", "node-forge"]) assert.ok(name in manifest.dependencies, name);
  });
});
