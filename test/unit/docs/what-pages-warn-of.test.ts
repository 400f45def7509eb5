/** What a page must say because the product cannot help it, and what it must not advise. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

const page = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

test("S5: the pages name every way in which Pulumi's own debugging output prints secrets given by value", () => {
  for (const path of ["docs/connection.md", "docs/troubleshooting.md"]) {
    for (const way of ["--debug", "-v=9", "PULUMI_DEBUG_GRPC"]) assert.ok(page(path).includes(way), `${path}: ${way}`);
  }
});

test("H8: no page gives a simulated host a principal, which would shut out clients that ask for another service", () => {
  for (const path of ["simulator/README.md", "docs/testing.md", "README.md"]) {
    assert.doesNotMatch(page(path), /principal: ["'`]HTTP\//, path);
  }
});
