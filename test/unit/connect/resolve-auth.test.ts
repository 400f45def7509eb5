/** Microsoft's rules for methods and credentials ("Authentication for Remote Connections"), one test a rule. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Auth } from "../../../provider/contract/connection/connection";
import { type AuthInputs, methodReason, resolveAuth } from "../../../provider/connect/auth";

interface Given extends Partial<Omit<AuthInputs, "password">> {
  readonly password?: string;
}

function choiceOf({ password, ...given }: Given): AuthInputs {
  return {
    host: "web01.corp.example.com",
    method: undefined,
    auth: {},
    username: undefined,
    certificate: undefined,
    trusted: true,
    transport: "https",
    kerberosLibrary: "koffi",
    ...given,
    password: password === undefined ? undefined : () => password,
  };
}

function choose(given: Given): ReturnType<typeof resolveAuth> {
  return resolveAuth(choiceOf(given));
}

const kerberosOf = (given: Given) => {
  const auth = choose(given);
  // A copy, to compare it with data: what holds a password has a prototype of its own.
  return "kerberos" in auth ? structuredClone(auth.kerberos) : undefined;
};

/** Why that method, as doctor says it. */
function reason(given: Given): string {
  const choice = choiceOf(given);
  return methodReason(choice, resolveAuth(choice));
}

suite("why that method logs in", () => {
  const domain = { username: "ops@corp.example.com", password: "a-password" };
  const keytab = { kerberos: { keytab: "/k" }, username: "ops@A" };
  const rows: readonly (readonly [Given, string])[] = [
    [{}, "no credentials are given, so the running account's ticket counts"],
    [{ auth: { kerberos: { cache: "FILE:/c" } } }, "a ticket cache is given"],
    [{ auth: keytab, username: "ops@A" }, "a keytab is given"],
    [{ ...domain, method: "kerberos" }, "it was chosen; a password is given, for which the domain gives a ticket"],
    [
      domain,
      "credentials are given, for an account of a realm; Kerberos first, then NTLM if the domain does not know the host",
    ],
    [
      { ...domain, method: "negotiate", trusted: false },
      "it was chosen; Kerberos first, never NTLM, because over http the host is not in the trusted list",
    ],
    [
      { ...domain, username: "WEB01\\ops" },
      "credentials are given; WEB01\\ops names no realm, and Negotiate is NTLM for accounts without one",
    ],
    [
      { ...domain, host: "10.0.0.7", method: "negotiate" },
      "Negotiate was chosen; 10.0.0.7 is an address, to which Negotiate is NTLM: Kerberos is for names",
    ],
    [{ ...domain, method: "ntlm" }, "it was chosen"],
    [{ ...domain, method: "basic" }, "it was chosen"],
  ];
  for (const [given, wanted] of rows) {
    test(wanted, () => {
      assert.equal(reason(given), wanted);
      assert.ok(!reason(given).includes(domain.password));
    });
  }
});

suite("which method logs in", () => {
  test("default credentials are Kerberos as the owner of the ticket", () => {
    const auth = choose({});
    assert.deepEqual(auth, {
      method: "kerberos",
      kerberos: { spn: {}, credential: { kind: "default" }, library: "koffi" },
      channelBinding: true,
    });
  });

  for (const host of ["localhost", "127.0.0.1", "::1", "10.0.0.7"]) {
    test(`default credentials to ${host} are Negotiate, which demands explicit ones`, () => {
      assert.throws(() => choose({ host }), { code: "WINRM_E_CREDENTIALS_REQUIRED", message: /negotiate/ });
    });
  }

  test("explicit credentials of a domain account are Negotiate with Kerberos first, and NTLM for a trusted host only", () => {
    const auth = choose({ username: "ops@corp.example.com", password: "p" });
    assert.equal(auth.method, "negotiate");
    assert.deepEqual("allowNtlm" in auth && auth.allowNtlm, true);
    assert.deepEqual(kerberosOf({ username: "ops@corp.example.com", password: "p" })?.credential, {
      kind: "password",
      principal: "ops@CORP.EXAMPLE.COM",
      password: "p",
    });
    const untrusted = choose({ username: "ops@corp.example.com", password: "p", trusted: false });
    assert.deepEqual("allowNtlm" in untrusted && untrusted.allowNtlm, false);
  });

  test("explicit credentials of a local account are NTLM, whoever the host is", () => {
    for (const username of ["ops", "WEB01\\ops", ".\\ops"])
      assert.equal(choose({ username, password: "p" }).method, "ntlm", username);
  });

  test("a domain account at an address is NTLM, unless the name of the host's principal is given", () => {
    const given = { host: "10.0.0.7", username: "ops@corp.example.com", password: "p" };
    assert.equal(choose(given).method, "ntlm");
    assert.equal(choose({ ...given, auth: { kerberos: { host: "web01.corp.example.com" } } }).method, "negotiate");
  });

  for (const method of ["negotiate", "ntlm", "digest", "basic"] as const) {
    test(`${method} without credentials says that explicit credentials are required`, () => {
      assert.throws(() => choose({ method }), { code: "WINRM_E_CREDENTIALS_REQUIRED" });
      assert.throws(() => choose({ method, username: "ops" }), {
        code: "WINRM_E_CREDENTIALS_REQUIRED",
        message: /no password/,
      });
    });
  }

  test("Kerberos to an address is refused with the way out", () => {
    assert.throws(() => choose({ method: "kerberos", host: "10.0.0.7" }), {
      code: "WINRM_E_ARGUMENT",
      message: /next: .*auth\.kerberos\.host/,
    });
  });

  test("Kerberos as a local account is refused with the way out", () => {
    assert.throws(() => choose({ method: "kerberos", username: "WEB01\\ops", password: "p" }), {
      code: "WINRM_E_ARGUMENT",
      message: /user@REALM.*auth\.kerberos\.realm/,
    });
  });
});

