/** Names, addresses, fingerprints and settings as people write them wrongly: refused before anything is sent, with the reason. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import type { Connection } from "../../../provider/contract/connection/connection";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError } from "../../../provider/errors";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { assertWording } from "../../support/pages/golden";
import { HOST, type Problems, ofConnection, ofEntries, ofMapping, ofMembers, ofUser } from "../../support/arguments";

function refused(t: TestContext, problems: Problems, property: string, what: string): void {
  assert.deepEqual(
    problems.map((problem) => problem.property),
    [property],
    what,
  );
  assertWording(t, problems[0]!.reason);
}

suite("I9: the name or the address of a host", () => {
  const LONG = "x".repeat(64);
  for (const host of [
    "web..01",
    "a.-b",
    "a-.b",
    LONG,
    `${"a.".repeat(127)}b`,
    "256.1.1.1",
    "10.0.0",
    "10.0.0.01",
    "1.2.3.4.5",
    "0x7f.1",
    "2130706433",
    "xn--\u00e4.example",
    "xn--a",
  ] as const) {
    test(`is refused where no host can have it: ${host.slice(0, 30)}`, (t) => {
      refused(t, ofConnection({ host }), "connection.host", host);
      refused(t, ofConnection({ tls: { serverName: host } }), "connection.tls.serverName", host);
      if (/^[\x20-\x7e]*$/.test(host)) assert.equal(ofEntries(host).length, 1);
    });
  }

  test("is taken in every form that a host can have", () => {
    for (const host of [
      "1a",
      "a1.b2",
      "10.0.0.1.",
      "x".repeat(63),
      "xn--mnchen-3ya.example",
      "_sip.web",
      "::ffff:10.0.0.1",
    ])
      assert.deepEqual(ofConnection({ host }), [], host);
  });

  test("in TrustedHosts has no dot at its end, and is an address or a prefix", (t) => {
    refused(t, ofEntries("web01."), "entries[0]", "web01.");
    refused(t, ofEntries("10.0.0"), "entries[0]", "10.0.0");
  });
});

suite("S2: who logs on", () => {
  for (const name of [
    "ops:Pl4nted-1!",
    "CORP\\ops:Pl4nted-1!",
    "CORP/ops%Pl4nted-1!",
    "ops,Pl4nted-1!",
    "Pl4nted-1!@",
    "@Pl4nted-1!",
    "Pl4nted-1!\\",
    "\\Pl4nted-1!",
    "a\\b\\Pl4nted-1!",
    " Pl4nted-1!",
    "Pl4nted-1!\u00a0",
    "Pl4nted\u200b-1!",
    `Pl4nted-1!${"x".repeat(300)}`,
    ".\\",
    " ",
  ]) {
    test(`is refused and not repeated: ${JSON.stringify(name).slice(0, 30)}`, (t) => {
      const problems = ofUser(name);
      refused(t, problems, "connection.auth.username", name);
      assert.doesNotMatch(JSON.stringify(problems), /Pl4nted/);
      const settings = new Settings((key) => (key === "winrm:username" ? name : undefined), {});
      assert.throws(
        () => resolveTarget({ ...HOST, auth: { password: "x" } }, settings),
        (error) => isWinrmError(error) && error.code === "WINRM_E_ARGUMENT" && !error.message.includes("Pl4nted"),
      );
    });
  }

  for (const name of ["S-1-5-21-1-2-3-500", "NT AUTHORITY\\SYSTEM", "nt service\\WinRM", "Everyone"]) {
    test(`is no principal that cannot log on, here and in a mapping: ${name}`, (t) => {
      refused(t, ofUser(name), "connection.auth.username", name);
      refused(t, ofMapping({ userName: name }), "userName", name);
    });
  }

  test("is taken in every form that Windows has", () => {
    for (const name of [
      "ops",
      "WEB01\\ops",
      ".\\ops",
      "ops@corp.test",
      "a@b@c",
      "Ann Lee",
      "AzureAD\\a@b.test",
      "WEB01$",
    ])
      assert.deepEqual(ofUser(name), [], name);
  });
});

test("S2: what looks like a user name with a password before a host is repeated by no argument", () => {
  const text = "ops:Pl4nted-1!@web01";
  const problems = [
    ...ofConnection({ host: text, path: text, tls: { serverName: text }, auth: { method: text } }),
    ...ofEntries(text),
    ...ofMembers(text),
    ...LIFECYCLES.GroupMembership.check({ connection: HOST, members: [], group: text }),
    ...ofMapping({ issuer: text, userName: text }),
  ];
  assert.equal(problems.length, 9, JSON.stringify(problems));
  assert.doesNotMatch(JSON.stringify(problems), /Pl4nted/);
});

test("A3: what nobody sees in an argument is shown as an escape", () => {
  for (const [problems, shown] of [
    [ofEntries("web\u200b01"), "web\\u200b01"],
    [ofEntries("web01\u00a0"), "web01\\u00a0"],
    [ofMembers("\u202eops"), "\\u202eops"],
    [ofConnection({ transport: "https\ufeff" }), "https\\ufeff"],
    [ofConnection({ transport: "ht\u3164tps" }), "ht\\u3164tps"],
  ] as const) {
    assert.ok(problems[0]?.reason.includes(shown), JSON.stringify(problems));
  }
});

test("a hole in a list is an element that is not set", (t) => {
  refused(t, ofEntries(...["a", , "b"]), "entries[1]", "spread");
  refused(t, LIFECYCLES.TrustedHosts.check({ connection: HOST, entries: new Array(1) }), "entries[0]", "hole");
});

suite("the key of a mapping", () => {
  for (const subject of [
    "C=DE",
    "SERIALNUMBER=1,CN=x",
    "/CN=deploy/O=x",
    "/C=DE",
    "2.5.4.3=x",
    "OID.2.5.4.3=x",
    "UID=x",
    "emailAddress=a@b",
  ]) {
    test(`is no distinguished name: ${subject}`, (t) => {
      refused(t, ofMapping({ subject }), "subject", subject);
    });
  }

  for (const subject of [
    "UPN:a@b",
    "Principal Name=a@b",
    "DNS Name=web01",
    "DNS:web01",
    "email:a@b",
    "RFC822 Name=a@b",
  ]) {
    test(`is the name alone: ${subject}`, (t) => {
      refused(t, ofMapping({ subject }), "subject", subject);
    });
  }

  test("may be any name that a certificate can have", () => {
    for (const subject of ["*", "*@localhost", "deploy@*", "dns.example", "on=1", "döner@x.test"])
      assert.deepEqual(ofMapping({ subject }), [], subject);
  });

  test("is for an account that Windows can have", (t) => {
    for (const userName of ["svc\u200b", "...", "svc:pw", "svc\u202e"]) {
      refused(t, ofMapping({ userName }), "userName", userName);
    }
  });
});

suite("a fingerprint", () => {
  const sha1 = "0123456789abcdef0123456789abcdef01234567";
  const sha256 = `${sha1}0123456789abcdef01234567`;
  /** Windows' certificate dialog puts a left-to-right mark before its thumbprint; pages and mails have the others. */
  const INVISIBLE = "\u200e\u00a0\ufeff";
  const ways = (digits: string) => {
    const pairs = digits.match(/../g) ?? [];
    return [
      digits,
      digits.toUpperCase(),
      pairs.join(":"),
      pairs.join(" "),
      pairs.join("-"),
      ` ${digits}`,
      INVISIBLE + digits,
    ];
  };

  test("is taken as tools and dialogs show it, of each kind where it belongs", () => {
    for (const issuer of ways(sha1)) assert.deepEqual(ofMapping({ issuer }), [], issuer);
    for (const pinnedSha256 of ways(sha256)) {
      assert.deepEqual(ofConnection({ tls: { pinnedSha256 } }), [], pinnedSha256);
      const connection: Connection = { ...HOST, tls: { pinnedSha256 }, auth: { username: "ops", password: "x" } };
      assert.equal(resolveTarget(connection, new Settings(() => undefined, {})).target.tls.pinnedSha256, sha256);
    }
  });

  test("is refused with what is wrong with it", (t) => {
    const pin = (pinnedSha256: string) => ofConnection({ tls: { pinnedSha256 } });
    for (const wrong of ["\u0430", "\uff10", "\u{1d7ce}", "0x", "SHA1 Fingerprint=", "0"] as const) {
      refused(t, ofMapping({ issuer: wrong + sha1 }), "issuer", wrong);
      refused(t, pin(wrong + sha256), "connection.tls.pinnedSha256", wrong);
    }
    refused(t, ofMapping({ issuer: sha256 }), "issuer", "SHA-256");
    refused(t, pin(sha1), "connection.tls.pinnedSha256", "SHA-1");
  });
});

