/** WQL as far as it is spoken here: SELECT with WHERE, ASSOCIATORS OF and REFERENCES OF. */

import type { WmiReference } from "./instances";

/** A literal. */
export type Literal = string | number | boolean | undefined;

/** A condition on one instance. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly inner: Condition }
  | { readonly kind: "compare"; readonly property: string; readonly operator: Operator; readonly value: Literal };

/** How a property is compared; NULL only with `is` and `is-not`. */
export type Operator = "=" | "<>" | "<" | ">" | "<=" | ">=" | "like" | "is" | "is-not";

/** A query. */
export type Query =
  | {
      readonly kind: "select";
      /** Absent for `*`. */
      readonly properties?: readonly string[];
      readonly className: string;
      readonly where?: Condition;
    }
  | {
      readonly kind: "associators" | "references";
      readonly of: WmiReference;
      /** Values by lower-cased word: `assocclass`, `resultclass`, `role`, `resultrole`. */
      readonly where: Readonly<Record<string, string>>;
    };

/** The text is not a query of this language. */
export class WqlError extends Error {
  override readonly name = "WqlError";
}

type Token =
  | { readonly kind: "word" | "symbol"; readonly text: string }
  | { readonly kind: "path"; readonly text: string }
  | { readonly kind: "literal"; readonly value: string | number };

const TOKEN =
  /\s*(?:(?<path>\{[^}]*\})|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?![\w.]))|(?<word>[A-Za-z_]\w*)|(?<symbol><>|!=|<=|>=|[=<>(),*]))/suy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw new WqlError("unexpected character");
    if (groups["path"] !== undefined) found.push({ kind: "path", text: groups["path"].slice(1, -1) });
    else if (groups["text"] !== undefined) found.push({ kind: "literal", value: unescape(groups["text"]) });
    else if (groups["number"] !== undefined) found.push({ kind: "literal", value: Number(groups["number"]) });
    else if (groups["word"] !== undefined) found.push({ kind: "word", text: groups["word"] });
    else found.push({ kind: "symbol", text: groups["symbol"] ?? "" });
  }
  return found;
}

function unescape(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gsu, "$1");
}

/**
 * An object path: `Win32_Group.Domain='WEB01',Name='Users'`, with or without the machine and namespace before it.
 * @throws WqlError
 */
export function parsePath(text: string): WmiReference {
  const match = /^\s*(?:\\\\[^:]*:|[^.'"]*:)?(?<className>\w+)\.(?<keys>.+)$/su.exec(text);
  if (match?.groups === undefined) throw new WqlError("not an object path");
  const { className = "", keys = "" } = match.groups;
  const parser = new Parser(tokens(keys));
  const values: Record<string, string> = {};
  do {
    const name = parser.word();
    parser.symbol("=");
    values[name] = String(parser.literal() ?? "");
  } while (parser.takes(","));
  parser.end();
  return { className, keys: values };
}

/** @throws WqlError */
export function parseQuery(text: string): Query {
  const parser = new Parser(tokens(text));
  if (parser.takesWord("select")) return select(parser);
  const kind = parser.takesWord("associators") ? "associators" : "references";
  if (kind === "references") parser.keyword("references");
  parser.keyword("of");
  const of = parsePath(parser.path());
  const where: Record<string, string> = {};
  if (parser.takesWord("where")) {
    while (!parser.ended) {
      const word = parser.word().toLowerCase();
      if (!["assocclass", "resultclass", "role", "resultrole"].includes(word)) throw new WqlError(`unknown ${word}`);
      parser.symbol("=");
      where[word] = parser.word();
    }
  }
  return { kind, of, where };
}

function select(parser: Parser): Query {
  const properties: string[] = [];
  if (!parser.takes("*")) {
    do properties.push(parser.word());
    while (parser.takes(","));
  }
  parser.keyword("from");
  const className = parser.word();
  const where = parser.takesWord("where") ? disjunction(parser) : undefined;
  parser.end();
  return {
    kind: "select",
    className,
    ...(properties.length === 0 ? {} : { properties }),
    ...(where === undefined ? {} : { where }),
  };
}

function disjunction(parser: Parser): Condition {
  let left = conjunction(parser);
  while (parser.takesWord("or")) left = { kind: "or", left, right: conjunction(parser) };
  return left;
}

function conjunction(parser: Parser): Condition {
  let left = term(parser);
  while (parser.takesWord("and")) left = { kind: "and", left, right: term(parser) };
  return left;
}

function term(parser: Parser): Condition {
  if (parser.takesWord("not")) return { kind: "not", inner: term(parser) };
  if (parser.takes("(")) {
    const inner = disjunction(parser);
    parser.symbol(")");
    return inner;
  }
  const property = parser.word();
  if (parser.takesWord("is")) {
    const operator = parser.takesWord("not") ? "is-not" : "is";
    parser.keyword("null");
    return { kind: "compare", property, operator, value: undefined };
  }
  const operator = parser.operator();
  return { kind: "compare", property, operator, value: parser.literal() };
}

class Parser {
  #at = 0;
  constructor(private readonly all: readonly Token[]) {}

  get ended(): boolean {
    return this.#at >= this.all.length;
  }

  end(): void {
    if (!this.ended) throw new WqlError("text after the end");
  }

  takes(symbol: string): boolean {
    const token = this.all[this.#at];
    if (token?.kind !== "symbol" || token.text !== symbol) return false;
    this.#at += 1;
    return true;
  }

  takesWord(word: string): boolean {
    const token = this.all[this.#at];
    if (token?.kind !== "word" || token.text.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  symbol(text: string): void {
    if (!this.takes(text)) throw new WqlError(`${text} expected`);
  }

  keyword(word: string): void {
    if (!this.takesWord(word)) throw new WqlError(`${word} expected`);
  }

  word(): string {
    const token = this.all[this.#at];
    if (token?.kind !== "word") throw new WqlError("a name expected");
    this.#at += 1;
    return token.text;
  }

  path(): string {
    const token = this.all[this.#at];
    if (token?.kind !== "path") throw new WqlError("an object path expected");
    this.#at += 1;
    return token.text;
  }

  operator(): Operator {
    if (this.takesWord("like")) return "like";
    for (const symbol of ["=", "<>", "<=", ">=", "<", ">"] as const) if (this.takes(symbol)) return symbol;
    this.symbol("!=");
    return "<>";
  }

  literal(): Literal {
    if (this.takesWord("true")) return true;
    if (this.takesWord("false")) return false;
    if (this.takesWord("null")) return undefined;
    const token = this.all[this.#at];
    if (token?.kind !== "literal") throw new WqlError("a value expected");
    this.#at += 1;
    return token.value;
  }
}
