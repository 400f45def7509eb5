/** Which changes would lock out the connection that makes them, or every administrator. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { Rule } from "../../../provider/contract/finding";
import { plannedLeaves } from "../../../provider/lifecycle/change/plan";
import { authConfig } from "../../../provider/lifecycle/auth-config/definition";
import type { WinrmConfig } from "../../../provider/host/config";
import type { Caller } from "../../../provider/lifecycle/safety/caller/caller";
import { type ConfigAccess, findHazards as find } from "../../../provider/lifecycle/safety/hazards/auth";
import { callerOf } from "../../support/lockouts/callers";

type Logon = Caller["target"];

/** The hazards for one connection to a member of a domain. */
const findHazards = (before: WinrmConfig, after: WinrmConfig, logon: Logon, about: Partial<ConfigAccess> = {}) =>
  find(before, after, { callers: [callerOf(logon)], domainMember: true, ...about });

type Leaves = Readonly<Record<string, string>>;

const BASIC = "service/auth/Basic";
const KERBEROS = "service/auth/Kerberos";
const NEGOTIATE = "service/auth/Negotiate";
const UNENCRYPTED = "service/AllowUnencrypted";
const CBT = "service/auth/CbtHardeningLevel";
const OPEN: Leaves = {
  [BASIC]: "true",
  [KERBEROS]: "true",
  [NEGOTIATE]: "true",
  [UNENCRYPTED]: "true",
  [CBT]: "Relaxed",
};

function config(leaves: Leaves) {
  return new Map(Object.entries(leaves).map(([path, value]) => [path, { value, policy: false }]));
}

function logon(method: "ntlm" | "basic", transport: "http" | "https", channelBinding = true) {
  return { transport, auth: { method, channelBinding, credential: { username: "ops", password: "unused" } } };
}

const NTLM_HTTP = logon("ntlm", "http");
const NTLM_HTTPS = logon("ntlm", "https");
const UNBOUND = logon("ntlm", "https", false);
const BASIC_HTTPS = logon("basic", "https");
const BASIC_HTTP = logon("basic", "http");

/** Title, what changes, as whom, from what, and the hazard. */
const TABLE: readonly (readonly [string, Leaves, ReturnType<typeof logon>, Leaves, string?, Rule?])[] = [
  ["Basic off under basic", { [BASIC]: "false" }, BASIC_HTTPS, {}, BASIC, "lockout/own-method"],
  ["Basic off under basic, in another spelling", { [BASIC]: "False" }, BASIC_HTTPS, {}, BASIC, "lockout/own-method"],
  ["Basic off under ntlm", { [BASIC]: "false" }, NTLM_HTTPS, {}],
  ["Negotiate off under ntlm", { [NEGOTIATE]: "false" }, NTLM_HTTP, {}, NEGOTIATE, "lockout/own-method"],
  ["Negotiate off under basic", { [NEGOTIATE]: "false" }, BASIC_HTTPS, {}],
  ["Kerberos off under ntlm", { [KERBEROS]: "false" }, NTLM_HTTPS, {}],
  [
    "both off under basic",
    { [KERBEROS]: "false", [NEGOTIATE]: "false" },
    BASIC_HTTPS,
    {},
    NEGOTIATE,
    "lockout/last-method",
  ],
  [
    "both off under ntlm",
    { [KERBEROS]: "false", [NEGOTIATE]: "false" },
    NTLM_HTTPS,
    {},
    NEGOTIATE,
    "lockout/last-method",
  ],
  [
    "Kerberos off, Negotiate was",
    { [KERBEROS]: "false" },
    BASIC_HTTPS,
    { [NEGOTIATE]: "false" },
    KERBEROS,
    "lockout/last-method",
  ],
  [
    "Negotiate off, Kerberos was",
    { [NEGOTIATE]: "false" },
    BASIC_HTTPS,
    { [KERBEROS]: "false" },
    NEGOTIATE,
    "lockout/last-method",
  ],
  [
    "Negotiate off while Kerberos comes on",
    { [NEGOTIATE]: "false", [KERBEROS]: "true" },
    BASIC_HTTPS,
    { [KERBEROS]: "false" },
  ],
  [
    "AllowUnencrypted off under basic/http",
    { [UNENCRYPTED]: "false" },
    BASIC_HTTP,
    {},
    UNENCRYPTED,
    "lockout/unencrypted",
  ],
  ["AllowUnencrypted off under basic/https", { [UNENCRYPTED]: "false" }, BASIC_HTTPS, {}],
  ["AllowUnencrypted off under ntlm/http", { [UNENCRYPTED]: "false" }, NTLM_HTTP, {}],
  ["Strict while not binding", { [CBT]: "Strict" }, UNBOUND, {}, CBT, "lockout/channel-binding"],
  ["Strict while binding", { [CBT]: "Strict" }, NTLM_HTTPS, {}],
  ["Strict over http", { [CBT]: "Strict" }, NTLM_HTTP, {}],
  ["Strict under basic", { [CBT]: "Strict" }, logon("basic", "https", false), {}],
  ["Relaxed while not binding", { [CBT]: "Relaxed" }, UNBOUND, { [CBT]: "None" }],
  ["Basic off that was off", { [BASIC]: "false" }, BASIC_HTTPS, { [BASIC]: "false" }],
  ["Strict that was strict", { [CBT]: "Strict" }, UNBOUND, { [CBT]: "strict" }],
  ["everything on", OPEN, BASIC_HTTP, { [BASIC]: "false", [KERBEROS]: "false", [NEGOTIATE]: "false" }],
];