test("I5: a SID has no zeros before its numbers, and none that does not fit into 32 bits is needed", (t) => {
  for (const sid of ["S-1-5-21-01-2", "S-1-05-32-544", "S-1-5-21-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"])
    refused(t, ofMembers(sid), "members[0]", sid);
  assert.deepEqual(ofMembers("S-1-5-21-0-1-2", "s-1-5-32-544"), []);
});

suite("settings of stack configuration and environment", () => {
  const auth = { username: "WEB01\\ops", password: "x" };
  const target = (name: string, value: unknown, over: Partial<Connection> = {}) =>
    resolveTarget({ ...HOST, auth, ...over }, new Settings((key) => (key === `winrm:${name}` ? value : undefined), {}))
      .target;

  test("the runner's trusted list is refused where an entry is none, and where it is no list", () => {
    for (const value of [
      5,
      true,
      { web01: true },
      ["web01", 4],
      '["web01"',
      "http://web01",
      "web01:5985",
      "web01;web02",
      "web01 web02",
      "10.0.0.0/8",
      "web01.",
    ]) {
      assert.throws(
        () => target("trustedHosts", value, { transport: "http" }),
        (error) =>
          isWinrmError(error) && error.code === "WINRM_E_ARGUMENT" && error.message.includes("winrm:trustedHosts"),
        JSON.stringify(value),
      );
    }
    for (const value of ["*", "WEB01", " web01 , web02", ["web*"], '["<local>"]']) {
      assert.equal(target("trustedHosts", value, { transport: "http" }).auth.method, "ntlm");
    }
  });

  test("the words for no proxy and for that of the environment are the name of none, in any case", () => {
    for (const word of ["true", "on", "off", "no", "direct", "null", "1"]) {
      assert.throws(() => target("proxy", word), { code: "WINRM_E_ARGUMENT" }, word);
      assert.equal(ofConnection({ proxy: word }).length, 1, word);
    }
    for (const word of ["none", "None", "NONE", "False", "Environment"]) {
      assert.equal(target("proxy", word).proxy, undefined, word);
      assert.deepEqual(ofConnection({ proxy: word }), []);
    }
    assert.equal(target("proxy", "proxy.test").proxy?.host, "proxy.test");
    assert.deepEqual(
      ofConnection({ proxy: "http://proxy.test:0" }).map(({ property }) => property),
      ["connection.proxy"],
    );
  });
});

const TYPES: readonly ResourceType[] = [
  "AuthConfig",
  "TrustedHosts",
  "CertMapping",
  "GroupMembership",
  "TokenFilterPolicy",
];
test("keys of every object's prototype are no arguments", () => {
  for (const type of TYPES) {
    for (const key of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      assert.ok(LIFECYCLES[type].check({ connection: HOST, [key]: 1 }).some(({ property }) => property === key));
      assert.ok(ofConnection({ auth: { [key]: 1 } }).length === 1);
    }
  }
});
