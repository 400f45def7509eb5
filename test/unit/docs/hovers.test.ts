/** What an editor shows on hovering: every exported name of the entry points, and every member of it, has a doc comment. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { read, root } from "./documents";

type Member = ts.TypeElement | ts.ClassElement;

/** The declarations of each entry point of package.json that programs declare resources with. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, { types?: string } | string> };
  return Object.entries(exports).flatMap(([name, entry]) =>
    typeof entry === "string" || entry.types === undefined || name === "./simulator" ? [] : [join(root, entry.types)],
  );
}

/** Walks everything that a user can reach from the exports, through the types of members, inside this package. */
class Walk {
  readonly undocumented: string[] = [];
  members = 0;
  readonly #seen = new Set<ts.Symbol>();
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  visit(named: ts.Symbol): void {
    const symbol = named.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(named) : named;
    const declarations = (symbol.declarations ?? []).filter((one) => isOurs(one));
    if (this.#seen.has(symbol) || declarations.length === 0) return;
    this.#seen.add(symbol);
    if (ts.isTypeParameterDeclaration(declarations[0]!)) return;
    // The compiler's name of what a class extends is nowhere shown; its type is walked.
    const base = /_base$/.test(symbol.name);
    if (!base) this.#judge(symbol, symbol.name);
    // A constant shows its value.
    for (const declaration of declarations)
      if (base || !ts.isVariableDeclaration(declaration)) this.#children(declaration, symbol.name);
  }

  #judge(symbol: ts.Symbol, path: string): void {
    this.members++;
    if (symbol.getDocumentationComment(this.#checker).length === 0) this.undocumented.push(path);
  }

  #children(node: ts.Node, path: string): void {
    ts.forEachChild(node, (child) => {
      if (isMember(child)) {
        if (isHidden(child)) return;
        const symbol = this.#checker.getSymbolAtLocation(child.name ?? child);
        const inner = `${path}.${child.name?.getText() ?? ""}`;
        if (symbol !== undefined) this.#judge(symbol, inner);
        this.#children(child, inner);
        return;
      }
      if (ts.isTypeReferenceNode(child) || ts.isExpressionWithTypeArguments(child)) {
        const name = ts.isTypeReferenceNode(child) ? child.typeName : child.expression;
        const symbol = this.#checker.getSymbolAtLocation(name);
        if (symbol !== undefined) this.visit(symbol);
      }
      this.#children(child, path);
    });
  }
}

function isMember(node: ts.Node): node is Member & { readonly name?: ts.PropertyName } {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node)
  );
}

function isHidden(node: ts.Node & { readonly name?: ts.PropertyName }): boolean {
  const flags = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []).map(({ kind }) => kind) : [];
  return (node.name !== undefined && ts.isPrivateIdentifier(node.name)) || flags.includes(ts.SyntaxKind.PrivateKeyword);
}

function isOurs(node: ts.Node): boolean {
  return node.getSourceFile().fileName.startsWith(join(root, "dist"));
}

test("P12: every argument and output that a user can reach has a hover", () => {
  const files = entryPoints();
  const options = { module: ts.ModuleKind.Node16, skipLibCheck: true, types: [], noLib: true };
  const disk = ts.createCompilerHost(options);
  // What other packages declare is theirs, and takes longest to read.
  const own = { ...disk, fileExists: (path: string) => !path.includes("/node_modules/") && disk.fileExists(path) };
  const program = ts.createProgram(files, options, own);
  const checker = program.getTypeChecker();
  const walk = new Walk(checker);
  for (const file of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    assert.ok(module, file);
    for (const symbol of checker.getExportsOfModule(module)) walk.visit(symbol);
  }
  assert.ok(walk.members > 200, `only ${walk.members} names were found`);
  assert.equal(walk.undocumented.sort().join("\n"), "");
});
