/** Programs in every module format, installed by npm and by pnpm: preview and up against a simulated host. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCommand } from "../../tools/pulumi-cli/run-command";
import { engineFixture } from "../engine/support/harness.js";
import { CREDENTIAL, portOf, printed, putsOf, startHost } from "../engine/support/hosts.js";
import { type PackageManager, installInto } from "../support/projects/installed-project.js";

/** As Pulumi's template for TypeScript writes it. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    outDir: "bin",
    target: "es2020",
    module: "commonjs",
    moduleResolution: "node",
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  },
  files: ["index.ts"],
};

/** What Pulumi's template for TypeScript depends on, beside the SDK. */
const TEMPLATE_DEPENDENCIES = { typescript: "^5.0.0", "@types/node": "^18" };

/** Never run: wrong programs must not compile, and the other entry points must have their types. */
const TYPE_CHECKS = `
import * as winrm from "pulumi-winrm";
import { SimulatedHost, type HostOptions } from "pulumi-winrm/simulator";
import { AuthConfig as runtime } from "pulumi-winrm/runtime";
const connection: winrm.Connection = { host: "web01", auth: { password: { env: "SITE_PW" } } };
// @ts-expect-error a text is no flag
new winrm.AuthConfig("a", { connection, service: { basic: "yes" } });
// @ts-expect-error the service has no Digest
new winrm.AuthConfig("b", { connection, service: { digest: true } });
// @ts-expect-error entries are required
new winrm.TrustedHosts("c", { connection });
const options: HostOptions = { policy: { "service/auth/Basic": true } };
export const host: Promise<SimulatedHost> = SimulatedHost.start(options);
export const check: typeof runtime.check = runtime.check;
`;

interface Kind {
  readonly title: string;
  readonly entry: string;
  readonly settings?: object;
  readonly type?: "module";
  readonly more?: Readonly<Record<string, string>>;
  readonly program: (port: number) => string;
}

const arguments_ = (port: number) =>
  `{ connection: { host: "127.0.0.1", transport: "http", port: ${port} }, client: { digest: false } }`;
const esm = (port: number) =>
  `import { AuthConfig } from "pulumi-winrm";
const web = new AuthConfig("web", ${arguments_(port)});
export const digest = web.effective.client.digest;`;

const KINDS: readonly Kind[] = [
  {
    title: "CommonJS",
    entry: "index.js",
    program: (port) => `const winrm = require("pulumi-winrm");
const web = new winrm.AuthConfig("web", ${arguments_(port)});
exports.digest = web.effective.client.digest;`,
  },
  { title: "ES module, .mjs", entry: "index.mjs", settings: { main: "index.mjs" }, program: esm },
  { title: "P11: a compiled ES module, type: module", entry: "index.js", type: "module", program: esm },
  {
    title: "TypeScript",
    entry: "index.ts",
    more: { "tsconfig.json": JSON.stringify(TSCONFIG), "checks.ts": TYPE_CHECKS },
    program: (port) => `import * as pulumi from "@pulumi/pulumi";
import * as winrm from "pulumi-winrm";
const connection: winrm.Connection = { host: "127.0.0.1", transport: "http", port: ${port} };
const web = new winrm.AuthConfig("web", { connection, client: { digest: false } });
export const digest: pulumi.Output<boolean | undefined> = web.effective.apply(({ client }) => client.digest);`,
  },
];

for (const manager of ["npm", "pnpm"] as const) {
  test(`programs of every kind run where ${manager} installed the tarball`, async (t) => {
    await runAll(t, manager);
  });
}

async function runAll(t: TestContext, manager: PackageManager): Promise<void> {
  const host = await startHost(t);
  const fixture = await engineFixture(t, {
    program: {},
    env: { ...CREDENTIAL, PULUMI_NODEJS_TRANSPILE_ONLY: "false" },
    install: (directory) => installInto(directory, { manager, dependencies: TEMPLATE_DEPENDENCIES }),
  });
  const manifest = join(fixture.directory, "package.json");
  for (const kind of KINDS) {
    const { title, entry, settings, type = "commonjs", more } = kind;
    await t.test(title, async () => {
      fixture.write({
        "Pulumi.yaml": JSON.stringify({ name: "proj", runtime: "nodejs", ...settings }),
        [entry]: kind.program(portOf(host)),
        ...more,
      });
      writeFileSync(manifest, JSON.stringify({ name: "program", private: true, type }));
      if (entry.endsWith(".ts")) await typeCheck(fixture.directory);
      const text = printed(await fixture.pulumi(["up", "--yes"]));
      assert.match(text, /live on .*: client\.digest is true, wanted false/);
      assert.match(text, /\+ 2 created/);
      assert.doesNotMatch(text, /warning:|error:/);
      assert.equal((await fixture.outputs())["digest"], false);
      await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
      assert.deepEqual(putsOf(host), [{ "client/auth/Digest": "false" }, { "client/auth/Digest": "true" }]);
      host.journal.clear();
      rmSync(join(fixture.directory, entry));
    });
  }
}

/** With the template's settings, which check the declaration files too. */
async function typeCheck(directory: string): Promise<void> {
  const compiler = join(directory, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "--strict", "--target", "es2020", "--module", "commonjs", "--moduleResolution", "node"];
  const { code, stdout } = await runCommand(process.execPath, [compiler, ...options, "index.ts", "checks.ts"], {
    cwd: directory,
  });
  assert.equal(code, 0, stdout);
}
