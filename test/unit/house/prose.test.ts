/** Tests assert codes, properties, rules and numbers. Sentences of the product are in the catalogues of test/golden/ alone. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

const WORDS = 3;
/** How many arguments of `assert.…` are compared; what follows is for the reader of a failure. */
const COMPARED: Readonly<Record<string, number>> = { ok: 1, fail: 0 };

/** Folders whose tests compare what is Windows' own or another program's. */
const EXCEPTIONS = ["test/unit/simulator/windows/", "test/unit/simulator/http/"];
/** What begins a command, which is to be typed as it is. */
const COMMAND = /^(?:npm|npx|pulumi|winrm) /;

function sources(folder: string): ts.SourceFile[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      return ts.createSourceFile(path, readFileSync(join(projectRoot, path), "utf8"), ts.ScriptTarget.Latest, true);
    });
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isRegularExpressionLiteral(node))
    return node.text.replace(/\\(?:[sSdDwWb]|[.()[\]{}*+?^$|/\\])|[.[\](){}*+?^$|]/g, " | ");
  if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) return node.text;
  return undefined;
}

/** Every run of three words in lower case. */
function phrases(text: string): string[] {
  const runs = text.match(/(?<![\w'.-])[a-z][a-z']*(?: [a-z][a-z']*)+(?![\w'-]|:(?! ))/g) ?? [];
  return runs.flatMap((run) => {
    if (COMMAND.test(run)) return [];
    const words = run.split(" ");
    return words.slice(WORDS - 1).map((_, index) => words.slice(index, index + WORDS).join(" "));
  });
}

/** Phrases of all messages. */
function messages(): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    for (const phrase of phrases(textOf(node) ?? "")) found.add(phrase);
    ts.forEachChild(node, visit);
  };
  sources("provider").forEach(visit);
  return found;
}

/** Texts that a test compares: patterns anywhere, strings in what is handed to `assert`. */
function compared(file: ts.SourceFile): { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = [];
  const visit = (node: ts.Node, asserted: boolean): void => {
    const text = asserted || ts.isRegularExpressionLiteral(node) ? textOf(node) : undefined;
    if (text !== undefined) found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text });
    const name = ts.isCallExpression(node) ? /^assert\.(\w+)$/.exec(node.expression.getText())?.[1] : undefined;
    if (name === undefined || !ts.isCallExpression(node))
      ts.forEachChild(node, (child) => {
        visit(child, asserted);
      });
    else
      node.arguments.slice(0, COMPARED[name] ?? 2).forEach((argument) => {
        visit(argument, true);
      });
  };
  visit(file, false);
  return found;
}

test("no test compares a sentence of the product", () => {
  const known = messages();
  const files = ["unit", "lifecycle", "faults", "engine", "package", "peers"].flatMap((lane) =>
    sources(`test/${lane}`),
  );
  const wrong = files.flatMap((file) =>
    compared(file)
      .filter(() => !EXCEPTIONS.some((folder) => file.fileName.startsWith(folder)))
      .flatMap(({ line, text }) => {
        const phrase = phrases(text).find((one) => known.has(one));
        return phrase === undefined ? [] : [`${file.fileName}:${line}: ${phrase}`];
      }),
  );
  assert.deepEqual(wrong, []);
});