suite("lockout hazards", () => {
  for (const [title, change, as, start, path, rule] of TABLE) {
    test(`${title} is ${path === undefined ? "no hazard" : "a hazard"}`, () => {
      const before = { ...OPEN, ...start };
      const found = findHazards(config(before), config({ ...before, ...change }), as);
      assert.deepEqual(
        found.map((hazard) => [hazard.path, hazard.rule]),
        path === undefined ? [] : [[path, rule]],
      );
    });
  }

  const values: Readonly<Record<string, readonly string[]>> = {
    [BASIC]: ["true", "false"],
    [KERBEROS]: ["true", "false"],
    [NEGOTIATE]: ["true", "false"],
    [UNENCRYPTED]: ["true", "false"],
    [CBT]: ["None", "Relaxed", "Strict"],
  };
  const state = fc.record(
    Object.fromEntries(Object.entries(values).map(([path, some]) => [path, fc.constantFrom(...some)])),
  );
  const anybody = fc.constantFrom(NTLM_HTTP, NTLM_HTTPS, UNBOUND, BASIC_HTTPS, BASIC_HTTP);

  test("a state is never a hazard by itself, only a change is, and only at a leaf that changes", () => {
    fc.assert(
      fc.property(state, state, anybody, (before, after, as) => {
        assert.deepEqual(findHazards(config(before), config(before), as), []);
        for (const { path } of findHazards(config(before), config(after), as))
          assert.notEqual(before[path], after[path]);
      }),
      { numRuns: 500 },
    );
  });

  test("a host that was reachable and stays without a hazard is reachable afterwards", () => {
    /** What the service lets in, written down a second time. */
    const letsIn = (leaves: Leaves, { transport, auth }: ReturnType<typeof logon>): boolean => {
      if (auth.method === "basic")
        return leaves[BASIC] === "true" && (transport === "https" || leaves[UNENCRYPTED] === "true");
      const bound = transport === "http" || auth.channelBinding || leaves[CBT] !== "Strict";
      return leaves[NEGOTIATE] === "true" && bound;
    };
    fc.assert(
      fc.property(state, state, anybody, (before, after, as) => {
        fc.pre(letsIn(before, as));
        const none = findHazards(config(before), config(after), as).length === 0;
        if (none) assert.ok(letsIn(after, as));
      }),
      { numRuns: 1000 },
    );
  });
});

const UNKNOWN = { kind: "unknown" } as const;

