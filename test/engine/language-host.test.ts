/** The harness and the Node language host (Pulumi's own or the stand-in), proven with a resource that needs no host. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type * as Sdk from "@pulumi/pulumi";
import { type EngineFixture, engineFixture } from "./support/harness.js";
import { inlineStack } from "./support/inline.js";

/** A provider that keeps one JSON file per resource beside the program, and notes each call. */
const PROVIDER = `
const fs = require("fs");
const note = (text) => fs.appendFileSync("calls.log", text + "\\n");
const file = (id) => "thing-" + id + ".json";
module.exports = {
  async create({ __provider, ...inputs }) {
    note("create " + inputs.name);
    fs.writeFileSync(file(inputs.name), JSON.stringify(inputs));
    return { id: inputs.name, outs: { ...inputs, made: "made " + inputs.name } };
  },
  async read(id, { __provider, ...props }) {
    note("read " + id);
    if (!fs.existsSync(file(id))) return {};
    const live = JSON.parse(fs.readFileSync(file(id), "utf8"));
    return { id, props: { ...props, ...live }, inputs: live };
  },
  async update(id, olds, { __provider, ...inputs }) {
    note("update " + id);
    fs.writeFileSync(file(id), JSON.stringify(inputs));
    return { outs: { ...inputs, made: "updated " + id } };
  },
  async delete(id) {
    note("delete " + id);
    fs.rmSync(file(id));
  },
};`;

const CONSTANT_TEXT = "exports.handler=()=>require('./prov')";

const THING = `
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("pulumi-nodejs:dynamic/test:Thing", name,
      { name, made: undefined, ...args, __provider: "${CONSTANT_TEXT}" }, opts);
  }
}`;

const BODY = `
const config = new pulumi.Config();
const greeting = config.get("greeting") ?? "none";
if (config.getBoolean("refuse")) {
  const error = new pulumi.RunError("the program refuses: " + greeting);
  // Node 20.20 and 22.23 take 15 s to print a stack with a file right below node_modules/@scope, as the SDK's has.
  error.stack = error.message;
  throw error;
}
if (config.getBoolean("crash")) process.exit(7);
const thing = new Thing("a", { value: greeting, token: config.getSecret("token") ?? "" });
console.log("program ran with " + greeting);
`;

const CJS = `const pulumi = require("@pulumi/pulumi");${THING}${BODY}exports.made = thing.made; exports.token = thing.token;`;

const CALLS_OF_ALL_OPERATIONS = ["create a", "update a", "read a", "delete a"];

function calls(fixture: EngineFixture): string[] {
  return readFileSync(join(fixture.directory, "calls.log"), "utf8").trim().split("\n");
}

test("a CommonJS program goes through preview, up, a changed up, an unchanged up with a refresh, and destroy", async (t) => {
  const fixture = await engineFixture(t, {
    program: { "index.js": CJS, "prov.js": PROVIDER },
    config: { "proj:greeting": "hello" },
    logGrpc: true,
  });

  const preview = await fixture.pulumi(["preview"]);
  assert.match(preview.stdout, /\+ 2 to create/);
  assert.match(preview.stdout, /program ran with hello/);
  assert.deepEqual((await fixture.state()).resources, []);

  const up = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  assert.match(up.stdout, /\+ 2 created/);
  assert.doesNotMatch(up.stdout + up.stderr, /warning:/);
  assert.deepEqual((await fixture.outputs())["made"], "made a");
  assert.equal((await fixture.state()).resource("a").outputs?.["value"], "hello");
  assert.ok(fixture.grpcLog().some(({ method }) => method === "/pulumirpc.ResourceProvider/Create"));

  await fixture.config.set("proj:greeting", "changed");
  assert.match((await fixture.pulumi(["up", "--yes", "--skip-preview"])).stdout, /~ 1 updated/);

  const refresh = await fixture.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
  assert.match(refresh.stdout, /2 unchanged/);

  assert.match((await fixture.pulumi(["destroy", "--yes", "--skip-preview"])).stdout, /- 2 deleted/);
  assert.deepEqual((await fixture.state()).resources, []);
  assert.deepEqual(calls(fixture), CALLS_OF_ALL_OPERATIONS);
  assert.deepEqual(fixture.leftovers(), []);
});

test("secret configuration reaches the program as a secret and is nowhere in clear text", async (t) => {
  // The provider of this test writes no secret into its own files.
  const provider = PROVIDER.replaceAll("JSON.stringify(inputs)", '"{}"');
  const fixture = await engineFixture(t, {
    program: {
      "index.js": `${CJS} console.log("known as secret:", pulumi.runtime.isConfigSecret("proj:token"));`,
      "prov.js": provider,
    },
  });
  await fixture.config.set("proj:token", "planted-secret", { secret: true });
  const up = await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  assert.match(up.stdout, /token: \[secret\]/);
  assert.match(up.stdout, /known as secret: true/);
  assert.equal((await fixture.outputs())["token"], "planted-secret");
  assert.ok(fixture.rawStateFiles().includes("pulumi-nodejs:dynamic/test:Thing"), "the search looks at the state");
  assert.ok(!fixture.rawFiles().includes("planted-secret"));
});

