/** What the doc comments of the package's declarations say of each argument and output. */
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../tools/pulumi-cli/locations";

/** An argument or output, as its doc comment describes it. */
export interface Property {
  /** `service.basic`: with the groups that it stands in. */
  readonly name: string;
  /** The interface or class that declares it. */
  readonly owner: string;
  /** The text before the block tags, on one line. */
  readonly meaning: string;
  /** The text of each block tag, by its name without `@`. */
  readonly facts: ReadonlyMap<string, string>;
}

/** The declarations as users get them, compiled into `dist`. */
export class Declarations {
  readonly #checker: ts.TypeChecker;
  readonly #exports: readonly ts.Symbol[];

  constructor(entry = join(projectRoot, "dist", "provider", "index.d.ts")) {
    const options = { module: ts.ModuleKind.Node16, skipLibCheck: true, types: [], noLib: true };
    const disk = ts.createCompilerHost(options);
    // What other packages declare is not looked at, and takes longest to read.
    const host = { ...disk, fileExists: (path: string) => !isLibrary(path) && disk.fileExists(path) };
    const program = ts.createProgram([entry], options, host);
    this.#checker = program.getTypeChecker();
    const source = program.getSourceFile(entry);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is not there; build first`);
    this.#exports = this.#checker.getExportsOfModule(module);
  }

  /**
   * The properties that an exported interface or class declares, those of this package that it extends included. Groups of
   * this many levels are taken apart: `service` as `service.basic`.
   */
  properties(exported: string, levels = 0): Property[] {
    const named = this.#exports.find(({ name }) => name === exported);
    if (named === undefined) throw new Error(`${exported} is not exported`);
    const symbol = named.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(named) : named;
    return this.#propertiesOf(this.#checker.getDeclaredTypeOfSymbol(symbol), "", levels);
  }

  #propertiesOf(type: ts.Type, prefix: string, levels: number): Property[] {
    return type.getProperties().flatMap((symbol) => {
      const declaration = symbol.declarations?.[0];
      if (declaration === undefined || !isOwnProperty(declaration)) return [];
      const name = prefix + symbol.name;
      const group = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(symbol));
      if (levels > 0 && isGroup(group)) return this.#propertiesOf(group, `${name}.`, levels - 1);
      return [{ name, owner: ownerOf(declaration), ...this.#documented(symbol) }];
    });
  }

  #documented(symbol: ts.Symbol): Pick<Property, "meaning" | "facts"> {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    const tags = symbol.getJsDocTags(this.#checker);
    const facts = tags.map(({ name, text: parts }) => [name, onOneLine(ts.displayPartsToString(parts))] as const);
    return { meaning: onOneLine(text), facts: new Map(facts) };
  }
}

function isOwnProperty(node: ts.Declaration): node is ts.PropertyDeclaration | ts.PropertySignature {
  const ours = !node.getSourceFile().fileName.includes("/node_modules/");
  return (
    ours && (ts.isPropertyDeclaration(node) || ts.isPropertySignature(node)) && !node.name.getText().startsWith("__")
  );
}

/** An interface of this package: settings that stand together. */
function isGroup(type: ts.Type): boolean {
  const declaration = type.getSymbol()?.declarations?.[0];
  return (
    declaration !== undefined &&
    ts.isInterfaceDeclaration(declaration) &&
    !isLibrary(declaration.getSourceFile().fileName)
  );
}

function isLibrary(path: string): boolean {
  return path.includes("/node_modules/");
}

function ownerOf({ parent }: ts.Declaration): string {
  return ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent) ? (parent.name?.text ?? "") : "";
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
