/** What `check` says to wrong arguments: the right property, a reason that helps, and never a secret. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { hasUnknown } from "../../../provider/contract/unknown";

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

/** Arguments of `connection`, the property that must be named, and a part of the reason. */
const WRONG_CONNECTIONS: readonly (readonly [Args | string | boolean | unknown[], string, RegExp])[] = [
  ["web01", "connection", /must be an object, not a string/],
  [true, "connection", /must be an object, not a boolean/],
  [["web01"], "connection", /must be an object, not a list/],
  [{}, "connection.host", /is required/],
  [{ host: null }, "connection.host", /is required/],
  [{ host: "" }, "connection.host", /must not be empty/],
  [{ host: 10 }, "connection.host", /must be a string, not a number/],
  [{ host: "https://web01" }, "connection.host", /without scheme, port or brackets/],
  [{ host: "web01:5986" }, "connection.host", /without scheme, port or brackets/],
  [{ host: "10.0.0.1:5986" }, "connection.host", /without scheme, port or brackets/],
  [{ host: "cafe:5986" }, "connection.host", /without scheme, port or brackets/],
  [{ host: "[::1]" }, "connection.host", /without scheme, port or brackets/],
  [{ host: "web 01" }, "connection.host", /DNS name or an IP address/],
  [{ host: "web01\nevil" }, "connection.host", /line breaks/],
  [{ host: "-web01" }, "connection.host", /DNS name or an IP address/],
  [{ ...HOST, transport: "HTTPS" }, "connection.transport", /"https" or "http", not "HTTPS"/],
  [{ ...HOST, transport: "ssh" }, "connection.transport", /"https" or "http"/],
  [{ ...HOST, port: 0 }, "connection.port", /1 to 65535, not 0/],
  [{ ...HOST, port: 65_536 }, "connection.port", /1 to 65535/],
  [{ ...HOST, port: "5986" }, "connection.port", /not "5986"/],
  [{ ...HOST, port: 59.86 }, "connection.port", /whole number/],
  [{ ...HOST, path: "wsman" }, "connection.path", /a path such as \/wsman/],
  [{ ...HOST, path: "/wsman?a=b" }, "connection.path", /a path such as \/wsman/],
  [{ ...HOST, allowUnencrypted: "yes" }, "connection.allowUnencrypted", /true or false/],
  [{ ...HOST, preflight: "strict" }, "connection.preflight", /"error" or "warn" or "off"/],
  [{ ...HOST, hostname: "web01" }, "connection.hostname", /is not an argument; the arguments here are host,/],
  [{ ...HOST, toString: "web01" }, "connection.toString", /is not an argument/],
  [{ ...HOST, password: "x" }, "connection.password", /is not an argument/],
  [{ ...HOST, auth: "ntlm" }, "connection.auth", /must be an object/],
  [
    { ...HOST, auth: { method: "credssp" } },
    "connection.auth.method",
    /"ntlm" or .* or "digest", not "credssp"; .* hands the whole password/,
  ],
  [{ ...HOST, auth: { username: "" } }, "connection.auth.username", /must not be empty/],
  [{ ...HOST, auth: { username: "a/b" } }, "connection.auth.username", /MACHINE\\user/],
  [{ ...HOST, auth: { password: "" } }, "connection.auth.password", /must not be empty/],
  [{ ...HOST, auth: { password: 5 } }, "connection.auth.password", /\{ env: "NAME" \}/],
  [{ ...HOST, auth: { password: {} } }, "connection.auth.password", /\{ env: "NAME" \}/],
  [{ ...HOST, auth: { password: { env: "A", file: "b" } } }, "connection.auth.password", /\{ env: "NAME" \}/],
  [{ ...HOST, auth: { password: { vault: "a" } } }, "connection.auth.password", /\{ file: "path" \}/],
  [{ ...HOST, auth: { password: { env: "" } } }, "connection.auth.password.env", /must not be empty/],
  [{ ...HOST, auth: { password: { file: 3 } } }, "connection.auth.password.file", /must be a string/],
  [{ ...HOST, auth: { channelBinding: 1 } }, "connection.auth.channelBinding", /true or false, not 1/],
  [{ ...HOST, auth: { realm: "X" } }, "connection.auth.realm", /is not an argument/],
  [{ ...HOST, tls: { pinnedSha256: "abcd" } }, "connection.tls.pinnedSha256", /64 hex digits/],
  [{ ...HOST, tls: { serverName: "*.corp" } }, "connection.tls.serverName", /a DNS name/],
  [{ ...HOST, tls: { insecureSkipVerify: "true" } }, "connection.tls.insecureSkipVerify", /true or false/],
  [{ ...HOST, tls: { ca: ["pem"] } }, "connection.tls.ca", /must be a string/],
  [{ ...HOST, timeouts: { connectSeconds: 0 } }, "connection.timeouts.connectSeconds", /1 to 300 seconds/],
  [{ ...HOST, timeouts: { operationSeconds: 301 } }, "connection.timeouts.operationSeconds", /1 to 300 seconds/],
  [{ ...HOST, timeouts: 30 }, "connection.timeouts", /must be an object/],
];