test("an ES module program runs", async (t) => {
  const program = `import * as pulumi from "@pulumi/pulumi";${THING}${BODY}export const made = thing.made;`;
  const fixture = await engineFixture(t, { program: { "index.js": program, "prov.cjs": PROVIDER }, esm: true });
  fixture.write({ "index.js": program.replace("require('./prov')", "require('./prov.cjs')") });
  await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  assert.equal((await fixture.outputs())["made"], "made a");
});

test("a TypeScript program runs without a build step, from the folder that main names", async (t) => {
  const program = `import * as pulumi from "@pulumi/pulumi";
class Thing extends pulumi.CustomResource {
  declare public readonly made: pulumi.Output<string>;
  constructor(name: string, args: { value: string; token: pulumi.Input<string> }) {
    super("pulumi-nodejs:dynamic/test:Thing", name,
      { name, made: undefined, ...args, __provider: "${CONSTANT_TEXT}" });
  }
}
const config: pulumi.Config = new pulumi.Config();
const thing = new Thing("a", { value: config.require("greeting"), token: "" });
export const made: pulumi.Output<string> = thing.made;`;
  const fixture = await engineFixture(t, {
    program: { "src/index.ts": program, "src/prov.js": PROVIDER },
    main: "src",
    config: { "proj:greeting": "typed" },
    env: { PULUMI_NODEJS_TRANSPILE_ONLY: "false" },
  });
  await fixture.pulumi(["up", "--yes", "--skip-preview"]);
  assert.equal((await fixture.outputs())["made"], "made a");
  assert.equal((await fixture.state()).resource("a").outputs?.["value"], "typed");

  fixture.write({ "src/index.ts": program.replace('"typed"', "1").replace("config.require", "config.noSuchMethod") });
  const failed = await fixture.pulumi(["preview"], { expectExit: "any" });
  assert.notEqual(failed.code, 0);
  assert.match(failed.stdout + failed.stderr, /noSuchMethod/);
});

test("with typescript: false nothing is compiled, and what a program prints to either stream is shown", async (t) => {
  const program = `
if (process.env.PULUMI_NODEJS_TYPESCRIPT === "true") throw new Error("TypeScript is on");
console.log("to out");
console.error("to err");`;
  const fixture = await engineFixture(t, { program: { "index.js": program }, runtimeOptions: { typescript: false } });
  const { stdout } = await fixture.pulumi(["preview"]);
  assert.match(stdout, /to out/);
  assert.match(stdout, /to err/);
});

test("a program that fails", async (t) => {
  const fixture = await engineFixture(t, {
    program: { "index.js": CJS, "prov.js": PROVIDER },
    config: { "proj:refuse": "true", "proj:greeting": "no reason" },
  });

  await t.test("with a RunError ends with exit code 1 and its message alone", async () => {
    const { stdout, stderr } = await fixture.pulumi(["preview"], { expectExit: 1 });
    assert.match(stdout, /^ +error: the program refuses: no reason$/m);
    assert.doesNotMatch(stdout + stderr, /non-zero exit code|at .*index\.js/);
  });

  await t.test("without a word is reported with its exit code", async () => {
    await fixture.pulumi(["config", "set-all", "--plaintext", "proj:refuse=false", "--plaintext", "proj:crash=true"]);
    const { stdout, stderr } = await fixture.pulumi(["preview"], { expectExit: 1 });
    assert.match(stdout + stderr, /exit code: 7/);
  });
});

test("an inline program runs through the Automation API", async (t) => {
  const { stack } = await inlineStack(
    t,
    (require) => {
      const { CustomResource } = require("@pulumi/pulumi") as typeof Sdk;
      class Thing extends CustomResource {
        declare readonly made: Sdk.Output<string>;
      }
      const inputs = { name: "a", value: "inline", made: undefined, __provider: CONSTANT_TEXT };
      return Promise.resolve({ made: new Thing("pulumi-nodejs:dynamic/test:Thing", "a", inputs).made });
    },
    { files: { "prov.js": PROVIDER } },
  );
  const { outputs, summary } = await stack.up();
  assert.equal(outputs["made"]?.value, "made a");
  assert.deepEqual(summary.resourceChanges, { create: 2 });
  assert.deepEqual((await stack.up()).summary.resourceChanges, { same: 2 });
});
