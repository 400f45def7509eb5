/** Planted passwords in every form, searched for in everything that Pulumi writes, prints and sends. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SimulatedHost } from "../../simulator/index.js";
import type { GrpcExchange } from "./support/harness.js";
import { CREDENTIAL, USERNAME, connectionTo, hostFixture, printed, putsOf, startHost } from "./support/hosts.js";
import { disguises, placesOf } from "./support/planted.js";
import { temporaryFolder } from "./support/project.js";

/** One for each way to give a password; none of their texts is a part of another. */
const PLANTED = {
  plain: "Zebra-plain-90417",
  secret: "Yak-secret-31185",
  config: "Xerus-config-77602",
  env: "Walrus-env-28846",
  file: "Vole-file-55093",
} as const;
type Form = keyof typeof PLANTED;
const FORMS = Object.keys(PLANTED) as Form[];

/** Where an argument may be; not every release of the CLI sends all of these. In RegisterResource it is inside the wrapper that marks a secret. */
const ARGUMENT_PLACES = [
  "Check request news.connection.auth.password",
  "Check request olds.connection.auth.password",
  "Check response inputs.connection.auth.password",
  "Create request properties.connection.auth.password",
  "Create response properties.connection.auth.password",
  "Delete request oldInputs.connection.auth.password",
  "Delete request properties.connection.auth.password",
  "Diff request news.connection.auth.password",
  "Diff request oldInputs.connection.auth.password",
  "Diff request olds.connection.auth.password",
  "Read request inputs.connection.auth.password",
  "Read request properties.connection.auth.password",
  "Read response inputs.connection.auth.password",
  "Read response properties.connection.auth.password",
  "RegisterResource request object.connection.auth.password.value",
  "RegisterResource response object.connection.auth.password.value",
];

/** Stack configuration, which the engine gives to programs and providers; never a resource. */
const CONFIGURATION_PLACES = [
  "CheckConfig request news.winrm:password",
  "CheckConfig request olds.winrm:password",
  "Configure request args.winrm:password.value",
  "Configure request variables.pulumi-nodejs:config:winrm:password",
  "DiffConfig request news.winrm:password",
  "DiffConfig request oldInputs.winrm:password",
  "DiffConfig request olds.winrm:password",
  "Run request config.winrm:password",
];

/** The texts to search for; they are escaped by nothing, since they hold letters, digits and hyphens only. */
const textsOf = (form: Form): string[] => disguises(PLANTED[form], USERNAME);

function found(text: string, forms: readonly Form[] = FORMS): Form[] {
  return forms.filter((form) => textsOf(form).some((disguise) => text.includes(disguise)));
}

test("no password is in state, output, journal, temporary files or process arguments", async (t) => {
  const hosts = Object.fromEntries(
    await Promise.all(
      FORMS.map(async (form) => {
        const accounts = [{ name: USERNAME, password: PLANTED[form] }];
        return [form, await startHost(t, { name: form.toUpperCase(), accounts })] as const;
      }),
    ),
  ) as Record<Form, SimulatedHost>;
  const temporary = temporaryFolder("tmpdir-");
  const passwordFile = join(temporaryFolder("secret-"), "password.txt");
  const passwords: Record<Form, string> = {
    // Not in the program's text, so that all files can be searched.
    plain: "process.env.PLAIN_IN_PROGRAM",
    secret: "pulumi.secret(process.env.GIVEN_TO_PROGRAM)",
    config: "undefined",
    env: '{ env: "SITE_PW" }',
    file: JSON.stringify({ file: passwordFile }),
  };
  const code = FORMS.map((form) => {
    const { host, transport, port } = connectionTo(hosts[form]);
    return `new winrm.AuthConfig("${form}", {
      connection: { host: "${String(host)}", transport: "${String(transport)}", port: ${String(port)}, auth: { password: ${passwords[form]} } },
      client: { digest: false },
    });`;
  }).join("\n");
  const fixture = await hostFixture(t, {
    resources: [],
    code,
    logGrpc: true,
    env: {
      TMPDIR: temporary,
      WINRM_PASSWORD: CREDENTIAL.WINRM_PASSWORD,
      SITE_PW: PLANTED.env,
      GIVEN_TO_PROGRAM: PLANTED.secret,
      PLAIN_IN_PROGRAM: PLANTED.plain,
    },
  });
  writeFileSync(passwordFile, `${PLANTED.file}\n`, { mode: 0o600 });
  await fixture.config.set("winrm:password", PLANTED.config, { secret: true });

  const commandLines = new Set<string>();
  const watch = setInterval(() => {
    for (const { commandLine } of fixture.leftovers()) commandLines.add(commandLine);
  }, 100);
  t.after(() => {
    clearInterval(watch);
  });
  const exchanges: GrpcExchange[] = [];
  const commands = [["preview"], ["up", "--yes"], ["preview", "--diff"], ["refresh", "--yes"], ["destroy", "--yes"]];
  for (const command of commands) {
    const text = printed(await fixture.pulumi(command));
    assert.deepEqual(found(text), [], command.join(" "));
    assert.deepEqual(found(fixture.rawStateFiles()), [], `state after ${command.join(" ")}`);
    assert.deepEqual(found(fixture.rawFiles()), [], `files after ${command.join(" ")}`);
    exchanges.push(...fixture.grpcLog());
    if (command[0] === "up") {
      for (const form of FORMS) assert.deepEqual(putsOf(hosts[form]), [{ "client/auth/Digest": "false" }]);
      const state = await fixture.state();
      assert.deepEqual(found(JSON.stringify(state)), []);
      for (const form of FORMS) assert.deepEqual(found(state.resource(form).id ?? ""), []);
    }
  }
  clearInterval(watch);
  for (const form of FORMS) {
    assert.equal(hosts[form].journal.logonFailures().length, 0);
    assert.deepEqual(found(JSON.stringify(hosts[form].journal.entries())), []);
    assert.equal(hosts[form].config.get("client/auth/Digest"), "true");
  }
  assert.ok(
    [...commandLines].some((line) => line.includes("dynamic-provider")),
    "process arguments were seen",
  );
  assert.deepEqual(found([...commandLines].join("\n")), []);
  const temporaryFiles = readdirSync(temporary, { recursive: true, encoding: "utf8" })
    .map((name) => join(temporary, name))
    .filter((path) => statSync(path).isFile());
  assert.deepEqual(found(temporaryFiles.map((path) => readFileSync(path, "latin1")).join("\n")), []);

  // What the program hands over by value travels between Pulumi's own processes, and only in the argument itself;
  // what it refers to never does.
  const places = (form: Form) =>
    [...new Set(exchanges.flatMap((exchange) => placesOf(exchange, textsOf(form))))].sort();
  const strays = (form: Form, allowed: readonly string[]) => places(form).filter((place) => !allowed.includes(place));
  for (const form of ["plain", "secret"] as const) {
    assert.deepEqual(strays(form, ARGUMENT_PLACES), []);
    assert.ok(places(form).includes("Create request properties.connection.auth.password"));
    assert.ok(places(form).includes("RegisterResource request object.connection.auth.password.value"));
  }
  assert.deepEqual(strays("config", CONFIGURATION_PLACES), []);
  assert.ok(places("config").includes("Configure request args.winrm:password.value"));
  assert.deepEqual(found(JSON.stringify(exchanges)), ["plain", "secret", "config"], "never env, never file");
});
