/** Values and keys that are plainly meant to be others: refused with what to write instead, and never with a secret. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import { SETTINGS, checkConnection } from "../../../provider/contract/connection/connection-settings";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError } from "../../../provider/errors";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { HOST, type Problems, ofConnection, ofEntries, ofMapping, ofMembers, ofUser } from "../../support/arguments";

suite("I9: a host that is written as part of something else is named alone", () => {
  for (const [text, host] of [
    ["https://web01:5986/wsman", "web01"],
    ["HTTP://10.0.0.1", "10.0.0.1"],
    ["http://[fe80::1%eth0]:5985/wsman", "fe80::1%eth0"],
    ["web01:5986", "web01"],
    ["[::1]", "::1"],
    ["[::1]:5986", "::1"],
    ["ops@web01", "web01"],
    ["\\\\web01\\share", "web01"],
    [" web01", "web01"],
    ["web01\u00a0", "web01"],
    ["\u200eweb01", "web01"],
    ["web01/", "web01"],
    ["web01?x", "web01"],
    ["HTTP/web01", "web01"],
  ] as const) {
    test(JSON.stringify(text), () => {
      for (const problems of [ofConnection({ host: text }), ofConnection({ tls: { serverName: text } })]) {
        assert.equal(problems.length, 1);
        assert.ok(problems[0]!.reason.endsWith(`; write ${JSON.stringify(host)}`), problems[0]!.reason);
      }
    });
  }

  test("and where none is in it, nothing is named; the zone of an address is not that of a URL", () => {
    for (const text of ["web01,web02", "http://", "web*", "@", "web..01", "fe80::1%25eth0"]) {
      assert.doesNotMatch(ofConnection({ host: text })[0]!.reason, /; write "/);
    }
    assert.deepEqual(ofConnection({ host: "fe80::1%25" }), [], "the 25th interface");
  });
});

suite("I12: a value of another kind is answered with the right one", () => {
  const flag = (basic: unknown) => LIFECYCLES.AuthConfig.check({ connection: HOST, service: { basic } });
  const level = (cbtHardeningLevel: unknown) =>
    LIFECYCLES.AuthConfig.check({ connection: HOST, service: { cbtHardeningLevel } });
  const policy = (localAccountTokenFilterPolicy: unknown) =>
    LIFECYCLES.TokenFilterPolicy.check({ connection: HOST, localAccountTokenFilterPolicy });
  const confirm = (value: unknown) => LIFECYCLES.AuthConfig.check({ connection: HOST, confirm: value });
  const ROWS: readonly (readonly [(value: unknown) => Problems, unknown, readonly unknown[]])[] = [
    [
      (port) => ofConnection({ port }),
      5986,
      ["5986", " 5986 ", "+5986", "5986.0", "\uff15986", ["5986"], [5986], 5986n],
    ],
    [(value) => ofConnection({ timeouts: { connectSeconds: value } }), 10, ["10", [10]]],
    [(transport) => ofConnection({ transport }), "https", ["HTTPS", " https", ["https"], "htttps"]],
    [(method) => ofConnection({ auth: { method } }), "ntlm", ["NTLM", "Ntlm ", "ntml"]],
    [(maxVersion) => ofConnection({ tls: { maxVersion } }), "TLSv1.2", ["tlsv1.2", "TLS1.2", "TLS-v1.2"]],
    [(service) => ofConnection({ auth: { kerberos: { service } } }), "HTTP", ["http", "Http"]],
    [flag, true, ["true", "True", "yes", "on", "enabled", "1", 1, [true], 1n]],
    [flag, false, ["false", "no", "OFF", "disabled", "0", 0, -0]],
    [level, "Strict", ["strict", "STRICT", " Strict", "Stricht"]],
    [level, "None", ["none"]],
    [policy, 1, ["1", true, "true", "yes", [1]]],
    [policy, 0, ["0", false, "off"]],
    [policy, "absent", ["Absent", "absent ", "absend"]],
    [confirm, 120, ["120", "120 ", [120]]],
    [confirm, false, ["false", "off", "no", "none", "0", 0, [false]]],
  ];
  for (const [check, right, wrongs] of ROWS) {
    test(`write ${JSON.stringify(right)}`, () => {
      assert.deepEqual(check(right), []);
      for (const wrong of wrongs) {
        const [problem] = check(wrong);
        assert.ok(problem?.reason.endsWith(`; write ${JSON.stringify(right)}`), `${String(wrong)}: ${problem?.reason}`);
      }
    });
  }

  test("and nothing is guessed where it is not plain what was meant", () => {
    const unclear = [NaN, Infinity, -1, 0, 1e9, 59.86, "0x1762", "1e3", "five", true, {}, [], [1, 2], new Date(0)];
    for (const value of [...unclear, new Map(), Symbol("x"), () => 1]) {
      const [problem] = ofConnection({ port: value });
      assert.ok(problem !== undefined && !problem.reason.includes("; write"), String(problem?.reason));
    }
    for (const value of ["maybe", "2", 2, null, "", "x".repeat(1e6)].filter((one) => one !== null)) {
      assert.ok(!flag(value)[0]!.reason.includes("; write"));
      assert.ok(flag(value)[0]!.reason.length < 200);
    }
  });

  test("a list and a string are told apart without repeating either, which may be a secret", () => {
    for (const problems of [
      ofMembers(["Pl4nted-1!"]),
      ofMembers(12345),
      ofUser(["Pl4nted-1!"]),
      ofUser(12345),
      LIFECYCLES.TrustedHosts.check({ connection: HOST, entries: "Pl4nted-1!" }),
      ofMapping({ password: ["Pl4nted-1!"] }),
    ]) {
      assert.equal(problems.length, 1);
      assert.doesNotMatch(JSON.stringify(problems), /Pl4nted|12345/);
    }
  });

  test("S2: nor is what stands where a word or a number is wanted, unless it is one", () => {
    for (const text of ["Pl4nted-1!", '["Pl4nted-1!"]', "Pl4nted1", "1Pl4nted", "Pl4nted 1", "{Pl4nted: 1}"]) {
      for (const problems of [
        ofConnection({ port: text, transport: text, preflight: text, timeouts: { connectSeconds: text } }),
        ofConnection({ auth: { method: text, channelBinding: text, kerberos: { service: text } } }),
        [...flag(text), ...level(text), ...policy(text), ...confirm(text)],
      ]) {
        assert.ok(problems.length >= 3);
        assert.doesNotMatch(JSON.stringify(problems), /Pl4nted/);
      }
    }
    for (const word of ["ssl", "120s", "59.86", "-1"])
      assert.ok(ofConnection({ port: word })[0]!.reason.includes(word));
  });

  test("in stack configuration, environment and the arguments of an explicit provider alike", () => {
    for (const [name, wrong, right] of [
      ["port", "5986 ", 5986],
      ["port", "+5986", 5986],
      ["transport", "HTTPS", "https"],
      ["method", "Ntlm", "ntlm"],
      ["connectSeconds", "10.0", 10],
    ] as const) {
      const { variable } = SETTINGS[name];
      for (const settings of [
        new Settings((key) => (key === `winrm:${name}` ? wrong : undefined), {}),
        new Settings((key) => (key === `winrm-provider:${name}` ? wrong : undefined), {}),
        new Settings(() => undefined, { [variable]: wrong }),
      ]) {
        assert.throws(
          () => resolveTarget({ ...HOST, auth: { username: "WEB01\\ops", password: "x" } }, settings),
          (error) => isWinrmError(error) && error.summary.endsWith(`; write ${JSON.stringify(right)}`),
        );
      }
    }
  });
});

suite("I12: a key that belongs elsewhere, or is spelled otherwise", () => {
  for (const [key, meant] of [
    ["Host", "host"],
    ["hostname", "host"],
    ["prot", "port"],
    ["user", "auth.username"],
    ["userName", "auth.username"],
    ["user_name", "auth.username"],
    ["pass", "auth.password"],
    ["keytab", "auth.kerberos.keytab"],
    ["insecure", "tls.insecureSkipVerify"],
    ["channel_binding", "auth.channelBinding"],
    ["server-name", "tls.serverName"],
    ["totalSecond", "timeouts.totalSeconds"],
  ] as const) {
    test(`${key} is told ${meant}`, () => {
      const [problem] = ofConnection({ [key]: 1 });
      assert.equal(problem?.property, `connection.${key}`);
      assert.ok(problem.reason.endsWith(` ${meant}?`), problem.reason);
    });
  }

  test("and one that resembles nothing gets the list alone, at any length", () => {
    for (const key of ["zzz", "__proto__", "q".repeat(1e5)]) {
      const [problem] = checkConnection(JSON.parse(`{"host":"web01",${JSON.stringify(key)}:1}`), "connection");
      assert.ok(problem !== undefined && !problem.reason.includes("?"), problem?.reason);
      assert.ok(problem.reason.length < 300);
    }
  });
});

test("I2: what JavaScript or Pulumi make of a value that is not there is no name, no password and no entry", () => {
  const output = "Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value of an Output<T> …";
  for (const text of [output, `web-${output}`, "[object Object]", "[object Promise]-01", "undefined"]) {
    assert.equal(ofConnection({ host: text }).length, 1, text);
    for (const problems of [ofUser(text), ofEntries(text), ofMembers(text), ofMapping({ password: text })]) {
      assert.equal(problems.length, 1, text);
    }
    assert.equal(ofConnection({ auth: { password: text } }).length, 1, text);
    const settings = new Settings(() => undefined, { WINRM_PASSWORD: text, WINRM_USERNAME: "ops" });
    assert.throws(() => resolveTarget(HOST, settings), { code: "WINRM_E_ARGUMENT" });
    const referred = new Settings(() => undefined, { PW: text });
    const auth = { username: "WEB01\\ops", password: { env: "PW" } };
    assert.throws(() => resolveTarget({ ...HOST, auth }, referred), { code: "WINRM_E_SECRET_REFERENCE" });
  }
  assert.deepEqual(ofMapping({ password: "null" }), [], "a word that may be one");
});
