/** The command `pulumi-winrm simulate` and the control interface, run as a person runs them. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { openControl, SYSTEM_POLICIES_KEY } from "../../../simulator";
import { type CommandResult, MAIN, runHere } from "../../support/processes/command-line";
import { authority, thumbprint } from "../../support/hosts/client-certificates";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { ADMIN, basic, getEnvelope, startBasicHost, wireTo } from "./wire";
import { assertWording } from "../../support/pages/golden";

function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function finish(child: ChildProcess): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
}

const cli = (...args: string[]): Promise<CommandResult> => runHere(args);

interface Announced {
  readonly name: string;
  readonly http?: { readonly url: string };
  readonly https?: { readonly url: string; readonly certificatePem: string };
  readonly account: string;
  readonly password?: string;
  readonly users?: Readonly<Record<string, string>>;
  readonly control: string;
}

/** Starts `simulate --json`, which the test ends. */
async function simulate(
  t: TestContext,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ announced: Announced; child: ChildProcess }> {
  const child = launch(["simulate", "--json", ...args], env);
  t.after(() => child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => {
      resolve(chunk.toString());
    });
    child.once("close", () => {
      reject(new Error("simulate ended before it said where it listens"));
    });
  });
  return { announced: JSON.parse(line.split("\n")[0]!) as Announced, child };
}

suite("pulumi-winrm simulate", () => {
  test("runs a host with a made-up password until SIGTERM, and then exits with 0", async (t) => {
    const { announced, child } = await simulate(t, [
      "--name",
      "APP2",
      "--set",
      "service/auth/Basic=true",
      "--set",
      "service/AllowUnencrypted=true",
    ]);
    assert.deepEqual([announced.name, announced.account, announced.https], ["APP2", "Administrator", undefined]);
    const wire = wireTo(t, announced.http!.url);
    const answer = await wire.send(getEnvelope(), basic({ name: "Administrator", password: announced.password! }));
    assert.equal(answer.status, 200);
    const ended = finish(child);
    child.kill("SIGTERM");
    assert.equal((await ended).code, 0);
  });

  test("takes the password from the environment and does not print it", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "winrm-cli-"));
    t.after(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, "host.pem");
    const { announced } = await simulate(
      t,
      [
        "--https",
        "--account",
        "ops",
        "--password-env",
        "SIM_PW",
        "--set",
        "service/auth/Basic=1",
        "--certificate-out",
        file,
      ],
      { SIM_PW: "planted-secret" },
    );
    assert.equal(announced.http, undefined);
    assert.doesNotMatch(JSON.stringify(announced), /planted-secret/);
    assert.equal(readFileSync(file, "utf8"), announced.https!.certificatePem);
    const wire = wireTo(t, announced.https!.url, announced.https!.certificatePem);
    assert.equal((await wire.send(getEnvelope(), basic({ name: "ops", password: "planted-secret" }))).status, 200);
    assert.doesNotMatch((await cli("simulate", "journal", announced.control, "--json")).stdout, /planted-secret/);
  });

  test("says in plain text how to use the host, without colour when nobody looks", async (t) => {
    const child = launch(["simulate", "--gpo", "service/AllowUnencrypted=false"]);
    t.after(() => child.kill("SIGKILL"));
    const ended = finish(child);
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.match(stdout, /^WEB01, a simulated Windows host/);
    assert.match(stdout, /pulumi-winrm simulate set +http:\/\/127\.0\.0\.1:\d+\/\S+ service\/auth\/Basic=true/);
    assert.ok(!stdout.includes("\u001b"));
  });

  test("edits, shows and explains a running host from another terminal", async (t) => {
    const host = await startBasicHost(t);
    const control = await openControl(host);
    t.after(() => control.close());
    await wireTo(t, host.http!.url).send(getEnvelope("/client"), basic());

    const set = await cli("simulate", "set", control.url, "service/auth/negotiate=False");
    assert.deepEqual([set.code, set.stdout], [0, "service/auth/Negotiate    false\n"]);
    assert.equal(host.config.get("service/auth/Negotiate"), "false");

    await cli("simulate", "set", "--gpo", control.url, "client/TrustedHosts=");
    assert.deepEqual(host.policy.all(), { "client/TrustedHosts": "" });
    const refused = await cli("simulate", "set", control.url, "client/TrustedHosts=x");
    assert.deepEqual(
      [refused.code, refused.stderr],
      [2, "error: Group Policy owns client/TrustedHosts [WINRM_E_ARGUMENT]\n"],
    );

    const shown = await cli("simulate", "show", control.url);
    assert.match(shown.stdout, /^client\/TrustedHosts +GPO +""$/m);
    const listed = JSON.parse((await cli("simulate", "show", control.url, "--json")).stdout) as {
      path: string;
      source?: string;
    }[];
    assert.deepEqual(
      listed.filter(({ source }) => source === "GPO").map(({ path }) => path),
      ["client/TrustedHosts"],
    );

    assert.equal((await cli("simulate", "unset-gpo", control.url, "client/TrustedHosts")).code, 0);
    assert.deepEqual(host.policy.all(), {});

    const journal = await cli("simulate", "journal", control.url);
    assert.match(journal.stdout, /1 +http +200 +Basic Administrator +Get config\/client$/m);
    const entries = JSON.parse((await cli("simulate", "journal", control.url, "--json")).stdout) as {
      status: number;
    }[];
    assert.deepEqual(
      entries.map(({ status }) => status),
      [200],
    );
  });

  test("answers wrong usage with exit code 2 and a sentence that says what is wrong", async (t) => {
    const wrong: readonly (readonly string[])[] = [
      ["simulate", "--http", "70000"],
      ["simulate", "--set", "service/auth/Basic"],
      ["simulate", "--set", "service/auth/Digest=true"],
      ["simulate", "--set", "service/auth/Basic=yes"],
      ["simulate", "--set", "service/auth/CbtHardeningLevel=High"],
      ["simulate", "--set", "MaxBatchItems=none"],
      ["simulate", "--gpo", "service/auth/Basic=yes"],
      ["simulate", "--user", "=X"],
      ["simulate", "--user", "kim=NOT_SET_ANYWHERE"],
      ["simulate", "--count", "0"],
      ["simulate", "--count", "2", "--https", "--certificate-out", "x.pem"],
      ["simulate", "--gpo", "service/auth/Certificate=true"],
      ["simulate", "--password-env", "NOT_SET_ANYWHERE"],
      ["simulate", "--certificate-out", "x.pem"],
      ["simulate", "--keytab", "nowhere.keytab"],
      ["simulate", "show", "http://web01.test/x"],
      ["simulat"],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await cli(...args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assertWording(t, stderr);
    }
  });

  test("says that nothing answers when the host is gone, with exit code 1", async (t) => {
    const control = await openControl(await startBasicHost(t));
    await control.close();
    const { code, stderr } = await cli("simulate", "show", control.url);
    assert.equal(code, 1);
    assertWording(t, stderr.replace(control.url, "URL"));
  });

  test("prints its version and a help text with an example", async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, "../../../../package.json"), "utf8")) as {
      version: string;
    };
    assert.equal((await cli("--version")).stdout, `${version}\n`);
    assert.match((await cli("simulate", "--help")).stdout, /Examples:[^]*\$ npx pulumi-winrm simulate --http 5985/);
  });
});

