/** When a change window is open. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { type ChangeWindow, assertOpen, changeWindow, isOpen } from "../../../provider/program/hooks/change-window";
import { assertWording } from "../../support/pages/golden";

const BERLIN = "Europe/Berlin";

function open(window: ChangeWindow, moment: string): boolean {
  return isOpen({ timeZone: "UTC", ...window }, new Date(moment));
}

suite("a change window", () => {
  test("opens at its start and is closed at its end", () => {
    const window = { from: "08:00", to: "10:00" };
    assert.deepEqual(
      ["07:59:59", "08:00:00", "09:59:59", "10:00:00"].map((time) => open(window, `2026-05-04T${time}Z`)),
      [false, true, true, false],
    );
  });

  test("past midnight belongs to the day on which it opened", () => {
    const window: ChangeWindow = { days: ["sat"], from: "22:00", to: "04:00" };
    // 2026-05-02 is a Saturday.
    assert.equal(open(window, "2026-05-02T23:00:00Z"), true);
    assert.equal(open(window, "2026-05-03T03:59:00Z"), true);
    assert.equal(open(window, "2026-05-03T22:30:00Z"), false);
    assert.equal(open(window, "2026-05-02T03:00:00Z"), false);
  });

  test("is in its own time zone, summer time included", () => {
    const window = { from: "22:00", to: "23:00", timeZone: BERLIN };
    assert.equal(isOpen(window, new Date("2026-07-01T20:30:00Z")), true);
    assert.equal(isOpen(window, new Date("2026-12-01T20:30:00Z")), false);
    assert.equal(isOpen(window, new Date("2026-12-01T21:30:00Z")), true);
  });

  test("and the same hours the other way round are open by turns, at any moment", () => {
    const time = fc.integer({ min: 0, max: 1439 }).map((n) => {
      const two = (part: number) => String(part).padStart(2, "0");
      return `${two(Math.floor(n / 60))}:${two(n % 60)}`;
    });
    fc.assert(
      fc.property(
        time,
        time,
        fc.date({ min: new Date("2026-01-01"), max: new Date("2027-01-01"), noInvalidDate: true }),
        (a, b, moment) => {
          fc.pre(a !== b);
          const one = isOpen({ from: a, to: b, timeZone: BERLIN }, moment);
          assert.notEqual(one, isOpen({ from: b, to: a, timeZone: BERLIN }, moment));
        },
      ),
    );
  });

  test("that cannot be is refused with the argument's name", () => {
    const refused = (window: object, property: string) => {
      assert.throws(() => changeWindow(window as ChangeWindow), {
        code: "WINRM_E_ARGUMENT",
        message: new RegExp(`\\.${property} `),
      });
    };
    refused({ from: "8:00", to: "10:00" }, "from");
    refused({ from: "08:00", to: "24:00" }, "to");
    refused({ from: "08:00", to: "08:00" }, "to");
    refused({ from: "08:00", to: "10:00", days: [] }, "days");
    refused({ from: "08:00", to: "10:00", days: ["monday"] }, "days");
    refused({ from: "08:00", to: "10:00", timeZone: "Nowhere/Land" }, "timeZone");
  });

  test("that is closed refuses a change with its code", (t) => {
    const window: ChangeWindow = { from: "08:00", to: "10:00", timeZone: "UTC" };
    assertOpen(window, "web01", new Date("2026-05-04T08:00:00Z"));
    assert.throws(
      () => {
        assertOpen(window, "web01", new Date("2026-05-04T07:00:00Z"));
      },
      (error) => {
        assert.ok(isWinrmError(error) && error.code === "WINRM_E_CHANGE_WINDOW");
        assertWording(t, error.message);
        return true;
      },
    );
  });
});
