/** What `check` says to wrong arguments: the right property, a reason that helps, and never a secret. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { hasUnknown } from "../../../provider/contract/unknown";
import { assertWording } from "../../support/pages/golden";

const { AuthConfig: authConfig, TrustedHosts: trustedHosts } = LIFECYCLES;

type Args = Record<string, unknown>;

const HOST = { host: "web01" };
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SENTINELS = [
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/** Arguments of `connection`, and the property that must be named. */
const WRONG_CONNECTIONS: readonly (readonly [Args | string | boolean | unknown[], string])[] = [
  ["web01", "connection"],
  [true, "connection"],
  [["web01"], "connection"],
  [{}, "connection.host"],
  [{ host: null }, "connection.host"],
  [{ host: "" }, "connection.host"],
  [{ host: 10 }, "connection.host"],
  [{ host: "https://web01" }, "connection.host"],
  [{ host: "web01:5986" }, "connection.host"],
  [{ host: "10.0.0.1:5986" }, "connection.host"],
  [{ host: "cafe:5986" }, "connection.host"],
  [{ host: "[::1]" }, "connection.host"],
  [{ host: "web 01" }, "connection.host"],
  [{ host: "web01\nevil" }, "connection.host"],
  [{ host: "-web01" }, "connection.host"],
  [{ ...HOST, transport: "HTTPS" }, "connection.transport"],
  [{ ...HOST, transport: "ssh" }, "connection.transport"],
  [{ ...HOST, port: 0 }, "connection.port"],
  [{ ...HOST, port: 65_536 }, "connection.port"],
  [{ ...HOST, port: "5986" }, "connection.port"],
  [{ ...HOST, port: 59.86 }, "connection.port"],
  [{ ...HOST, path: "wsman" }, "connection.path"],
  [{ ...HOST, path: "/wsman?a=b" }, "connection.path"],
  [{ ...HOST, allowUnencrypted: "yes" }, "connection.allowUnencrypted"],
  [{ ...HOST, preflight: "strict" }, "connection.preflight"],
  [{ ...HOST, hostname: "web01" }, "connection.hostname"],
  [{ ...HOST, toString: "web01" }, "connection.toString"],
  [{ ...HOST, password: "x" }, "connection.password"],
  [{ ...HOST, auth: "ntlm" }, "connection.auth"],
  [{ ...HOST, auth: { method: "credssp" } }, "connection.auth.method"],
  [{ ...HOST, auth: { username: "" } }, "connection.auth.username"],
  [{ ...HOST, auth: { username: "a/b" } }, "connection.auth.username"],
  [{ ...HOST, auth: { password: "" } }, "connection.auth.password"],
  [{ ...HOST, auth: { password: 5 } }, "connection.auth.password"],
  [{ ...HOST, auth: { password: {} } }, "connection.auth.password"],
  [{ ...HOST, auth: { password: { env: "A", file: "b" } } }, "connection.auth.password"],
  [{ ...HOST, auth: { password: { vault: "a" } } }, "connection.auth.password"],
  [{ ...HOST, auth: { password: { env: "" } } }, "connection.auth.password.env"],
  [{ ...HOST, auth: { password: { file: 3 } } }, "connection.auth.password.file"],
  [{ ...HOST, auth: { channelBinding: 1 } }, "connection.auth.channelBinding"],
  [{ ...HOST, auth: { realm: "X" } }, "connection.auth.realm"],
  [{ ...HOST, tls: { pinnedSha256: "abcd" } }, "connection.tls.pinnedSha256"],
  [{ ...HOST, tls: { serverName: "*.corp" } }, "connection.tls.serverName"],
  [{ ...HOST, tls: { insecureSkipVerify: "true" } }, "connection.tls.insecureSkipVerify"],
  [{ ...HOST, tls: { ca: ["pem"] } }, "connection.tls.ca"],
  [{ ...HOST, timeouts: { connectSeconds: 0 } }, "connection.timeouts.connectSeconds"],
  [{ ...HOST, timeouts: { operationSeconds: 301 } }, "connection.timeouts.operationSeconds"],
  [{ ...HOST, timeouts: 30 }, "connection.timeouts"],
];

const WRONG_AUTH: readonly (readonly [Args, string])[] = [
  [{}, "connection"],
  [{ connection: HOST, service: { basic: "false" } }, "service.basic"],
  [{ connection: HOST, service: { digest: false } }, "service.digest"],
  [{ connection: HOST, service: { cbtHardeningLevel: "strict" } }, "service.cbtHardeningLevel"],
  [{ connection: HOST, service: { credssp: false } }, "service.credssp"],
  [{ connection: HOST, service: [] }, "service"],
  [{ connection: HOST, client: { cbtHardeningLevel: "None" } }, "client.cbtHardeningLevel"],
  [{ connection: HOST, client: { digest: 0 } }, "client.digest"],
  [{ connection: HOST, acceptLockout: "true" }, "acceptLockout"],
  [{ connection: HOST, onDelete: "keep" }, "onDelete"],
  [{ connection: HOST, onPolicyConflict: "ignore" }, "onPolicyConflict"],
  [{ connection: HOST, basic: true }, "basic"],
  [{ connection: HOST, constructor: "x" }, "constructor"],
];

