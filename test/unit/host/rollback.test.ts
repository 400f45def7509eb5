/** The command line that a host is armed with: what it holds, and what it never holds. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { plainInfo, rollbackActions, fitsCommandLine } from "../../../provider/host/tasks/rollback";
import { nextState, readMarkers } from "../../../provider/lifecycle/change/confirm/protocol";
import {
  pendingDescription,
  pendingInfo,
  readPending,
  settledAt,
} from "../../../provider/lifecycle/change/confirm/pending";
import { type HostChange, isRisky, riskOf } from "../../../provider/lifecycle/safety/risk";

const TOKEN = "0123456789abcdef0123456789abcdef";
const FLAGS = ["Basic", "Kerberos", "Negotiate", "Certificate", "CredSSP"].map((name) => `service/auth/${name}`);
const off = (path: string): HostChange => ({ kind: "setting", path, from: "true", to: "false" });
const EVERYTHING: readonly HostChange[] = [
  ...[...FLAGS, "service/AllowUnencrypted"].map(off),
  { kind: "setting", path: "service/auth/CbtHardeningLevel", from: "Relaxed", to: "Strict" },
];

suite("the command line of a rollback", () => {
  test("fits what cmd takes for every setting of the service at once", () => {
    const lines = rollbackActions({ token: TOKEN, restored: riskOf(EVERYTHING)!.restored, info: "x".repeat(999) });
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.ok(line.length < 8191, `${line.length}`);
      assert.doesNotMatch(line, /[%^!]|\$\(/);
    }
  });

  test("is refused, not cut, where it would be too long or hold a name that cmd could read otherwise", () => {
    const unavailable = (error: unknown) => isWinrmError(error) && error.code === "WINRM_E_CONFIRM_UNAVAILABLE";
    const [value] = riskOf(EVERYTHING)!.restored;
    assert.throws(() => rollbackActions({ token: TOKEN, restored: Array(30).fill(value), info: "" }), unavailable);
    for (const member of ['a" & del', "a%b", "a^b", "x".repeat(21), "a&b"]) {
      const restored = [{ kind: "member", group: "Administrators", member, present: true }] as const;
      assert.throws(() => rollbackActions({ token: TOKEN, restored, info: "" }), unavailable, member);
    }
  });

  test("takes only plain characters into its marker, whatever it is told", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.match(plainInfo(text), /^[A-Za-z0-9._:=/@ -]*$/);
      }),
    );
  });
});

suite("a membership", () => {
  const [group, member] = ["Administrators", "ops"];
  test("is restored by a line that means nothing else to cmd, and that net takes", () => {
    for (const name of [
      "a".repeat(15),
      "a".repeat(16),
      "a".repeat(20),
      "WEB-01\\svc_deploy$",
      "CORP\\Jürgen Müller",
      "админ",
    ])
      assert.ok(fitsCommandLine({ group, member: name }), name);
    for (const name of [
      "a".repeat(21),
      `CORP\\${"a".repeat(21)}`,
      "",
      "/domain",
      'a"b',
      "a%b",
      "a^b",
      "a!b",
      "a&b",
      "a|b",
      "a>b",
      "a\nb",
    ])
      assert.ok(!fitsCommandLine({ group, member: name }), name);
    assert.ok(fitsCommandLine({ group: "Utilisateurs de gestion à distance", member }));
    assert.ok(!fitsCommandLine({ group: 'G" & exit', member }));
  });
});

suite("a pending change", () => {
  test("is read from its task and from its marker as it was described", () => {
    const pending = {
      ...{ token: TOKEN, armedAt: new Date("2026-11-29T22:31:00Z"), windowSeconds: 120, by: "CORP-ops@runner7" },
      old: "service.auth.Basic:true",
    };
    assert.deepEqual(readPending(pendingDescription(pending)), pending);
    assert.deepEqual(readPending(`${TOKEN}-restored ${pendingInfo(pending)}`), pending);
    assert.equal(readPending("another's task"), undefined);
  });

  test("is read whoever armed it, however long or foreign the names are", () => {
    for (const by of [
      "x".repeat(500),
      "Jürgen Müller@büro",
      'a"b%c^d!e&f<g>@h',
      "админ@хост",
      "EXAMPLE-LONG-NAME-0123\\ops@h",
    ]) {
      const pending = {
        token: TOKEN,
        armedAt: new Date("2026-11-29T22:31:00Z"),
        windowSeconds: 600,
        by,
        old: "a".repeat(900),
      };
      const read = readPending(pendingDescription(pending));
      assert.deepEqual([read?.token, read?.windowSeconds], [TOKEN, 600], by);
      assert.ok(settledAt(read!).getTime() > pending.armedAt.getTime());
    }
  });

  test("is nobody's where a host holds something else under its names, whatever it claims", () => {
    for (const claim of [
      "armed=+275760-09-13T00:00:00Z window=120s by=a old=b",
      "armed=2026-99-99T22:31:00Z window=120s by=a old=b",
      "armed=9999999 window=120s by=a old=b",
      "armed=2026-11-29T22:31:00Z window=99999s by=a old=b",
      "armed=2026-11-29T22:31:00Z window=1s by=a old=b",
      "armed=2026-11-29T22:31:00Z window=120s by=\u202Eevil old=b",
      `${" ".repeat(5_000_000)}armed=2026-11-29T22:31:00Z window=120s by=a old=b`,
    ]) {
      assert.equal(readPending(`token=${TOKEN} ${claim}`), undefined, claim.slice(0, 60));
    }
    assert.equal(
      readPending(`token=${TOKEN.toUpperCase()} armed=2026-11-29T22:31:00Z window=120s by=a old=b`),
      undefined,
    );
  });
});

suite("what is risky", () => {
  test("narrows access to the service, and nothing that widens it or is the client's", () => {
    for (const path of [...FLAGS, "service/AllowUnencrypted"]) {
      assert.equal(isRisky(off(path)), true, path);
      assert.equal(isRisky({ kind: "setting", path, from: "false", to: "true" }), false, path);
    }
    const cbt = (from: string, to: string) =>
      isRisky({ kind: "setting", path: "service/auth/CbtHardeningLevel", from, to });
    assert.deepEqual([cbt("None", "Relaxed"), cbt("Relaxed", "Strict"), cbt("Strict", "None")], [true, true, false]);
    assert.equal(isRisky(off("client/auth/Negotiate")), false);
    assert.equal(isRisky({ kind: "setting", path: "client/TrustedHosts", from: "*", to: "a" }), false);
    const filter = (from: number | undefined, to: number | undefined) => isRisky({ kind: "token-filter", from, to });
    assert.deepEqual(
      [filter(1, 0), filter(1, undefined), filter(0, 1), filter(undefined, 0)],
      [true, true, false, false],
    );
  });

  test("restores everything that the same writes change on the service, risky or not", () => {
    const on: HostChange = { kind: "setting", path: "service/auth/CredSSP", from: "false", to: "true" };
    assert.equal(riskOf([off("service/auth/Basic"), on])!.restored.length, 2);
    assert.equal(riskOf([on]), undefined);
  });
});

/**
 * Client and host interleaved in every way, with the client killed or a message delayed at any step: the host's half is
 * modelled as its command line reads and writes markers.
 */
