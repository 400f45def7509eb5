/** What can go wrong at a message of a risky change, and what must be true afterwards. */
import assert from "node:assert/strict";
import type { MisbehaviourRule } from "../../../simulator";
import { runWith, type Scenario, settle, type Stage, valuesOn, WINDOW_SECONDS } from "./confirm";

/** More requests than any of these changes takes. */
const MAX_POINTS = 60;

/** What goes wrong at the nth request or message. */
export const WRONGS: Readonly<Record<string, (nth: number, stage: Pick<Stage, "clock" | "host">) => MisbehaviourRule>> =
  {
    "cut before": (nth) => ({ on: "request", action: "cut", nth }),
    "cut after": (nth) => ({ on: "message", action: "cut-after-apply", nth }),
    reset: (nth) => ({ on: "request", action: "reset", nth }),
    "answer lost": (nth) => ({ on: "message", action: "reset-after-apply", nth }),
    "frozen over half the window": (nth, { clock }) => ({
      ...{ on: "message", action: "reset", nth },
      meanwhile: () => {
        clock.advance(WINDOW_SECONDS * 600);
      },
    }),
    "frozen over the window": (nth, { clock }) => ({
      ...{ on: "message", action: "reset-after-apply", nth },
      meanwhile: () => {
        clock.advance(WINDOW_SECONDS * 1000 + 5_000);
      },
    }),
    "5 s late": (nth) => ({ on: "message", action: "late", afterMs: 5_000, nth }),
    "late by the window": (nth) => ({ on: "message", action: "late", afterMs: WINDOW_SECONDS * 1000 + 20_000, nth }),
    restarted: (nth, { host }) => ({
      ...{ on: "message", action: "reset", nth },
      meanwhile: () => {
        host.reboot();
      },
    }),
  };

/** Lets the host come to rest, and compares what it has with what the client said. */
export function judge(stage: Stage, said: string, about: string): void {
  settle(stage);
  const values = valuesOn(stage);
  assert.notEqual(values, "mix", about);
  if (said === "confirmed") assert.equal(values, "new", `${about}: said confirmed`);
  // Where the client does not know it says so.
  else if (said !== "left") assert.equal(values, "old", `${about}: said ${said}`);
  if (stage.scenario.locksOut) assert.equal(values, "old", `${about}: nobody can log in`);
  assert.deepEqual(stage.host.scheduler.tasks, [], about);
}

/**
 * One thing that goes wrong, at each message of a change in turn.
 * @param start starts a host of its own for each.
 * @returns at how many it went wrong.
 */
export async function points(scenario: Scenario, wrong: string, start: () => Promise<Stage>): Promise<number> {
  let tried = 0;
  for (let nth = 1; nth <= MAX_POINTS; nth++) {
    const stage = await start();
    try {
      const { said, fired } = await runWith(stage, [WRONGS[wrong]!(nth, stage)]);
      if (!fired) return tried;
      tried += 1;
      judge(stage, said, `${scenario.title}, ${wrong} ${nth}`);
      // The next run converges, unless its way in would close.
      if (!scenario.locksOut && nth % 5 === 0 && valuesOn(stage) === "old") {
        assert.equal((await runWith(stage, [])).said, "confirmed", `${scenario.title}, ${wrong} ${nth}, again`);
        assert.equal(valuesOn(stage), "new");
      }
    } finally {
      await stage.host.stop();
    }
  }
  return tried;
}
