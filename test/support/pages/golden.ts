/** Catalogues of wording: what is printed is compared with a file that `npm run golden` writes. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

/** The text is that of the catalogue; `npm run golden` writes it there, for a reviewer to read as a difference. */
export function assertGolden(name: string, text: string): void {
  const path = join(projectRoot, "test", "golden", name);
  if (process.env["GOLDEN"] === "write") writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"), `npm run golden writes test/golden/${name}`);
}
