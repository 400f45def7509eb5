/** Programs under Pulumi's mocks, in a process of their own: nothing is connected to, and nothing heavy is loaded. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { relative, sep } from "node:path";
import { suite, test } from "node:test";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

/** Every public class with arguments that could tempt it to look something up. */
const RESOURCES = `
  const connection = {
    host: "web01.corp.example.com", tls: { ca: { file: "no-such-file.pem" } },
    auth: { method: "kerberos", username: "ops@CORP.EXAMPLE.COM", password: "by-value", kerberos: { realm: "CORP.EXAMPLE.COM" } },
  };
  const provider = new winrm.Provider("site", { username: "ops", password: { env: "NOT_SET" } }, { envVarMappings: { A: "B" } });
  const made = Object.entries(winrm).filter(([, value]) => value.prototype instanceof pulumi.CustomResource && value !== winrm.Provider);
  for (const [name, Resource] of made) {
    for (const opts of [{}, { provider }]) new Resource(name + opts.provider, { connection, entries: ["lab-01"], service: { basic: false } }, opts);
    Resource.get?.(name + "-read", { connection });
  }`;

const PROGRAM = `
  const opened = [];
  const net = require("node:net"), dns = require("node:dns"), http2 = require("node:http2");
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) { opened.push("socket " + JSON.stringify(args[0])); return connect.apply(this, args); };
  dns.lookup = (name) => { opened.push("name " + name); throw new Error("no names here"); };
  for (const module of [require("node:http"), require("node:https")])
    module.request = () => { opened.push("request"); throw new Error("no requests here"); };
  const pulumi = require("@pulumi/pulumi");
  const registered = [];
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs, id }) => { registered.push(type); return { id: id || name, state: inputs }; },
    call: () => ({}),
  }, "proj", "dev", PREVIEW);
  const before = new Set(Object.keys(require.cache));
  const winrm = require("pulumi-winrm");
  ${RESOURCES}
  pulumi.runtime.disconnect().then(() => {
    const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
    process.stdout.write(JSON.stringify({ opened, registered, loaded, resources: made.map(([name]) => name) }));
  });`;

interface Report {
  readonly opened: string[];
  readonly registered: string[];
  readonly loaded: string[];
  readonly resources: string[];
}

for (const preview of [false, true]) {
  suite(`under mocks, ${preview ? "in a preview" : "in an update"}`, () => {
    const report = (): Report => {
      const program = PROGRAM.replace("PREVIEW", String(preview));
      const env = { PATH: process.env["PATH"], WINRM_PREFLIGHT: "error" };
      return JSON.parse(
        execFileSync(process.execPath, ["-e", program], { cwd: projectRoot, env, encoding: "utf8" }),
      ) as Report;
    };

    test("every resource registers, no socket is opened, and no name is looked up", () => {
      const { opened, registered, resources } = report();
      assert.deepEqual(opened, []);
      assert.ok(resources.includes("AuthConfig") && resources.includes("TrustedHosts"));
      for (const name of resources) {
        // Two are made and one is read.
        assert.ok(registered.filter((type) => type === `pulumi-nodejs:dynamic/winrm:${name}`).length >= 2, name);
      }
      assert.ok(registered.includes("pulumi:providers:pulumi-nodejs"));
    });

    test("only the declaring half is loaded: no session, no wire, no cryptography, no package of others", () => {
      const files = report().loaded.map((file) => relative(projectRoot, file).split(sep).join("/"));
      const ours = files.filter((file) => file.startsWith("dist/provider/"));
      assert.deepEqual(
        files.filter((file) => !ours.includes(file)),
        [],
      );
      const rooms = new Set(ours.map((file) => file.split("/").slice(2, -1).join("/")));
      assert.deepEqual([...rooms].sort(), [
        "",
        "contract",
        "contract/connection",
        "contract/names",
        "program/hooks",
        "program/resources",
        "session/transport",
      ]);
    });
  });
}