const WRONG_AUTH: readonly (readonly [Args, string, RegExp])[] = [
  [{}, "connection", /is required/],
  [{ connection: HOST, service: { basic: "false" } }, "service.basic", /true or false, not "false"/],
  [{ connection: HOST, service: { digest: false } }, "service.digest", /WinRM service does not support Digest/],
  [{ connection: HOST, service: { cbtHardeningLevel: "strict" } }, "service.cbtHardeningLevel", /"Strict"/],
  [{ connection: HOST, service: { credssp: false } }, "service.credssp", /credSSP/],
  [{ connection: HOST, service: [] }, "service", /must be an object, not a list/],
  [{ connection: HOST, client: { cbtHardeningLevel: "None" } }, "client.cbtHardeningLevel", /only the service/],
  [{ connection: HOST, client: { digest: 0 } }, "client.digest", /true or false, not 0/],
  [{ connection: HOST, acceptLockout: "true" }, "acceptLockout", /true or false/],
  [{ connection: HOST, onDelete: "keep" }, "onDelete", /"restore" or "leave", not "keep"/],
  [{ connection: HOST, onPolicyConflict: "ignore" }, "onPolicyConflict", /"fail" or "warn"/],
  [{ connection: HOST, basic: true }, "basic", /is not an argument/],
  [{ connection: HOST, constructor: "x" }, "constructor", /is not an argument/],
];

const WRONG_HOSTS: readonly (readonly [Args, string, RegExp])[] = [
  [{ connection: HOST }, "entries", /is required/],
  [{ entries: [] }, "connection", /is required/],
  [{ connection: HOST, entries: "a,b" }, "entries", /must be a list, not a string/],
  [{ connection: HOST, entries: ["a", ""] }, "entries[1]", /must not be empty/],
  [{ connection: HOST, entries: ["a", null] }, "entries[1]", /must be set/],
  [{ connection: HOST, entries: ["a", 7] }, "entries[1]", /must be a string/],
  [{ connection: HOST, entries: ["a,b"] }, "entries[0]", /without blanks or commas/],
  [{ connection: HOST, entries: ["http://a"] }, "entries[0]", /port or a scheme/],
  [{ connection: HOST, entries: ["a", "b", "*"] }, "entries[2]", /must stand alone/],
  [{ connection: HOST, entries: [], mode: "additive" }, "mode", /"entries" or "exclusive"/],
  [{ connection: HOST, entries: [], acceptLockout: true }, "acceptLockout", /is not an argument/],
];

suite("argument checks", () => {
  const table = [
    ...WRONG_CONNECTIONS.map(([connection, ...rest]) => [authConfig, { connection }, ...rest] as const),
    ...WRONG_CONNECTIONS.map(([connection, ...rest]) => [trustedHosts, { connection, entries: [] }, ...rest] as const),
    ...WRONG_AUTH.map((row) => [authConfig, ...row] as const),
    ...WRONG_HOSTS.map((row) => [trustedHosts, ...row] as const),
  ];
  for (const [lifecycle, args, property, reason] of table) {
    test(`${lifecycle.type} refuses ${JSON.stringify(args)} at ${property}`, () => {
      const problems = lifecycle.check(args);
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
      );
      assert.match(problems[0]!.reason, reason);
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

  for (const host of ["web01", "web_01.corp.example.com", "10.0.0.1", "::1", "2001:db8::5", "a", "1"]) {
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
