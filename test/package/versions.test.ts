/** Other releases of Node and of Pulumi's SDK than the ones at hand. */
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../scripts/pulumi-cli/locations.js";
import { runCommand } from "../../scripts/pulumi-cli/run-command.js";
import { type Declared, connectionTo, hostFixture, printed, putsOf, startHost } from "../engine/support/hosts.js";
import { installInto, nodeOfLine } from "../support/installed-project.js";

const NODE_LINES = [22, 24];
/** The lowest that our peer dependency admits, and a recent one. */
const SDKS = ["3.139.0", "3.259.0"];
const LANES_LIMIT_MS = 10 * 60_000;

const linuxOnX64 =
  process.platform === "linux" && process.arch === "x64" ? false : "Node is installed from a package for Linux on x64";

for (const line of NODE_LINES) {
  test(`Node ${line} runs the unit and lifecycle tests, and programs`, { skip: linuxOnX64 }, async (t) => {
    const folder = await nodeOfLine(line);
    const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const inherited = Object.entries(process.env).filter(([name]) => !/^NODE_(TEST|V8)_|^PULUMI_/.test(name));
    const tests = await runCommand(
      join(folder, "node"),
      [join(projectRoot, "dist", "scripts", "run-tests.js"), "unit", "lifecycle"],
      { env: { ...Object.fromEntries(inherited), PATH: path }, timeoutMs: LANES_LIMIT_MS },
    );
    assert.equal(tests.code, 0, tests.stdout.slice(-5_000) + tests.stderr);
    const passed = Number(/^(\d+) passed, 0 failed/m.exec(tests.stdout)?.[1]);
    assert.ok(passed > 100, tests.stdout.slice(-500));
    t.diagnostic(`Node ${line}: ${passed} unit and lifecycle tests passed`);

    const host = await startHost(t);
    const fixture = await hostFixture(t, {
      resources: [web(connectionTo(host))],
      code: 'console.log("program on Node " + process.versions.node);',
    });
    const env = { PATH: `${folder}${delimiter}${fixture.env["PATH"] ?? ""}` };
    const text = printed(await fixture.pulumi(["up", "--yes"], { env }));
    assert.match(text, new RegExp(`program on Node ${line}\\.`));
    assert.match(text, /\+ 2 created/);
    assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }]);
  });
}

for (const version of SDKS) {
  test(`programs run with @pulumi/pulumi ${version}`, async (t) => {
    const host = await startHost(t);
    const fixture = await hostFixture(t, {
      resources: [web(connectionTo(host))],
      code: 'console.log("SDK " + require("@pulumi/pulumi/package.json").version);',
      install: (directory) => installInto(directory, { dependencies: { "@pulumi/pulumi": version } }),
    });
    const text = printed(await fixture.pulumi(["up", "--yes"]));
    assert.ok(text.includes(`SDK ${version}`), text);
    assert.match(text, /live on .*: client\.digest is true, wanted false/);
    assert.match(text, /\+ 2 created/);
    assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }]);
    await fixture.pulumi(["destroy", "--yes"]);
    assert.equal(host.config.get("client/auth/Digest"), "true");
  });
}

function web(connection: object): Declared {
  return { type: "AuthConfig", name: "web", args: { connection, client: { digest: false } } };
}
