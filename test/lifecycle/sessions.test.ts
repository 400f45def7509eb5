/** One host, one session: what several resources and operations of one provider process share. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DeployedResource, type Wire } from "../support/processes/provider-calls";
import {
  ADMIN,
  connectionTo,
  logonsAt,
  startHost,
  startProcess,
  writesTo,
} from "../support/processes/recorded-process";

const HOSTS_TEXT = `exports.handler=()=>require("pulumi-winrm/runtime").TrustedHosts;`;

// What never ends is a failure, too.
suite("sessions", { timeout: 60_000 }, () => {
  test("two resources of one host share one logon, and their writes come one after the other", async (t) => {
    const host = await startHost(t, { latencyMs: 5 });
    const { auth, hosts } = startProcess(t);
    const connection = connectionTo(host);
    const one = new DeployedResource("one");
    const two = new DeployedResource("two", HOSTS_TEXT);
    await Promise.all([
      one.up(auth, { connection, service: { basic: true }, client: { digest: false } }),
      two.up(hosts, { connection, entries: ["web02"] }),
    ]);
    assert.equal(logonsAt(host), 1);
    assert.deepEqual(writesTo(host), [
      { "client/auth/Digest": "false" },
      { "service/auth/Basic": "true" },
      { "client/TrustedHosts": "web02" },
    ]);
    const actions = host.journal.requests().map(({ action }) => action?.split("/").at(-1));
    // What the first one has read back is what the second one would read before its turn.
    const list = ["CreateKey", "EnumKey", "Get", "Put", "Get", "DeleteKey"];
    assert.deepEqual(actions, ["Get", "Put", "Put", "Get", ...list]);
    assert.equal(new Set(host.journal.entries().map(({ connection: number }) => number)).size, 1);
  });

  test("the proof of a confirmed change serves the next as well", async (t) => {
    const host = await startHost(t);
    const { auth, hosts } = startProcess(t);
    const connection = connectionTo(host);
    await Promise.all([
      new DeployedResource("one").up(auth, { connection, service: { cbtHardeningLevel: "Strict" } }),
      new DeployedResource("two", HOSTS_TEXT).up(hosts, { connection, entries: ["web02"] }),
    ]);
    const actions = host.journal.requests().map(({ action }) => action?.split("/").at(-1) ?? "");
    const list = ["CreateKey", "EnumKey", "Get", "Put", "Get", "DeleteKey"];
    assert.deepEqual(actions.slice(actions.indexOf("StartByPath") + 1), list);
    assert.equal(actions.filter((action) => action === "Get").length, 4);
  });

  test("what one read back serves the next only where that waited already, and nobody wrote between", async (t) => {
    const second = { name: "second", password: "Other-1d4!Secret" };
    const { auth } = startProcess(t);
    const up = async (args: object): Promise<Wire> => {
      const resource = new DeployedResource("a");
      await resource.up(auth, args);
      return (resource.outputs["effective"] as { client: { basic: Wire } }).client.basic;
    };
    for (const readsBack of [true, false]) {
      const host = await startHost(t, { accounts: [ADMIN, second] });
      const connection = connectionTo(host);
      const other = connectionTo(host, { auth: { method: "ntlm", username: second.name, password: second.password } });
      const unchanged = { connection, client: { kerberos: true } };
      if (!readsBack) host.injectFault({ on: "get", nth: 4, action: "fault", code: 5 });
      const [, between, last] = await Promise.allSettled([
        up({ connection, client: { digest: false } }),
        up({ connection: other, client: { basic: false } }),
        up(unchanged),
      ]);
      assert.equal(between.status, readsBack ? "fulfilled" : "rejected");
      assert.deepEqual(last, { status: "fulfilled", value: false }, "the second one wrote it through its own session");
      host.config.set("client/auth/Basic", true);
      assert.equal(await up(unchanged), true, "nobody waited when the host was read");
    }
  });

  test("hosts are changed side by side", async (t) => {
    const slow = await startHost(t, { name: "SLOW", latencyMs: 40 });
    const fast = await startHost(t, { name: "FAST" });
    const { auth } = startProcess(t);
    const done: string[] = [];
    const up = async (name: string, host: typeof slow) => {
      await new DeployedResource(name).up(auth, { connection: connectionTo(host), service: { basic: true } });
      done.push(name);
    };
    await Promise.all([up("slow", slow), up("fast", fast)]);
    assert.deepEqual(done, ["fast", "slow"]);
  });

  test("reads of one host that run at the same time are one request", async (t) => {
    const host = await startHost(t, { latencyMs: 5 });
    const { auth } = startProcess(t);
    const connection = connectionTo(host);
    const resources = ["a", "b", "c", "d"].map((name) => new DeployedResource(name));
    for (const resource of resources) await resource.up(auth, { connection, service: { basic: false } });
    host.journal.clear();
    await Promise.all(resources.map((resource) => resource.refresh(auth)));
    assert.equal(host.journal.requests().length, 1);
  });

  test("a wrong password is one failed logon, whatever create, read, update and delete try", async (t) => {
    const host = await startHost(t);
    const { auth, hosts } = startProcess(t);
    const right = connectionTo(host);
    const resource = new DeployedResource("a");
    await resource.up(startProcess(t).auth, { connection: right, service: { basic: true } });
    const wrong = { ...right, auth: { ...right.auth, password: "Wrong-1!password" } };
    host.journal.clear();

    const args = { connection: wrong, service: { basic: false } };
    const attempts: PromiseSettledResult<unknown>[] = await Promise.allSettled([
      new DeployedResource("b").up(auth, args),
      new DeployedResource("c", HOSTS_TEXT).up(hosts, { connection: wrong, entries: [] }),
      auth.read("x", { ...args, __provider: "" }),
    ]);
    resource.outputs = { ...resource.outputs, connection: wrong };
    attempts.push(...(await Promise.allSettled([resource.up(auth, args), resource.destroy(auth)])));
    const messages = attempts.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "succeeded"));
    assert.equal(host.journal.logonFailures().length, 1);
    assert.equal(messages.filter((text) => text.includes("WINRM_E_LOGON_DENIED")).length, 1);
    assert.equal(messages.filter((text) => text.includes("WINRM_E_LOGON_SUPPRESSED")).length, 4);
  });

  test("a domain account's wrong password is one failed logon at all hosts together, and they say so", async (t) => {
    const fleet = await Promise.all(Array.from({ length: 4 }, () => startHost(t, { name: "FLEET" })));
    const { auth } = startProcess(t);
    // By its address a host does not tell its name, so FLEET counts as a domain.
    const up = (password: string) =>
      Promise.allSettled(
        fleet.map((host, index) => {
          const right = connectionTo(host);
          const connection = { ...right, auth: { ...right.auth, password } };
          return new DeployedResource(`${password}${index}`).up(auth, { connection, service: { basic: false } });
        }),
      );
    const failures = () => fleet.reduce((sum, host) => sum + host.journal.logonFailures().length, 0);
    const refused = await up("Wrong-1!password");
    assert.equal(failures(), 1);
    const messages = refused.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "succeeded"));
    assert.equal(messages.filter((text) => text.includes("WINRM_E_LOGON_DENIED")).length, 1);
    const others = messages.filter((text) => text.includes("WINRM_E_LOGON_SUPPRESSED"));
    assert.equal(others.length, 3);
    for (const text of others) assert.match(text, /: 127\.0\.0\.1:\d+ /);
    const right = await up(ADMIN.password);
    assert.deepEqual(new Set(right.map(({ status }) => status)), new Set(["fulfilled"]));
    assert.equal(failures(), 1);
  });

  test("the right password still works beside a wrong one", async (t) => {
    const host = await startHost(t);
    const { auth } = startProcess(t);
    const right = connectionTo(host);
    const wrong = { ...right, auth: { ...right.auth, password: "Wrong-1!password" } };
    await assert.rejects(new DeployedResource("a").up(auth, { connection: wrong }));
    assert.equal(await new DeployedResource("b").up(auth, { connection: right }), "created");
  });

  test("stack configuration and environment give what the program leaves out", async (t) => {
    const host = await startHost(t);
    const { auth } = startProcess(t, {
      config: { "winrm:transport": "http", "winrm:username": `WEB01\\${ADMIN.name}`, "winrm:password": '{"env":"PW"}' },
      env: { WINRM_PORT: String(host.http!.port), PW: ADMIN.password },
    });
    const resource = new DeployedResource("a");
    assert.equal(await resource.up(auth, { connection: { host: "127.0.0.1" } }), "created");
    assert.deepEqual(resource.outputs["connection"], { host: "127.0.0.1" });
  });

  test("an operation ends when its total time is up, with the limit's name and without a further request", async (t) => {
    const host = await startHost(t);
    const { auth } = startProcess(t, { env: { WINRM_TOTAL_SECONDS: "600" } });
    host.injectFault({ on: "get", action: "hang" });
    const connection = connectionTo(host, { timeouts: { totalSeconds: 1 } });
    await assert.rejects(new DeployedResource("a").up(auth, { connection, service: { basic: true } }), {
      message: /1 s \(timeouts\.totalSeconds\) \[WINRM_E_TIMEOUT\]/,
    });
    assert.deepEqual(host.journal.writes(), []);
  });

  test("a process that is stopped ends what runs, without a further request", async (t) => {
    const host = await startHost(t);
    const { auth, process } = startProcess(t);
    const rule = host.injectFault({ on: "get", action: "hang" });
    const running = new DeployedResource("a").up(auth, { connection: connectionTo(host), service: { basic: true } });
    while (!rule.fired) await new Promise((resolve) => setImmediate(resolve));
    const stopped = process.stop();
    await assert.rejects(running, { message: /WINRM_E_CANCELLED/ });
    await stopped;
    assert.deepEqual(host.journal.writes(), []);
  });
});