suite("where Kerberos takes its tickets from", () => {
  const credential = (auth: Auth, given: Given = {}) => kerberosOf({ method: "kerberos", auth, ...given })?.credential;

  test("a keytab, for a named account", () => {
    const keytab = credential({ kerberos: { keytab: "/k" } }, { username: "svc@CORP" });
    assert.deepEqual(keytab, { kind: "keytab", principal: "svc@CORP", keytab: "/k" });
    assert.throws(() => credential({ kerberos: { keytab: "/k" } }), { code: "WINRM_E_CREDENTIALS_REQUIRED" });
  });

  test("a cache, its primary account or a named one", () => {
    assert.deepEqual(credential({ kerberos: { cache: "FILE:/c" } }), { kind: "cache", cache: "FILE:/c" });
    assert.deepEqual(credential({ kerberos: { cache: "DIR:/c" } }, { username: "a@R" }), {
      kind: "cache",
      principal: "a@R",
      cache: "DIR:/c",
    });
    assert.deepEqual(credential({}, { username: "a@R" }), { kind: "cache", principal: "a@R" });
  });

  test("a realm that the name does not tell", () => {
    const given = { username: "CORP\\ops", password: "p" };
    assert.deepEqual(credential({ kerberos: { realm: "corp.example.com" } }, given), {
      kind: "password",
      principal: "ops@CORP.EXAMPLE.COM",
      password: "p",
    });
  });

  test("the realm of DOMAIN\\user is told by the host's name, or by a DNS name before the backslash", () => {
    const principal = (username: string, host = "web01.corp.example.com", kerberos: Auth["kerberos"] = {}) => {
      const logon = kerberosOf({ host, username, password: "p", auth: { kerberos } });
      return logon !== undefined && "principal" in logon.credential ? logon.credential.principal : undefined;
    };
    assert.equal(principal("CORP\\ops"), "ops@CORP.EXAMPLE.COM");
    assert.equal(principal("corp\\ops", "WEB01.Corp.Example.com"), "ops@CORP.EXAMPLE.COM");
    assert.equal(principal("AVERYLONGDOMAIN\\ops", "web01.averylongdomainname.test"), "ops@AVERYLONGDOMAINNAME.TEST");
    assert.equal(principal("corp.example.com\\ops", "web01.other.test"), "ops@CORP.EXAMPLE.COM");
    assert.equal(principal("CORP\\ops", "10.0.0.7", { host: "web01.corp.example.com" }), "ops@CORP.EXAMPLE.COM");
    const unknown = [
      ["CORP\\ops", "web01"],
      ["CORP\\ops", "web01.corp"],
      ["CORP\\ops", "web01.site.corp.example.com"],
      ["EXAMPLE\\ops", "web01.corp.example.com"],
      ["WEB01\\ops", "web01.corp.example.com"],
      ["web01.corp.example.com\\ops", "web01.corp.example.com"],
      [".\\ops", "web01.corp.example.com"],
      ["\\ops", "web01.corp.example.com"],
      ["0\\ops", "10.0.0.7"],
      ["ops", "web01.corp.example.com"],
    ] as const;
    for (const [username, host] of unknown)
      assert.equal(principal(username, host), undefined, `${username} at ${host}`);
  });

  test("that realm is of the account alone: the ticket is for whatever realm the host is in", () => {
    assert.deepEqual(kerberosOf({ username: "CORP\\ops", password: "p" })?.spn, {});
  });

  test("never the domain for an account of the host itself, whatever realm is set", () => {
    const given = { username: ".\\ops", password: "p", auth: { kerberos: { realm: "corp.example.com" } } };
    assert.deepEqual(structuredClone(choose(given)), {
      method: "ntlm",
      credential: { username: ".\\ops", password: "p" },
      channelBinding: true,
    });
    assert.equal(choose({ ...given, username: "CORP\\ops" }).method, "negotiate");
    assert.throws(() => choose({ ...given, method: "kerberos" }), {
      code: "WINRM_E_ARGUMENT",
      message: /\.\\ops .*\n.*user@REALM$/,
    });
  });

  test("and the name that they are for", () => {
    const auth = { kerberos: { service: "HOST", host: "web01.corp", realm: "corp" } } as const;
    assert.deepEqual(kerberosOf({ method: "kerberos", host: "10.0.0.7", auth })?.spn, {
      service: "HOST",
      host: "web01.corp",
      realm: "CORP",
    });
  });
});
