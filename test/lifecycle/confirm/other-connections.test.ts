/** A risky change is proven through every connection of the program to the host, not through the one that makes it alone. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { Connection } from "../../../provider/contract/connection/connection";
import { Settings } from "../../../provider/contract/settings";
import { announceConnection } from "../../../provider/lifecycle/change/reconcile";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { type HostOptions, ManualClock } from "../../../simulator";
import { certificateFor } from "../../support/hosts/certificates";
import { clockOf, SETTLED_MS, WINDOW_SECONDS } from "../../support/confirm/confirm";
import { startHost } from "../../support/hosts/hosts";
import { failure, NEVER } from "../../support/hosts/sessions";

const ADMINISTRATOR = { name: "Administrator", password: "Winter-2031!" } as const;
const DEPLOY = { name: "deploy", password: "Spring-2031!" } as const;
const SERVER = certificateFor(["localhost", "127.0.0.1"]);
/** Nothing shows beforehand whom it locks out. */
const CREDSSP_OFF = { service: { credSSP: false } };
const ARMED = "RegisterByXml";

/** A host, and a run that makes its changes as one administrator and knows of further connections. */
async function stageOf(t: TestContext, options: HostOptions = {}) {
  const clock = new ManualClock();
  const host = await startHost(t, {
    accounts: [ADMINISTRATOR, DEPLOY],
    clock,
    https: { certificate: SERVER },
    ...options,
    config: {
      "service/auth/Basic": true,
      "service/auth/CredSSP": true,
      "service/auth/Certificate": true,
      ...options.config,
    },
  });
  const pool = new SessionPool((ms, end) => clock.sleep(ms, end));
  t.after(() => {
    pool.close();
  });
  const warnings: string[] = [];
  const log = { warn: (text: string) => void warnings.push(text), note: () => undefined, progress: () => undefined };
  const context = { pool, log, signal: NEVER, clock: clockOf(clock), settings: new Settings(() => undefined, {}) };
  const over = (method: "basic" | "ntlm", { name, password }: { name: string; password: string }): Connection => ({
    host: "127.0.0.1",
    ...(method === "ntlm"
      ? { transport: "http", port: host.http!.port }
      : { transport: "https", port: host.https!.port, tls: { ca: SERVER.certPem } }),
    auth: { method, username: name, password },
  });
  const change = (wanted: object, others: readonly Connection[], signal = NEVER) => {
    for (const other of others) announceConnection(other, context);
    const lifecycle: ResourceLifecycle = LIFECYCLES.AuthConfig;
    const connection = over("ntlm", ADMINISTRATOR);
    return lifecycle.create({ ...wanted, connection, confirm: WINDOW_SECONDS }, { ...context, signal });
  };
  /** Messages as `account action`. */
  const messages = () =>
    host.journal.requests().map(({ account = "", action }) => `${account} ${action?.split("/").at(-1) ?? ""}`);
  return { clock, host, warnings, over, change, messages, isOn: (name: string) => host.config.get(name) === "true" };
}

