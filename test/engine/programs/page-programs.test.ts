/** Every program of README.md and docs/ runs as it stands there, against a simulated host; docs/testing.md has its own test. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import ts from "typescript";
import { runCommand } from "../../../tools/pulumi-cli/run-command";
import { authority, clientCertificate } from "../../support/hosts/client-certificates.js";
import { fencedBlocks, markdownFiles, read } from "../../unit/docs/documents.js";
import { engineFixture } from "../support/harness.js";
import { portOf, printed, startHost } from "../support/hosts.js";
import { temporaryFolder, writeProject } from "../support/project.js";

const PASSWORD = "Page-Programs-1";
/** Pages whose programs another test runs. */
const ELSEWHERE = ["docs/testing.md"];
/** The time of day so many hours from now, in UTC. */
function hour(later: number): string {
  return new Date(Date.now() + later * 3_600_000).toISOString().slice(11, 16);
}

/** What stands in for names that are not here: the hosts, and accounts of domains. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/[\w-]+(?:\.[ab]|\.corp)\.example\.com/g, "127.0.0.1"],
  // Remote UAC, which a page switches on, filters any other local administrator.
  [/\b(?:WEB01|SITEA|SITEB)\\\\ops\b/g, "WEB01\\\\Administrator"],
  [/\bCORP\\\\/g, "WEB01\\\\"],
  // A change window that is open now.
  [/from: "22:00", to: "04:00", timeZone: "Europe\/Berlin"/, `from: "${hour(-1)}", to: "${hour(2)}", timeZone: "UTC"`],
  [/days: \["sat", "sun"\], /, ""],
];

const programs = markdownFiles()
  .filter((path) => /^(?:README\.md|docs\/.*|simulator\/README\.md)$/.test(path) && !ELSEWHERE.includes(path))
  .flatMap((path) =>
    fencedBlocks(read(path), "ts").map((text, index) => ({ title: `${path}, program ${index + 1}`, text })),
  );
const own = programs.filter(({ text }) => !text.includes("SimulatedHost"));
const simulations = programs.filter(({ text }) => text.includes("SimulatedHost"));

function compiled(text: string, module: ts.ModuleKind): string {
  return ts.transpileModule(text, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;
}

suite("the programs of the pages", () => {
  test("are those of the front page, of each resource, of sites and of hooks", () => {
    assert.ok(own.length >= 8 && simulations.length === 2, programs.map(({ title }) => title).join(", "));
  });

  test("run one after the other as versions of one project, and leave the host as it was", async (t) => {
    const person = (name: string) => ({
      name,
      password: PASSWORD,
      administrator: name === "Administrator",
    });
    const accounts = ["Administrator", "deploy", "winrm-operators", "svc-deploy"].map(person);
    const ca = authority();
    const host = await startHost(t, { accounts, certificates: { authorities: [ca.certPem] } });
    const before = JSON.stringify([host.config.get("service/auth/Basic"), host.config.get("client/TrustedHosts")]);
    const fixture = await engineFixture(t, {
      program: {
        "index.js": "",
        "ca.pem": ca.certPem,
        "deploy.pem": clientCertificate({ upn: "deploy@localhost" }, ca).certPem,
      },
      env: {
        WINRM_TRANSPORT: "http",
        WINRM_PORT: String(portOf(host)),
        WINRM_USERNAME: "WEB01\\Administrator",
        WINRM_PASSWORD: PASSWORD,
        OPS_PASSWORD: PASSWORD,
        DEPLOY_PASSWORD: PASSWORD,
        SITE_A_PASSWORD: PASSWORD,
        SITE_B_PASSWORD: PASSWORD,
      },
    });
    for (const { title, text } of own) {
      const program = STAND_INS.reduce((all, [name, standIn]) => all.replaceAll(new RegExp(name, "g"), standIn), text);
      fixture.write({ "index.js": compiled(program, ts.ModuleKind.CommonJS) });
      const result = await fixture.pulumi(["up", "--yes", "--skip-preview"], { expectExit: "any" });
      assert.equal(result.code, 0, `${title}\n${printed(result)}`);
      assert.match(printed(result), /\d+ (?:created|updated)/, title);
    }
    await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
    const after = JSON.stringify([host.config.get("service/auth/Basic"), host.config.get("client/TrustedHosts")]);
    assert.equal(after, before);
  });

  for (const { title, text } of simulations) {
    test(`${title}: starts a simulated host and stops it`, async () => {
      const directory = join(temporaryFolder("page-programs-"), "project");
      await writeProject(directory, { program: { "program.mjs": compiled(text, ts.ModuleKind.ESNext) } });
      const result = await runCommand(process.execPath, ["program.mjs"], { cwd: directory, timeoutMs: 60_000 });
      assert.equal(result.code, 0, printed(result));
    });
  }
});
