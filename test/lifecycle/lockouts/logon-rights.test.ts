/**
 * Groups that decide who logs on over the network at all: hardened hosts deny it to some and allow it to few, and no host
 * tells so over WinRM. What may touch the connection's own account is therefore confirmed, and undone where it locked out.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock } from "../../../simulator";
import type { HostOptions } from "../../../simulator";
import { WINDOW_SECONDS } from "../../support/confirm/confirm";
import { type Change, membership } from "../../support/lockouts/lockout-changes";
import { Bench } from "../../support/lockouts/lockout-matrix";
import { STRANGER, WAYS, type Way } from "../../support/lockouts/lockout-ways";

const CONFIRMED = { confirm: WINDOW_SECONDS };
const GUESTS = "S-1-5-32-546";

/** A way of the matrix on a host with rights and groups of its own. */
function on(name: string, more: Pick<HostOptions, "logonRights" | "groups">): Way {
  const way = WAYS.find((one) => one.name === name)!;
  return { ...way, host: { ...way.host, ...more, groups: { ...way.host.groups, ...more.groups } } };
}

const OUT = "WINRM_E_CONFIRM_FAILED";
const guests = { logonRights: { SeDenyNetworkLogonRight: [GUESTS] }, groups: { [GUESTS]: [] } };
const denied = { logonRights: { SeDenyNetworkLogonRight: ["Denied"] }, groups: { Denied: [] } };
const allowed = (self: string) => ({
  logonRights: { SeNetworkLogonRight: ["Remote operators"] },
  groups: { "Remote operators": [self, STRANGER.name] },
});
const only = (group: string, ...members: string[]) => membership(members.join(), () => members, { group });

/** What is so on the host, what changes there, and what comes of it. */
const CASES: readonly (readonly [string, Way, Change, string | undefined])[] = [
  ["joins Guests, which are denied", on("ntlm over http", guests), only(GUESTS, "ops"), OUT],
  ["joins a group of its own that is denied", on("basic over https", denied), only("Denied", "ops"), OUT],
  ["is in Authenticated Users, which join it", on("ntlm over http", denied), only("Denied", "S-1-5-11"), OUT],
  ["logs in with a certificate as an account that joins it", on("a certificate", denied), only("Denied", "svc"), OUT],
  [
    "is in a group of a domain that joins it",
    on("ntlm of a domain, through a group in a group", denied),
    only("Denied", "CORP\\Operators"),
    OUT,
  ],
  [
    "is in a domain local group that joins it",
    on("ntlm of a domain, a direct member", denied),
    only("Denied", "CORP\\Access"),
    OUT,
  ],
  [
    "leaves the only group that is allowed",
    on("ntlm over http", allowed("ops")),
    only("Remote operators", STRANGER.name),
    OUT,
  ],
  [
    "stays in it, and a stranger leaves",
    on("ntlm over http", allowed("ops")),
    only("Remote operators", "ops"),
    undefined,
  ],
  [
    "has nothing to do with a stranger who joins a group",
    on("ntlm over http", denied),
    only("Denied", STRANGER.name),
    undefined,
  ],
  [
    "joins a group that is nothing",
    on("ntlm over http", { groups: { Nothing: [] } }),
    only("Nothing", "ops"),
    undefined,
  ],
];

suite("L: the operator of a host that decides by groups who logs on over the network", () => {
  for (const [title, way, change, code] of CASES) {
    test(`${title}: ${code === undefined ? "done" : "undone by the host"}`, async (t) => {
      const bench = await Bench.start(t, way, { clock: new ManualClock() });
      for (const operation of ["create", "update", "destroy"] as const) {
        const outcome = await bench.run({ change, operation, more: CONFIRMED });
        assert.deepEqual([outcome.code, outcome.in, outcome.changed], [code, [true], code === undefined], operation);
      }
    });
  }
});