suite("A risky change is proven through every connection of the program", () => {
  test("and undone where another one is locked out although the lockout is accepted", async (t) => {
    const { clock, change, over, isOn } = await stageOf(t);
    const wanted = { service: { basic: false, credSSP: false }, acceptLockout: true };
    const error = await failure(change(wanted, [over("basic", DEPLOY)]));
    assert.equal(error.code, "WINRM_E_CONFIRM_FAILED");
    assert.notEqual(error.context.outcomeUnknown, true);
    assert.match(error.summary, /another connection .*basic as deploy over https/);
    assert.deepEqual([isOn("service/auth/Basic"), isOn("service/auth/CredSSP")], [true, true]);
    clock.advance(SETTLED_MS);
    assert.deepEqual([isOn("service/auth/Basic"), isOn("service/auth/CredSSP")], [true, true]);
  });

  for (const method of ["basic", "ntlm"] as const) {
    test(`and undone where no hazard shows that another one is out: a right is denied meanwhile (${method})`, async (t) => {
      const { host, clock, change, over, isOn, messages } = await stageOf(t);
      // While the first run of the task is waited for.
      clock.after(20, () => {
        host.logonRights.set("SeDenyNetworkLogonRight", [DEPLOY.name]);
      });
      const error = await failure(change(CREDSSP_OFF, [over(method, DEPLOY)]));
      assert.equal(error.code, "WINRM_E_CONFIRM_FAILED");
      assert.match(error.summary, new RegExp(`${method} as deploy`));
      assert.ok(!messages().some((message) => message.endsWith("SetStringValue")), "never confirmed");
      clock.advance(SETTLED_MS);
      assert.ok(isOn("service/auth/CredSSP"));
    });
  }

  test("and kept where all get in: each is tried before anything is armed, and after the change", async (t) => {
    const { change, over, isOn, messages, warnings } = await stageOf(t);
    await change(CREDSSP_OFF, [over("ntlm", DEPLOY)]);
    assert.ok(!isOn("service/auth/CredSSP"));
    assert.deepEqual(warnings, []);
    const [own, other] = [ADMINISTRATOR.name, DEPLOY.name];
    assert.deepEqual(messages(), [
      ...[`${own} Get`, `${other} Get`, `${own} ${ARMED}`, `${own} GetStringValue`, `${own} Put`],
      ...[`${own} Get`, `${other} Get`, `${own} SetStringValue`, `${own} GetStringValue`, `${own} StartByPath`],
    ]);
  });

  test("and undone where the run is ended meanwhile, which is not taken for a lockout", async (t) => {
    const { host, clock, change, over, isOn } = await stageOf(t);
    const end = new AbortController();
    const meanwhile = () => {
      end.abort();
    };
    host.injectFault({ on: "get", nth: 4, action: "reset", meanwhile });
    const error = await failure(change(CREDSSP_OFF, [over("ntlm", DEPLOY)], end.signal));
    assert.equal(error.code, "WINRM_E_CONFIRM_FAILED");
    assert.ok(!error.summary.includes(DEPLOY.name), error.summary);
    clock.advance(SETTLED_MS);
    assert.ok(isOn("service/auth/CredSSP"));
  });

  const OUT: Readonly<Record<string, { readonly options?: HostOptions; readonly password?: string }>> = {
    "with a wrong password": { password: "Autumn-2031!" },
    "with its method off": { options: { config: { "service/auth/Basic": false } } },
    "without rights": { options: { accounts: [ADMINISTRATOR, { ...DEPLOY, administrator: false }] } },
  };
  for (const [title, { options = {}, password = DEPLOY.password }] of Object.entries(OUT)) {
    test(`except those that are out before it, which are named: ${title}`, async (t) => {
      const { host, change, over, isOn, messages, warnings } = await stageOf(t, options);
      await change(CREDSSP_OFF, [over("basic", { ...DEPLOY, password })]);
      await change({ service: { certificate: false } }, []);
      assert.ok(!isOn("service/auth/CredSSP") && !isOn("service/auth/Certificate"));
      assert.equal(warnings.filter((warning) => warning.includes("basic as deploy over https")).length, 2);
      assert.ok(host.journal.logonFailures().length <= 1, "a refused credential is tried once");
      const proofs = messages().filter(
        (message, index, all) => message.startsWith(DEPLOY.name) && all[index - 1]?.endsWith("Put"),
      );
      assert.deepEqual(proofs, []);
    });
  }

  test("of this host: the other end of a port forward is another one", async (t) => {
    const { change, over, isOn } = await stageOf(t);
    const elsewhere = await stageOf(t, { name: "WEB02" });
    await change(CREDSSP_OFF, [elsewhere.over("ntlm", DEPLOY), over("ntlm", DEPLOY)]);
    assert.ok(!isOn("service/auth/CredSSP"));
    assert.equal(elsewhere.host.journal.length, 0);
  });

  test("at two requests and two logons for each of them", async (t) => {
    const counts: number[] = [];
    for (const others of [[], [DEPLOY], [DEPLOY, { name: "third", password: "Third-2031!" }]]) {
      const { host, change, over } = await stageOf(t, { accounts: [ADMINISTRATOR, ...[DEPLOY], ...others.slice(1)] });
      await change(
        CREDSSP_OFF,
        others.map((other) => over("ntlm", other)),
      );
      counts.push(host.journal.requests().length);
    }
    const [alone = 0] = counts;
    assert.deepEqual(counts, [alone, alone + 2, alone + 4]);
  });
});