suite("the protocol, explored in every interleaving", () => {
  interface World {
    readonly client: "apply" | "confirm" | "ask" | "read" | "won" | "lost" | "dead";
    readonly host: "waits" | "checks" | "restores" | "second" | "gone";
    readonly value: "old" | "new";
    readonly confirmed: boolean;
    readonly checking: boolean;
    readonly result: "declined" | "restoring" | "restored" | undefined;
    /** Writes on their way: they land at some step before the second look. */
    readonly flying: readonly ("put" | "confirm")[];
  }
  const START: World = {
    ...{
      client: "apply",
      host: "waits",
      value: "old",
      confirmed: false,
      checking: false,
      result: undefined,
      flying: [],
    },
  };

  function steps(world: World): World[] {
    return [...clientSteps(world), ...hostSteps(world), ...landings(world)];
  }

  function clientSteps(world: World): World[] {
    if (["won", "lost", "dead"].includes(world.client)) return [];
    const next: World[] = [{ ...world, client: "dead" }];
    switch (world.client) {
      case "apply":
        if (!world.checking) next.push({ ...world, value: "new", client: "confirm" });
        // Only in the first half of the window.
        if (!world.checking) next.push({ ...world, flying: [...world.flying, "put"], client: "dead" });
        break;
      case "confirm":
        next.push({ ...world, confirmed: true, client: "ask" });
        next.push({ ...world, flying: [...world.flying, "confirm"], client: "dead" });
        break;
      default: {
        const state = nextState("confirming", {
          kind: "markers",
          markers: readMarkers(TOKEN, {
            checking: world.checking ? TOKEN : undefined,
            result: world.result === undefined ? undefined : `${TOKEN}-${world.result}`,
          }),
        });
        if (state === "confirmed") next.push({ ...world, client: "won" });
        else if (state !== "confirming") next.push({ ...world, client: "lost" });
      }
    }
    return next;
  }

  function hostSteps(world: World): World[] {
    switch (world.host) {
      case "waits":
        return [{ ...world, host: "checks", checking: true }];
      case "checks":
        if (world.confirmed) return [{ ...world, host: "gone", result: "declined" }];
        return [{ ...world, host: "restores", result: "restoring" }];
      case "restores":
        return [{ ...world, host: "second", value: "old", result: "restored" }];
      case "second":
        // The second look comes a minute later: what was on its way has landed.
        return world.flying.length > 0 ? [] : [{ ...world, host: "gone", value: "old" }];
      case "gone":
        return [];
    }
  }

  function landings(world: World): World[] {
    return world.flying.map((message, index) => {
      const flying = world.flying.filter((_, at) => at !== index);
      return message === "put" ? { ...world, flying, value: "new" } : { ...world, flying, confirmed: true };
    });
  }

  test("never ends with both believing that they won, or with an unconfirmed new value", () => {
    const seen = new Map<string, World>([[JSON.stringify(START), START]]);
    let ends = 0;
    for (const world of seen.values()) {
      const next = steps(world);
      for (const one of next) seen.set(JSON.stringify(one), one);
      if (next.length > 0) continue;
      ends += 1;
      if (world.client === "won") assert.equal(world.value, "new", JSON.stringify(world));
      if (world.client === "lost") assert.equal(world.value, "old", JSON.stringify(world));
      if (world.value === "new") assert.equal(world.result, "declined", JSON.stringify(world));
    }
    assert.ok(ends >= 5 && seen.size > 40, `${ends} ends of ${seen.size} states`);
  });
});
