/** The Pulumi CLI is built from the Go module of this checkout, which names the release that is looked for. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildCli, findGo } from "../../../tools/pulumi-cli/build";
import { CLI_VERSION, MINIMUM_GO_VERSION } from "../../../tools/pulumi-cli/version";
import { runDirectory } from "../../support/run-directory";

// It answers as Go does where the module is, and nowhere else; what it "compiles" is the module's file.
const GO = `#!/bin/sh
test -f go.mod || exit 9
case "$1" in
  version) echo "go version go${MINIMUM_GO_VERSION} linux/amd64" ;;
  list) grep -q "pulumi/pkg/v3 v${CLI_VERSION}$" go.mod && echo one/package ;;
  build) while [ "$1" != "-o" ]; do shift; done; cp go.mod "$2" ;;
esac
`;

test("Go is asked where its module is, for the release that is looked for", {
  skip: process.platform === "win32",
}, async () => {
  const directory = mkdtempSync(join(runDirectory(), "go-"));
  const go = join(directory, "go");
  writeFileSync(go, GO);
  chmodSync(go, 0o755);
  const environment = { PATH: `${directory}:/usr/bin:/bin` };
  assert.deepEqual(await findGo(environment), { go });
  const progress = { phase: () => undefined, detail: () => undefined, stop: () => undefined };
  const output = join(directory, "pulumi");
  await buildCli(go, output, { environment, progress });
  assert.match(readFileSync(output, "utf8"), /^module pulumi-cli$/m);
});
