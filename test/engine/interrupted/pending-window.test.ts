/** A window that is open while Pulumi is used as people use it: a second stack, Ctrl-C, `pulumi cancel`, a rename. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { ManualClock, type SimulatedHost } from "../../../simulator/index.js";
import { startRelay } from "../../support/hosts/relay.js";
import { type Declared, connectionTo, hostFixture, portOf, programOf, startHost, until } from "../support/hosts.js";

const CONFIRM_SECONDS = 60;
const SETTLED_MS = (CONFIRM_SECONDS + 140) * 1000;
const [BASIC, CREDSSP, CLEAR] = ["service/auth/Basic", "service/auth/CredSSP", "service/AllowUnencrypted"] as const;
const WAITS = "waiting until it is confirmed or restored";
/** How many windows were opened; a refusal while another one is open is a fault. */
const armedOn = (host: SimulatedHost) =>
  host.journal.requests().filter(({ action, fault }) => fault === undefined && action?.endsWith("/RegisterByXml"))
    .length;
const linux = { skip: process.platform === "linux" ? false : "processes are found through /proc" };

test(
  "a window that is open: a second stack waits, Ctrl-C and cancel leave the run to confirm, and a rename after a kill converges",
  linux,
  async (t) => {
    const clock = new ManualClock();
    const host = await startHost(t, { clock, config: { [BASIC]: true, [CREDSSP]: true, [CLEAR]: true } });
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((open) => (gate.open = open));
    // The first change is applied, and its fresh logon is held up on the way.
    const hold = () => (host.config.get(BASIC) === "true" ? Promise.resolve() : opened);
    const { port } = await startRelay(t, portOf(host), { hold });
    const declared = (name: string, service: object, through = portOf(host)): Declared => ({
      ...{ type: "AuthConfig", name },
      args: { connection: connectionTo(host, { port: through }), service, confirm: CONFIRM_SECONDS },
    });
    const fixture = await hostFixture(t, { resources: [declared("first", { basic: false }, port)] });
    let cli: ChildProcess | undefined;
    const onStart = (child: ChildProcess) => {
      cli = child;
    };

    const first = fixture.apply({ onStart, expectExit: 1 });
    await until("the first change is applied", () => host.config.get(BASIC) === "false");
    await fixture.pulumi(["stack", "init", "second"]);
    fixture.write({ "index.js": programOf([declared("second", { credSSP: false })]) });
    let waits = false;
    const second = fixture.apply({
      onStdout: (text) => {
        waits ||= text.includes(WAITS);
      },
    });
    await until("the second stack waits", () => waits);
    cli?.kill("SIGINT");
    await fixture.pulumi(["cancel", "--yes", "--stack", "dev"]);
    assert.deepEqual([host.config.get(BASIC), host.config.get(CREDSSP)], ["false", "true"]);
    gate.open?.();
    assert.match((await first).stdout, /update canceled/);
    await second;
    clock.advance(SETTLED_MS);
    assert.deepEqual([host.config.get(BASIC), host.config.get(CREDSSP)], ["false", "false"]);
    assert.deepEqual(host.scheduler.tasks, []);

    fixture.write({ "index.js": programOf([declared("second", { credSSP: false, allowUnencrypted: false })]) });
    const hang = host.injectFault({ on: "setstringvalue", action: "hang" });
    const killed = fixture.apply({
      ...{ onStart, expectExit: "any" },
      onStdout: (text) => {
        // The second one ends everything at once.
        if (text.includes("^C received; cancelling")) cli?.kill("SIGINT");
      },
    });
    await until("the next change is applied and not confirmed", () => hang.fired);
    cli?.kill("SIGINT");
    await killed;
    await until("no process is left", () => fixture.leftovers().length === 0);
    assert.deepEqual([host.config.get(CLEAR), host.scheduler.tasks.length], ["false", 1]);

    fixture.write({ "index.js": programOf([declared("renamed", { credSSP: false, allowUnencrypted: false })]) });
    await fixture.apply({
      onStdout: (text) => {
        if (text.includes(WAITS)) clock.advance(SETTLED_MS);
      },
    });
    assert.equal(armedOn(host), 4);
    clock.advance(SETTLED_MS);
    assert.deepEqual([host.config.get(CLEAR), host.config.get(CREDSSP), host.scheduler.tasks], ["false", "false", []]);
  },
);