suite("simulated hosts from the command line", () => {
  test("H5: --user takes the password of another account from the environment, or makes one up and prints it", async (t) => {
    const args = ["--set", "service/auth/Basic=true", "--set", "service/AllowUnencrypted=true"];
    const { announced } = await simulate(t, [...args, "--user", "svc-deploy=SVC_PW", "--user", "kim"], {
      SVC_PW: "planted-secret",
    });
    assert.doesNotMatch(JSON.stringify(announced), /planted-secret/);
    const wire = wireTo(t, announced.http!.url);
    for (const [name, password] of [
      ["svc-deploy", "planted-secret"],
      ["kim", announced.users!["kim"]!],
    ] as const) {
      // Code 5: logged on, and no administrator.
      assert.match((await wire.send(getEnvelope(), basic({ name, password }))).text, /Code="5"/);
    }
    assert.deepEqual(Object.keys(announced.users!), ["kim"]);
  });

  test("H6: the connection and the doctor command of the banner work as they are printed", async (t) => {
    for (const listener of ["--http", "--https"]) {
      const child = launch(["simulate", listener]);
      t.after(() => child.kill("SIGKILL"));
      const text = await new Promise<string>((resolve) => {
        child.stdout?.once("data", (chunk: Buffer) => {
          resolve(chunk.toString());
        });
      });
      const [, variable = "", password = ""] = /export (\w+)='([^']+)'/.exec(text) ?? [];
      const command = /npx pulumi-winrm (doctor .*)/.exec(text)![1]!.split(" ");
      const { code, stdout, stderr } = await finish(launch(command, { [variable]: password }));
      assert.equal(code, 0, stdout + stderr);
      const literal = /const connection = (.*);/.exec(text)![1]!;
      const connection: unknown = JSON.parse(literal.replace(/(\w+): /g, '"$1": '));
      const target = resolveTarget(connection as never, new Settings(() => undefined, { [variable]: password })).target;
      assert.equal(String(target.port), new URL(/https?:\S+wsman/.exec(text)![0]).port);
    }
  });

  test("H6: --count starts hosts that are told apart, and --inventory writes how to reach each", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "winrm-cli-"));
    t.after(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, "hosts.json");
    await simulate(t, ["--count", "3", "--name", "APP9", "--https", "--inventory", file]);
    const { hosts } = JSON.parse(readFileSync(file, "utf8")) as {
      hosts: { name: string; connection: { port: number; auth: unknown }; control: string }[];
    };
    assert.deepEqual(
      hosts.map(({ name }) => name),
      ["APP9", "APP10", "APP11"],
    );
    assert.equal(new Set(hosts.map(({ connection }) => connection.port)).size, 3);
    assert.deepEqual(hosts[0]!.connection.auth, { username: "Administrator", password: { env: "WINRM_PASSWORD" } });
    assert.equal((await cli("simulate", "set", hosts[2]!.control, "service/auth/Basic=true")).code, 0);
    assert.match((await cli("simulate", "show", hosts[0]!.control)).stdout, /service\/auth\/Basic +false/);
  });

  test("H6: a busy port is an error of usage that says the way out", async (t) => {
    const host = await startBasicHost(t);
    const { code, stderr } = await cli("simulate", "--http", String(host.http!.port));
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`port ${host.http!.port} of 127\\.0\\.0\\.1 is in use: choose another one`));
  });

  test("H6: members of groups drift from the command line", async (t) => {
    const host = await startBasicHost(t, { accounts: [ADMIN, { ...ADMIN, name: "kim", administrator: false }] });
    const control = await openControl(host);
    t.after(() => control.close());
    const added = await cli("simulate", "member-add", control.url, "Remote Management Users", "kim");
    assert.deepEqual([added.code, added.stdout], [0, "Remote Management Users  S-1-5-32-580  WEB01\\kim\n"]);
    assert.match((await cli("simulate", "groups", control.url)).stdout, /^Remote Management Users +\S+ +WEB01\\kim$/m);
    assert.equal((await cli("simulate", "member-remove", control.url, "S-1-5-32-580", "WEB01\\kim")).code, 0);
    assert.deepEqual(host.groups.memberSids("Remote Management Users"), []);
    const refused = await cli("simulate", "member-add", control.url, "No/Such group", "kim");
    assert.deepEqual([refused.code, /no group "No\/Such group"/.test(refused.stderr)], [2, true]);
  });

  test("H6: certificate mappings drift from the command line", async (t) => {
    const CA = authority();
    const key = { subject: "svc@host.example", issuer: thumbprint(CA.certPem) };
    const host = await startBasicHost(t, {
      certificates: { authorities: [CA.certPem] },
      certMappings: [{ ...key, userName: ADMIN.name, password: ADMIN.password }],
    });
    const control = await openControl(host);
    t.after(() => control.close());
    assert.equal((await cli("simulate", "mapping-disable", control.url, key.subject, key.issuer)).code, 0);
    assert.equal(host.certMappings.find(key)?.enabled, false);
    assert.match(
      (await cli("simulate", "mappings", control.url)).stdout,
      /^svc@host\.example .* Administrator +disabled$/m,
    );
    assert.equal((await cli("simulate", "mapping-enable", control.url, key.subject, key.issuer)).code, 0);
    assert.equal(host.certMappings.find(key)?.enabled, true);
    assert.equal((await cli("simulate", "mapping-remove", control.url, key.subject, key.issuer)).code, 0);
    assert.deepEqual(host.certMappings.list(), []);
    const gone = await cli("simulate", "mapping-remove", control.url, key.subject, key.issuer);
    assert.deepEqual([gone.code, /no mapping for "svc@host\.example"/.test(gone.stderr)], [2, true]);
  });

  test("H6: TrustedHosts drifts from the command line", async (t) => {
    const host = await startBasicHost(t);
    const control = await openControl(host);
    t.after(() => control.close());
    assert.equal((await cli("simulate", "set", control.url, "client/TrustedHosts=srv9,<local>")).code, 0);
    assert.equal(host.config.get("client/TrustedHosts"), "srv9,<local>");
  });

  test("H7: --deny-network-logon keeps an administrator out, and --public-network a setting", async (t) => {
    const { announced } = await simulate(t, [
      ...["--set", "service/auth/Basic=true", "--set", "service/AllowUnencrypted=true"],
      ...["--user", "kim", "--deny-network-logon", "Administrator", "--public-network"],
    ]);
    const account = { name: "Administrator", password: announced.password! };
    assert.equal((await wireTo(t, announced.http!.url).send(getEnvelope(), basic(account))).status, 401);
    const { stderr } = await cli("simulate", "set", announced.control, "service/AllowUnencrypted=false");
    assert.match(stderr, /\bPublic\b/);
  });
});

