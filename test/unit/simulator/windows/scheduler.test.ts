/** Scheduled tasks of the simulated host, what they run, and the service that they stop and start. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock, type SimulatedHost } from "../../../../simulator";
import { basic, envelope, startBasicHost, wireTo } from "../wire";
import type { HostOptions } from "../../../../simulator";
import type { TestContext } from "node:test";

const NAMESPACE = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/Microsoft/Windows/TaskScheduler";
const METHODS = `${NAMESPACE}/PS_ScheduledTask`;
const STORE = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN\\Service";

function task(line: string, triggers: string): string {
  return (
    `<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers>${triggers}</Triggers>` +
    `<Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>` +
    `<Actions Context="Author"><Exec><Command>cmd.exe</Command><Arguments>${escape(line)}</Arguments></Exec></Actions></Task>`
  );
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const NOW = "<RegistrationTrigger><Enabled>true</Enabled></RegistrationTrigger>";
const LATER =
  "<RegistrationTrigger><Repetition><Interval>PT1M</Interval><Duration>PT3M</Duration></Repetition><Delay>PT90S</Delay></RegistrationTrigger>";

async function started(t: TestContext, options: HostOptions = {}) {
  const clock = new ManualClock();
  const host = await startBasicHost(t, { clock, ...options });
  const wire = wireTo(t, host.http!.url);
  const call = async (method: string, parameters: Record<string, string>) => {
    const content = Object.entries(parameters).map(([name, value]) => `<p:${name}>${escape(value)}</p:${name}>`);
    const body = `<p:${method}_INPUT xmlns:p="${METHODS}">${content.join("")}</p:${method}_INPUT>`;
    const { text } = await wire.send(envelope({ action: `${METHODS}/${method}`, uri: METHODS, body }), basic());
    return Number(/(?:ReturnValue>|WSManFault Code="|Code=")(\d+)/.exec(text)?.[1]);
  };
  const register = (line: string, triggers: string) =>
    call("RegisterByXml", { Force: "false", TaskName: "t", TaskPath: "\\", Xml: task(line, triggers) });
  return { clock, host, call, register };
}

const runs = (host: SimulatedHost) => host.scheduler.runs.length;

suite("scheduled tasks", () => {
  test("run as SYSTEM at registration, after a delay and again, and are one of a name", async (t) => {
    const { clock, host, call, register } = await started(t);
    const line = '/d /s /c "reg add HKLM\\SOFTWARE\\A /v x /d 1 /f >nul & whoami"';
    assert.equal(await register(line, NOW + LATER), 0);
    assert.equal(runs(host), 1);
    assert.deepEqual(host.registry.get("HKLM\\SOFTWARE\\A", "x"), { type: "SZ", data: "1" });
    assert.equal(await register(line, NOW), 0x800700b7);
    clock.advance(89_999);
    assert.equal(runs(host), 1);
    clock.advance(1);
    assert.equal(runs(host), 2);
    clock.advance(600_000);
    assert.equal(runs(host), 5);
    assert.equal(await call("StartByPath", { TaskPath: "\\", TaskName: "t" }), 0);
    assert.equal(runs(host), 6);
    assert.equal(await call("StartByPath", { TaskPath: "\\", TaskName: "nix" }), 0x80070002);
    assert.equal(await call("GetInfoByName", { TaskPath: "\\", TaskName: "nix" }), 0x80070002);
  });

  test("delete themselves, and lose a delay that had begun when the host restarts", async (t) => {
    const { clock, host, register } = await started(t);
    assert.equal(await register('/c "schtasks /Delete /TN t /F"', LATER), 0);
    clock.advance(90_000);
    assert.deepEqual([runs(host), host.scheduler.tasks.length], [1, 0]);
    clock.advance(600_000);
    assert.equal(runs(host), 1);
    assert.equal(await register("/c ver", `${LATER}<BootTrigger/>`), 0);
    clock.advance(30_000);
    host.reboot();
    assert.equal(runs(host), 2);
    clock.advance(600_000);
    assert.equal(runs(host), 2);
  });

  test("are refused with Task Scheduler's own codes where the definition is wrong", async (t) => {
    const { call } = await started(t);
    const good = task("/c ver", NOW);
    for (const [xml, code] of [
      [`<?xml version="1.0" encoding="UTF-8"?>${good}`, 0x8004131a],
      [good.replace("</Task>", ""), 0x8004131a],
      [good.replace(/<Actions.*<\/Actions>/, ""), 0x80041319],
      [
        good.replace("RegistrationTrigger>", "MoonTrigger>").replace("/RegistrationTrigger", "/MoonTrigger"),
        0x80041316,
      ],
      [good.replace("<Enabled>true", "<Enabled>maybe"), 0x80041318],
    ] as const) {
      assert.equal(await call("RegisterByXml", { Force: "false", TaskName: "t", TaskPath: "\\", Xml: xml }), code, xml);
    }
  });

  test("never start, or are not there at all, where the host is like that", async (t) => {
    const never = await started(t, { scheduler: { startDelayMs: "never" } });
    assert.equal(await never.register("/c ver", NOW + LATER), 0);
    never.clock.advance(600_000);
    assert.equal(runs(never.host), 0);
    const late = await started(t, { scheduler: { startDelayMs: 5_000, reports: "return-value" } });
    assert.equal(await late.register("/c ver", NOW), 0);
    assert.equal(runs(late.host), 0);
    late.clock.advance(5_000);
    assert.equal(runs(late.host), 1);
    assert.equal(await late.register("/c ver", NOW), 0x800700b7);
    const missing = await started(t, { scheduler: { classes: "missing" } });
    assert.equal(await missing.register("/c ver", NOW), 0x80041010);
  });
});

suite("the service", () => {
  const off = `reg add ${STORE} /v auth_basic /t REG_DWORD /d 0 /f >nul`;

  test("counts a hand edit of its store only once it has started again", async (t) => {
    const { host, register } = await started(t);
    assert.equal(host.registry.getDword(STORE, "auth_basic"), 1);
    assert.equal(await register(`/c "${off}"`, NOW), 0);
    assert.equal(host.config.get("service/auth/Basic"), "true");
    host.service.stop();
    host.service.start();
    assert.equal(host.config.get("service/auth/Basic"), "false");
  });

  test("is stopped and started by net, and shows its state to sc", async (t) => {
    const { host, register } = await started(t);
    const state = '(sc query WinRM | findstr /c:": 4 " >nul) && reg add HKLM\\SOFTWARE\\A /v up /d 1 /f >nul';
    // The answer to the request that registers is lost with its connection.
    await register(`/c "net stop WinRM /y && ${off} && net start WinRM & ${state}"`, NOW).catch(() => undefined);
    assert.equal(host.scheduler.runs[0]!.exitCode, 0);
    assert.equal(host.service.starts, 2);
    assert.deepEqual(host.registry.get("HKLM\\SOFTWARE\\A", "up"), { type: "SZ", data: "1" });
  });

  test("hangs in stopping, and then answers nobody", async (t) => {
    const { host, register } = await started(t, { service: { stopsThatHang: 1 } });
    await register('/c "net stop WinRM /y || exit 7"', NOW).catch(() => undefined);
    assert.deepEqual([host.scheduler.runs[0]!.exitCode, host.service.state], [7, "stop-pending"]);
    await assert.rejects(register("/c ver", NOW));
    host.service.stop();
    host.service.start();
    assert.equal(host.service.state, "running");
  });

  test("keeps its connections but not their logons where a stop is like that", async (t) => {
    const { host, register } = await started(t, { service: { stopAndConnections: "keeps" } });
    await register("/c ver", NOW);
    host.service.stop();
    assert.ok(Number.isNaN(await register("/c ver", NOW)));
    host.service.start();
    assert.equal(await register("/c ver", NOW), 0x800700b7);
  });

  test("counts a Put for new connections only where it is like that", async (t) => {
    const { host, register } = await started(t, { service: { putCounts: "new-connections" } });
    assert.equal(await register("/c ver", NOW), 0);
    host.config.set("service/auth/Basic", false);
    assert.equal(await register("/c ver", NOW), 0x800700b7);
    const fresh = wireTo(t, host.http!.url);
    assert.equal((await fresh.send(envelope({ action: "x", uri: "y" }), basic())).status, 401);
  });
});

suite("the network", () => {
  test("can be cut at a message, before it or after it, and restored", async (t) => {
    const { host, register } = await started(t);
    host.injectFault({ on: "registerbyxml", action: "cut" });
    await assert.rejects(register("/c ver", NOW));
    await assert.rejects(register("/c ver", NOW));
    assert.equal(host.scheduler.tasks.length, 0);
    host.cutNetwork(false);
    host.injectFault({ on: "registerbyxml", action: "cut-after-apply" });
    await assert.rejects(register("/c ver", NOW));
    assert.equal(host.scheduler.tasks.length, 1);
  });

  test("delivers a message late", async (t) => {
    const { clock, host, register } = await started(t);
    host.injectFault({ on: "registerbyxml", action: "late", afterMs: 1_000 });
    await assert.rejects(register("/c ver", NOW));
    assert.equal(host.scheduler.tasks.length, 0);
    clock.advance(1_000);
    assert.equal(host.scheduler.tasks.length, 1);
  });
});
