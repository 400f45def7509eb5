/** The house stays readable: files of one idea, folders that can be taken in at a glance. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

const MAX_LINES = 350;
const MAX_FILES = 15;

function entries(folder: string) {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true });
}

function folders(folder: string): string[] {
  const inner = entries(folder).filter((entry) => entry.isDirectory());
  return [folder, ...inner.flatMap(({ name }) => folders(`${folder}/${name}`))];
}

const all = ["provider", "simulator"].flatMap(folders);

test(`no folder of code has more than ${MAX_FILES} files`, () => {
  const sizes = [...all, ...["test", "scripts", "tools"].flatMap(folders)].map(
    (folder) => [folder, entries(folder).filter((entry) => entry.isFile()).length] as const,
  );
  assert.deepEqual(
    sizes.filter(([, count]) => count > MAX_FILES),
    [],
  );
});

test(`no file of provider/ or simulator/ has more than ${MAX_LINES} lines`, () => {
  const files = all.flatMap((folder) =>
    entries(folder).flatMap((entry) => (entry.isFile() ? [`${folder}/${entry.name}`] : [])),
  );
  const lines = files.map((path) => [path, readFileSync(join(projectRoot, path), "utf8").split("\n").length] as const);
  assert.deepEqual(
    lines.filter(([, count]) => count > MAX_LINES),
    [],
  );
});