suite("the registry of a running host", () => {
  test("is queried and edited from a shell, with the types of reg.exe", async (t) => {
    const host = await startBasicHost(t);
    const control = await openControl(host);
    t.after(() => control.close());
    const path = `${SYSTEM_POLICIES_KEY}\\LocalAccountTokenFilterPolicy`;
    const added = await cli("simulate", "reg-add", control.url, `${path}=1`);
    assert.deepEqual([added.code, added.stdout.split(/\s+/).slice(0, 3)], [0, [path, "REG_DWORD", "1"]]);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), 1);
    for (const [type, data, stored] of [
      ["REG_SZ", "1", { type: "SZ", data: "1" }],
      ["REG_DWORD", "0x10", { type: "DWORD", data: 16 }],
      ["REG_QWORD", "18446744073709551615", { type: "QWORD", data: 2n ** 64n - 1n }],
      ["reg_expand_sz", "%TEMP%", { type: "EXPAND_SZ", data: "%TEMP%" }],
      ["REG_MULTI_SZ", "a\nb", { type: "MULTI_SZ", data: ["a", "b"] }],
      ["REG_BINARY", "00ff", { type: "BINARY", data: Buffer.from([0, 255]) }],
    ] as const) {
      assert.equal((await cli("simulate", "reg-add", control.url, `${path}=${data}`, "--type", type)).code, 0);
      assert.deepEqual(host.registry.get(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), stored);
    }
    const listed = JSON.parse((await cli("simulate", "reg-query", control.url, "--json")).stdout) as { path: string }[];
    assert.deepEqual(
      listed.filter((value) => value.path === path),
      [{ path, type: "REG_BINARY", data: "00ff" }],
    );
    assert.match((await cli("simulate", "reg-query", control.url)).stdout, /EnableLUA +REG_DWORD +1/);
    assert.equal((await cli("simulate", "reg-delete", control.url, path)).code, 0);
    assert.equal(host.registry.get(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), undefined);
    const refusals = [
      ["reg-delete", control.url, path],
      ["reg-add", control.url, "HKXX\\A\\b=1"],
      ["reg-add", control.url, `${path}=x`, "--type", "REG_DWORD"],
      ["reg-add", control.url, `${path}=4294967296`],
      ["reg-add", control.url, `${path}=1`, "--type", "REG_LINK"],
      ["reg-add", control.url, `${path}=abc`, "--type", "REG_BINARY"],
    ];
    for (const args of refusals) {
      const { code, stderr } = await cli("simulate", ...args);
      assert.notEqual(code, 0);
      assertWording(t, stderr.replaceAll(control.url, "URL"));
    }
  });
});

test("a simulated host on which quickconfig was not run has no LocalAccountTokenFilterPolicy", async (t) => {
  for (const [args, there] of [
    [[], true],
    [["--no-quick-config"], false],
  ] as const) {
    const { announced } = await simulate(t, args);
    const { stdout } = await cli("simulate", "reg-query", announced.control);
    assert.equal(stdout.includes("LocalAccountTokenFilterPolicy"), there);
  }
});

suite("the control interface", () => {
  test("answers nobody who does not know its path, or who calls it by another name", async (t) => {
    const control = await openControl(await startBasicHost(t));
    t.after(() => control.close());
    const { port, pathname } = new URL(control.url);
    const ask = (path: string, host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const outgoing = request({ port, host: "127.0.0.1", path, headers: { Host: host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        outgoing.on("error", reject);
        outgoing.end();
      });
    assert.equal(await ask(`${pathname}/config`, `127.0.0.1:${port}`), 200);
    assert.equal(await ask(`${pathname}/config`, `evil.test:${port}`), 404);
    assert.equal(await ask("/wrong/config", `127.0.0.1:${port}`), 404);
    assert.equal(await ask(`${pathname}/config/%`, `127.0.0.1:${port}`), 400);
  });
});