suite("hazards in the plan", () => {
  const inputs = { connection: { host: "web01" }, service: { negotiate: false } };
  const as = (logon: Logon) => ({ access: { callers: [callerOf(logon)], domainMember: true } });
  const situation = { observed: Object.assign(config(OPEN), as(NTLM_HTTPS)), host: "web01" };

  test("a hazard is an error at the argument that causes it", () => {
    const errors = authConfig.plan(inputs, UNKNOWN, situation).findings.filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ rule, property }) => [rule, property]),
      [["lockout/own-method", "service.negotiate"]],
    );
    assert.match(errors[0]!.message, /^on web01 service\/auth\/Negotiate = false /);
    assert.match(errors[0]!.remedy, /acceptLockout: true$/);
  });

  test("with acceptLockout it is a warning", () => {
    const { findings, writes } = authConfig.plan({ ...inputs, acceptLockout: true }, UNKNOWN, situation);
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["warning", "note"],
    );
    assert.deepEqual([...plannedLeaves({ findings, writes })], [[NEGOTIATE, false]]);
  });

  test("what others change counts, and the hazard stays with the leaf that causes it", () => {
    const basic = { ...situation, observed: Object.assign(config(OPEN), as(BASIC_HTTPS)) };
    const kerberos = { connection: { host: "web01" }, service: { kerberos: false } };
    const codes = (one: typeof inputs | typeof kerberos, others: Leaves) =>
      authConfig
        .plan(one, UNKNOWN, { ...basic, pendingConfigChanges: new Map(Object.entries(others)) })
        .findings.filter(({ severity }) => severity === "error")
        .map(({ property }) => property);
    assert.deepEqual(codes(inputs, {}), []);
    assert.deepEqual(codes(inputs, { [KERBEROS]: "false" }), ["service.negotiate"]);
    assert.deepEqual(codes(kerberos, { [NEGOTIATE]: "false" }), []);
  });

  test("a leaf that a policy holds is a conflict and no hazard", () => {
    const observed = config(OPEN);
    observed.set(NEGOTIATE, { value: "true", policy: true });
    const { findings } = authConfig.plan(inputs, UNKNOWN, { ...situation, observed });
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ["policy-conflict"],
    );
  });
});

suite("hazards of Kerberos and Negotiate connections", () => {
  const before: WinrmConfig = new Map(
    ["service/auth/Kerberos", "service/auth/Negotiate"].map((path) => [path, { value: "true", policy: false }]),
  );
  const off = (path: string): WinrmConfig => new Map([...before, [path, { value: "false", policy: false }]]);
  const kerberos = { credential: { kind: "default" }, spn: {} } as const;
  const own = { transport: "https", auth: { method: "kerberos", kerberos, channelBinding: true } } as const;
  const credential = { username: "a@R", password: "unused" };
  const negotiate = {
    ...own,
    auth: { method: "negotiate", kerberos, credential, allowNtlm: true, channelBinding: true },
  } as const;

  test("each is refused what it logs in with, and not the other", () => {
    const paths = (logon: Logon, path: string) => findHazards(before, off(path), logon).map((hazard) => hazard.path);
    assert.deepEqual(paths(own, "service/auth/Kerberos"), ["service/auth/Kerberos"]);
    assert.deepEqual(paths(own, "service/auth/Negotiate"), []);
    assert.deepEqual(paths(negotiate, "service/auth/Negotiate"), ["service/auth/Negotiate"]);
    assert.deepEqual(paths(negotiate, "service/auth/Kerberos"), []);
  });

  test("a client certificate is refused its own switch, and needs no channel binding", () => {
    const certificate = { name: "ops", fingerprint: "", chainPem: "", keyPem: "", secrets: [] };
    const logon = { transport: "https", auth: { method: "certificate", certificate, channelBinding: false } } as const;
    const open: WinrmConfig = new Map([...before, ["service/auth/Certificate", { value: "true", policy: false }]]);
    const changed = (path: string, value: string) =>
      findHazards(open, new Map([...open, [path, { value, policy: false }]]), logon).map((hazard) => hazard.path);
    assert.deepEqual(changed("service/auth/Certificate", "false"), ["service/auth/Certificate"]);
    assert.deepEqual(changed("service/auth/CbtHardeningLevel", "Strict"), []);
    assert.deepEqual(changed("service/auth/Negotiate", "false"), []);
  });
});

