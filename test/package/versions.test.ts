/** Other releases of Node and of Pulumi's SDK than the ones at hand. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { runCommand } from "../../tools/pulumi-cli/run-command";
import { CLI_VERSION, isAtLeast } from "../../tools/pulumi-cli/version";
import {
  type Declared,
  connectionTo,
  hostFixture,
  portOf,
  printed,
  putsOf,
  startHost,
} from "../engine/support/hosts.js";
import { installInto, nodeOfLine } from "../support/projects/installed-project.js";
import { projectManifest } from "../support/projects/packed-project.js";

const NODE_LINES = [22, 24];
/** The lowest that our peer dependency admits, the newest that declares Node 20, and the CLI's own. */
const SDKS = ["3.139.0", "3.248.0", CLI_VERSION];
/** The newest of all, which the newer lines of Node run. */
const NEWEST_SDK = "latest";
/** The first SDK that hands `envVarMappings` to the engine. */
const MAPPINGS_SINCE = "3.220.0";
const SITE_PASSWORD = "Site-Password-60219";
/** The unit tests of what stands on Node itself: TLS, sockets, cryptography, streams, names of hosts and the loading of modules. */
const ROOMS = ["auth", "session", "wsman", "boundary", "contract"];
const ROOMS_LIMIT_MS = 10 * 60_000;

const linuxOnX64 =
  process.platform === "linux" && process.arch === "x64" ? false : "Node is installed from a package for Linux on x64";

for (const line of NODE_LINES) {
  test(`Node ${line} runs the tests of what stands on it, and programs`, { skip: linuxOnX64 }, async (t) => {
    const folder = await nodeOfLine(line);
    const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const files = ROOMS.flatMap((room) => testFiles(join(projectRoot, "dist", "test", "unit", room)));
    const inherited = Object.entries(process.env).filter(([name]) => !/^NODE_(TEST|V8)_|^PULUMI_/.test(name));
    const tests = await runCommand(join(folder, "node"), ["--test", "--test-reporter=tap", ...files], {
      env: { ...Object.fromEntries(inherited), PATH: path },
      timeoutMs: ROOMS_LIMIT_MS,
    });
    const failures = tests.stdout.split(/^(?=\s*# Subtest: )/m).filter((subtest) => /^\s*not ok /m.test(subtest));
    assert.equal(tests.code, 0, failures.join("").slice(0, 5_000) + tests.stderr);
    const passed = Number(/^# pass (\d+)$/m.exec(tests.stdout)?.[1]);
    assert.ok(passed > 100, tests.stdout.slice(-500));
    t.diagnostic(`Node ${line}: ${passed} unit tests passed`);

    const host = await startHost(t);
    const fixture = await hostFixture(t, {
      resources: [web(connectionTo(host))],
      code: `console.log("program on Node " + process.versions.node);
        console.log("SDK " + require("@pulumi/pulumi/package.json").version);`,
      install: (directory) => installInto(directory, { dependencies: { "@pulumi/pulumi": NEWEST_SDK } }),
    });
    const env = { PATH: `${folder}${delimiter}${fixture.env["PATH"] ?? ""}` };
    const text = printed(await fixture.apply({ env }));
    assert.match(text, new RegExp(`program on Node ${line}\\.`));
    assert.match(text, /\+ 2 created/);
    assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }]);
    const sdk = /SDK (\S+)/.exec(text)?.[1] ?? "";
    assert.ok(isAtLeast(sdk, CLI_VERSION), sdk);
    t.diagnostic(`Node ${line}: @pulumi/pulumi ${sdk}`);
  });
}

for (const version of SDKS) {
  test(`programs run with @pulumi/pulumi ${version}`, async (t) => {
    const [host, sited] = [
      await startHost(t),
      await startHost(t, { accounts: [{ name: "site", password: SITE_PASSWORD }] }),
    ];
    const fixture = await hostFixture(t, {
      resources: [web(connectionTo(host))],
      code: `console.log("SDK " + require("@pulumi/pulumi/package.json").version);
        const site = { username: "site", transport: "http", port: ${portOf(sited)} };
        let provider;
        try {
          provider = new winrm.Provider("site", site, { envVarMappings: { SITE_PW: "WINRM_PASSWORD" } });
        } catch (error) {
          console.log("refused: " + error.message);
          provider = new winrm.Provider("site", { ...site, password: { env: "SITE_PW" } });
        }
        new winrm.AuthConfig("sited", { connection: { host: "127.0.0.1" }, client: { digest: false } }, { provider });`,
      env: { SITE_PW: SITE_PASSWORD },
      install: (directory) => installInto(directory, { dependencies: { "@pulumi/pulumi": version } }),
    });
    const text = printed(await fixture.pulumi(["up", "--yes"]));
    assert.ok(text.includes(`SDK ${version}`), text);
    const mappings = isAtLeast(version, MAPPINGS_SINCE);
    assert.equal(/refused: .*envVarMappings needs @pulumi\/pulumi 3\.220 or newer/.test(text), !mappings, text);
    assert.match(text, /\+ 4 created/);
    for (const one of [host, sited]) {
      assert.match(text, new RegExp(`live on 127.0.0.1:${portOf(one)}: client\\.digest is true, wanted false`));
      assert.deepEqual(putsOf(one), [{ "client/auth/Digest": "false" }]);
    }
    assert.match(printed(await fixture.apply()), /4 unchanged/);
    await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
    for (const one of [host, sited]) {
      assert.equal(one.config.get("client/auth/Digest"), "true");
      assert.deepEqual(one.journal.logonFailures(), []);
    }
  });
}

test("the SDK of our own tests and the CLI's own are among those that programs run with", () => {
  assert.ok(SDKS.includes(projectManifest().devDependencies["@pulumi/pulumi"] ?? ""));
});

function testFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.js")).map((name) => join(folder, name));
}

function web(connection: object): Declared {
  return { type: "AuthConfig", name: "web", args: { connection, client: { digest: false } } };
}
