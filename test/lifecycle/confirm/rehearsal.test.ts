/**
 * The rehearsal: before anything is changed the host shows that it can run each command of the way back. Every program
 * of the armed line is broken, at each of its starts and for good; the changes are those that lock out, so that a way
 * back that does not work is seen by what the host has in the end.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WSMAN_SERVICE_KEY } from "../../../provider/host/tasks/rollback";
import { type BrokenProgram, type HostOptions, SYSTEM_POLICIES_KEY } from "../../../simulator";
import {
  runWith,
  SCENARIOS,
  type Scenario,
  settle,
  type Stage,
  stageOf,
  valuesOn,
} from "../../support/confirm/confirm";

const HOW: readonly BrokenProgram[] = ["blocked", "does-nothing", "writes-otherwise"];
/** One of each kind of value, and a membership. */
const LOCKOUTS = SCENARIOS.filter(
  ({ locksOut, method, title }) => locksOut && method !== "certificate" && !/^Neg/.test(title),
);
/** Parts of cmd itself, and cmd. */
const INTERNAL: ReadonlySet<string> = new Set(["cmd", "echo", "exit", "ver"]);
/** Only the real thing shows whether the service stops: until it does, the restored values wait for its next start. */
const NOT_REHEARSED = "net stop";

type Started = readonly [name: string, ...args: string[]];

/** Everything that a change of access can reach, byte for byte. */
function accessOf({ host }: Stage): string {
  const { registry, config, groups } = host;
  const values = [`HKLM\\${WSMAN_SERVICE_KEY}`, SYSTEM_POLICIES_KEY].map((key) => registry.values(key));
  return JSON.stringify([values, config.all(), groups.memberSids("S-1-5-32-544")]);
}

/** What the client said, and named; the host was found untouched, or with the old values again. */
async function tryOn(scenario: Scenario, options: HostOptions, about: string) {
  const stage = await stageOf(undefined, scenario, options);
  try {
    const before = accessOf(stage);
    const { said, failure } = await runWith(stage, []);
    if (said === "WINRM_E_CONFIRM_UNAVAILABLE") {
      assert.equal(accessOf(stage), before, about);
      assert.deepEqual(stage.host.scheduler.tasks, [], about);
    }
    settle(stage);
    if (said === "left") stage.host.reboot();
    assert.equal(valuesOn(stage), "old", `${about}: ${said}`);
    return { said, named: failure?.summary ?? "" };
  } finally {
    await stage.host.stop();
  }
}

/** The programs that the task starts, in order: in its first run, and later. */
async function startsOf(scenario: Scenario): Promise<(readonly string[])[][]> {
  const stage = await stageOf(undefined, scenario);
  await runWith(stage, []);
  settle(stage);
  await stage.host.stop();
  return stage.host.scheduler.runs.map(({ programs }) => programs.filter(([name = ""]) => !INTERNAL.has(name)));
}

function verbOf([name = "", verb = ""]: readonly string[]): string {
  return name === "findstr" ? name : `${name} ${verb.toLowerCase()}`;
}

suite("The rehearsal", () => {
  let broken = 0;
  for (const scenario of LOCKOUTS) {
    test(`notices each command that fails once where it has to work: ${scenario.title}`, async () => {
      const [rehearsal = []] = await startsOf(scenario);
      let noticed = 0;
      for (const how of HOW) {
        for (let nth = 1; nth <= rehearsal.length; nth++) {
          let starts = 0;
          const programs = ([name]: Started) => (!INTERNAL.has(name) && ++starts === nth ? how : undefined);
          const about = `${how}, start ${nth}: ${rehearsal[nth - 1]?.join(" ") ?? ""}`;
          const { said, named } = await tryOn(scenario, { programs }, about);
          broken += 1;
          assert.match(said, /^(?:restored|again|WINRM_E_CONFIRM_UNAVAILABLE)$/, about);
          if (said !== "restored") noticed += 1;
          if (said === "WINRM_E_CONFIRM_UNAVAILABLE") assert.match(named, /\b(?:reg|findstr|sc|net|schtasks)\b/, about);
        }
      }
      assert.ok(noticed >= rehearsal.length / 2, `${noticed} of ${rehearsal.length}`);
    });

    test(`names each command that never works: ${scenario.title}`, async () => {
      const runs = await startsOf(scenario);
      for (const verb of new Set(runs.flat().map(verbOf))) {
        for (const how of HOW) {
          const programs = (started: Started) => (verbOf(started) === verb ? how : undefined);
          const { said, named } = await tryOn(scenario, { programs }, `${verb} ${how}`);
          broken += 1;
          const [program = ""] = verb.split(" ");
          if (said === "WINRM_E_CONFIRM_UNAVAILABLE") assert.match(named, new RegExp(`\\b${program}\\b`), verb);
          else assert.ok(said === "restored" || verb === NOT_REHEARSED, `${verb} ${how}: ${said}`);
        }
      }
    });
  }

  test("was tried with hundreds of broken commands", () => {
    assert.ok(broken >= 300, `${broken}`);
  });

  test("names what keeps the task from being there, or from running", async () => {
    for (const [options, named] of [
      [{ programs: { cmd: "blocked" } }, /\bcmd\b/],
      [{ scheduler: { startDelayMs: "never" } }, /Task Scheduler/],
      [{ scheduler: { classes: "denied" } }, /80041003/i],
      [{ scheduler: { classes: "stopped" } }, /80041315/i],
    ] satisfies (readonly [HostOptions, RegExp])[]) {
      const about = JSON.stringify(options);
      const outcome = await tryOn(LOCKOUTS[0]!, options, about);
      assert.equal(outcome.said, "WINRM_E_CONFIRM_UNAVAILABLE", about);
      assert.match(outcome.named, named, about);
    }
  });

  test("passes on a host in another language, and its way back works there", async () => {
    for (const scenario of SCENARIOS) {
      const options = { ...scenario.host, language: "de-DE", groupLanguage: "en-US" } as const;
      const stage = await stageOf(undefined, scenario, options);
      try {
        const { said } = await runWith(stage, []);
        settle(stage);
        assert.equal(said, scenario.locksOut ? "restored" : "confirmed", scenario.title);
        assert.equal(valuesOn(stage), scenario.locksOut ? "old" : "new", scenario.title);
      } finally {
        await stage.host.stop();
      }
    }
  });
});