const WRONG_HOSTS: readonly (readonly [Args, string])[] = [
  [{ connection: HOST }, "entries"],
  [{ entries: [] }, "connection"],
  [{ connection: HOST, entries: "a,b" }, "entries"],
  [{ connection: HOST, entries: ["a", ""] }, "entries[1]"],
  [{ connection: HOST, entries: ["a", null] }, "entries[1]"],
  [{ connection: HOST, entries: ["a", 7] }, "entries[1]"],
  [{ connection: HOST, entries: ["a,b"] }, "entries[0]"],
  [{ connection: HOST, entries: ["http://a"] }, "entries[0]"],
  [{ connection: HOST, entries: ["a", "b", "*"] }, "entries[2]"],
  [{ connection: HOST, entries: [], mode: "additive" }, "mode"],
  [{ connection: HOST, entries: [], acceptLockout: true }, "acceptLockout"],
];

suite("argument checks", () => {
  const table = [
    ...WRONG_CONNECTIONS.map(([connection, ...rest]) => [authConfig, { connection }, ...rest] as const),
    ...WRONG_CONNECTIONS.map(([connection, ...rest]) => [trustedHosts, { connection, entries: [] }, ...rest] as const),
    ...WRONG_AUTH.map((row) => [authConfig, ...row] as const),
    ...WRONG_HOSTS.map((row) => [trustedHosts, ...row] as const),
  ];
  for (const [lifecycle, args, property] of table) {
    test(`${lifecycle.type} refuses ${JSON.stringify(args)} at ${property}`, (t) => {
      const problems = lifecycle.check(args);
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
      );
      if (!("entries" in args && property.startsWith("connection"))) assertWording(t, problems[0]!.reason);
    });
  }

  const full = {
    connection: {
      host: "fe80::1%eth0",
      transport: "http",
      port: 5985,
      path: "/wsman",
      auth: { method: "ntlm", username: "CORP\\ops", password: { env: "PW" }, channelBinding: false },
      allowUnencrypted: false,
      tls: { ca: "pem", serverName: "web01", pinnedSha256: "ab:".repeat(31) + "AB", insecureSkipVerify: false },
      timeouts: { connectSeconds: 1, operationSeconds: 300 },
      preflight: "warn",
    },
    onDelete: "leave",
    onPolicyConflict: "warn",
  };
  const auth = {
    ...full,
    service: {
      ...Object.fromEntries(
        ["basic", "kerberos", "negotiate", "certificate", "credSSP", "allowUnencrypted"].map((name) => [name, true]),
      ),
      cbtHardeningLevel: "Strict",
    },
    client: { basic: false, digest: false, kerberos: true },
    acceptLockout: true,
  };
  const hosts = { ...full, entries: ["web01", "*.corp", "10.0.*", "[fe80::1]", "<local>"], mode: "exclusive" };

  test("every argument with a right value passes", () => {
    assert.deepEqual(authConfig.check(auth), []);
    assert.deepEqual(trustedHosts.check(hosts), []);
  });

  test("an argument that is null or undefined counts as not set", () => {
    assert.deepEqual(authConfig.check({ connection: { ...HOST, port: null, auth: undefined }, service: null }), []);
  });

  for (const host of ["web01", "web_01.corp.example.com", "10.0.0.1", "::1", "2001:db8::5", "a"]) {
    test(`connection.host may be ${host}`, () => {
      assert.deepEqual(authConfig.check({ connection: { host } }), []);
    });
  }

  test("a value that is not known yet passes wherever it stands", () => {
    for (const [lifecycle, valid] of [[authConfig, auth] as const, [trustedHosts, hosts] as const]) {
      for (const path of pathsOf(valid)) {
        for (const sentinel of SENTINELS) {
          const args = replaced(valid, path, sentinel);
          assert.deepEqual(lifecycle.check(args), [], `${lifecycle.type} ${path.join(".")}`);
          assert.ok(hasUnknown(args));
        }
      }
    }
    assert.equal(hasUnknown(auth), false);
  });

  test("no reason ever repeats a secret, whatever else is wrong", () => {
    const secret = "S3cret-in-the-wrong-place";
    const shapes = [secret, [secret], { env: secret, file: secret }, { value: secret }, { env: [secret] }];
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.anything(), (shape, other) => {
        for (const auth of [{ password: shape, method: other }, { password: { file: "x", text: shape } }]) {
          const problems = authConfig.check({ connection: { host: "web01", auth, tls: { ca: shape } } });
          assert.doesNotMatch(JSON.stringify(problems), new RegExp(secret));
        }
      }),
    );
  });

  test("no argument at all makes check throw", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("connection", "service", "entries", "x"), fc.anything()), (args) => {
        assert.ok(authConfig.check(args).length > 0 || "connection" in args);
        assert.ok(trustedHosts.check(args).length > 0 || "entries" in args);
      }),
    );
  });

  test("several mistakes are all named", () => {
    const problems = authConfig.check({ connection: { host: "a b", port: -1 }, service: { basic: 1 }, extra: 1 });
    assert.deepEqual(problems.map(({ property }) => property).sort(), [
      "connection.host",
      "connection.port",
      "extra",
      "service.basic",
    ]);
  });
});

/** Paths of every part of a value, the containers included. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): Args {
  const copy = structuredClone(value) as Args;
  copy[key!] = rest.length === 0 ? by : replaced(copy[key!], rest, by);
  return copy;
}