suite("hazards of a connection with a client certificate", () => {
  const certificate = { name: "deploy@localhost", fingerprint: "", chainPem: "", keyPem: "", secrets: [] };
  const own: Logon = { transport: "https", auth: { method: "certificate", channelBinding: false, certificate } };
  const open = config({ ...OPEN, "service/auth/Certificate": "true" });

  test("are Certificate switched off, and no other leaf of its own", () => {
    const off = config({ ...OPEN, "service/auth/Certificate": "false", [BASIC]: "false", [CBT]: "Strict" });
    assert.deepEqual(
      findHazards(open, off, own).map(({ path }) => path),
      ["service/auth/Certificate"],
    );
    assert.deepEqual(findHazards(open, off, { ...NTLM_HTTPS }), []);
  });
});

suite("L3: hazards over all connections of a run", () => {
  const both = [callerOf(BASIC_HTTPS), callerOf(NTLM_HTTPS, { subject: "another connection of this program" })];
  const found = (leaves: Leaves, about: Partial<ConfigAccess> = {}) =>
    find(config(OPEN), config({ ...OPEN, ...leaves }), { callers: both, domainMember: true, ...about });

  test("each connection keeps its own method", () => {
    for (const path of [BASIC, NEGOTIATE]) {
      const hazards = found({ [path]: "false" });
      assert.deepEqual(
        hazards.map((one) => [one.rule, one.path]),
        [["lockout/own-method", path]],
      );
    }
    assert.match(found({ [NEGOTIATE]: "false" })[0]!.message, /^another connection\b.* ntlm/);
    assert.deepEqual(found({ [KERBEROS]: "false" }), []);
  });

  test("Kerberos is a way in only where the host can have it, and what cannot be told is a hazard", () => {
    const rules = (domainMember: boolean | undefined, callers = [callerOf(BASIC_HTTPS)]) =>
      found({ [NEGOTIATE]: "false" }, { domainMember, callers }).map(({ rule }) => rule);
    assert.deepEqual(rules(true), []);
    assert.deepEqual(rules(false), ["lockout/last-method"]);
    assert.deepEqual(rules(undefined), ["lockout/last-method"]);
  });
});

suite("L5: hazards of channel binding", () => {
  const [OWN_CERTIFICATE, OTHER] = ["AA".repeat(20), "BB".repeat(20)];
  const rules = (from: string, to: string, about: Partial<ConfigAccess>, met: string | undefined = OWN_CERTIFICATE) =>
    find(config({ ...OPEN, [CBT]: from }), config({ ...OPEN, [CBT]: to }), {
      callers: [callerOf(NTLM_HTTPS, { peerThumbprint: met })],
      ...about,
    }).map(({ rule }) => rule);
  const HAZARD = ["lockout/channel-binding"];

  test("a logon that came in under None is bound right only if it met the listener's own certificate", () => {
    for (const to of ["Strict", "Relaxed"]) {
      assert.deepEqual(rules("None", to, { listenerThumbprints: [OTHER, OWN_CERTIFICATE] }), []);
      assert.deepEqual(rules("None", to, { listenerThumbprints: [OTHER] }), HAZARD, "TLS is terminated on the way");
      assert.deepEqual(rules("None", to, { listenerThumbprints: [] }), HAZARD, "the listener does not say");
      assert.deepEqual(rules("None", to, {}), HAZARD, "the listeners cannot be read");
    }
  });

  test("a logon that came in under Relaxed is proven", () => {
    assert.deepEqual(rules("Relaxed", "Strict", { listenerThumbprints: [OTHER] }), []);
  });
});
