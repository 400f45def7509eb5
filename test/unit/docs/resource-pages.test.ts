/** Every argument and output of every resource has a row on the resource's page. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import ts from "typescript";
import { read, root, tableRows } from "./documents";

/** Class and arguments by page. */
const PAGES = {
  "auth-config": "AuthConfig",
  "trusted-hosts": "TrustedHosts",
  "cert-mapping": "CertMapping",
  "group-membership": "GroupMembership",
  "token-filter-policy": "TokenFilterPolicy",
} as const;

const program = ts.createProgram([join(root, "dist/provider/index.d.ts")], { module: ts.ModuleKind.Node16 });
const checker = program.getTypeChecker();

/** Names of the properties that this package declares, groups of settings (`service`) as their members (`service.basic`). */
function properties(name: string): string[] {
  const file = program.getSourceFile(join(root, "dist/provider/index.d.ts"));
  const module = file && checker.getSymbolAtLocation(file);
  const exported = module && checker.getExportsOfModule(module).find((symbol) => symbol.name === name);
  assert.ok(exported, `${name} is exported`);
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return checker
    .getDeclaredTypeOfSymbol(symbol)
    .getProperties()
    .filter((property) => {
      const declaration = property.declarations?.[0];
      const kinds = [ts.SyntaxKind.PropertyDeclaration, ts.SyntaxKind.PropertySignature];
      return (
        declaration && kinds.includes(declaration.kind) && !declaration.getSourceFile().fileName.includes("@pulumi")
      );
    })
    .map((property) => property.name)
    .filter((property) => !property.startsWith("__"));
}

suite("the page of a resource", () => {
  for (const [page, name] of Object.entries(PAGES)) {
    test(`${page} has a row for every argument and output of ${name}`, () => {
      const rows = [...tableRows(read(`docs/${page}.md`)), ...tableRows(read("docs/common-arguments.md"))];
      const documented = rows.flatMap(([first = ""]) => first.split(/[,;] /));
      const wanted = [...new Set([...properties(`${name}Args`), ...properties(name)])];
      assert.ok(wanted.length >= 5, wanted.join(", "));
      const missing = wanted.filter((one) => !documented.some((row) => row === one || row.startsWith(`${one}.`)));
      assert.deepEqual(missing, []);
    });
  }
});
