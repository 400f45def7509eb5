import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { basicAuthorization } from "../../../provider/auth/basic";
import { accountForHost, parseAccountName } from "../../../provider/auth/ntlm/account-name";
import { AV_ID } from "../../../provider/auth/ntlm/av-pairs";

const ARGUMENT = { code: "WINRM_E_ARGUMENT" };
const MISSING = { code: "WINRM_E_CREDENTIALS_REQUIRED" };

suite("account names for NTLM", () => {
  const cases = [
    ["DOMAIN\\user", "DOMAIN", "user"],
    ["Corp.Example\\user", "Corp.Example", "user"],
    ["user@corp.example", "", "user@corp.example"],
    ["DOMAIN\\user@corp.example", "DOMAIN", "user@corp.example"],
    ["user", "", "user"],
    ["\\user", "", "user"],
    [".\\user", ".", "user"],
    ["Jürgen Müller", "", "Jürgen Müller"],
  ] as const;
  for (const [name, domain, user] of cases) {
    test(`${name} is the user "${user}" in the domain "${domain}"`, () => {
      assert.deepEqual(parseAccountName(name), { domain, user });
    });
  }

  test("a name without a user, with two backslashes, with control characters or too long is refused", () => {
    for (const name of ["", "\\", "DOMAIN\\", ".\\"]) assert.throws(() => parseAccountName(name), MISSING, name);
    for (const name of ["a\\b\\c", "a\nb", "a\u0000", "a\u007f", "x".repeat(1025)]) {
      assert.throws(() => parseAccountName(name), ARGUMENT);
    }
  });

  test("the dot becomes the computer's name, or nothing where the host names none, and no other domain changes", () => {
    const targetInfo = [
      { id: AV_ID.MsvAvNbDomainName, value: Buffer.from("CORP", "utf16le") },
      { id: AV_ID.MsvAvNbComputerName, value: Buffer.from("HOST1", "utf16le") },
    ];
    assert.deepEqual(accountForHost({ domain: ".", user: "u" }, targetInfo), { domain: "HOST1", user: "u" });
    assert.deepEqual(accountForHost({ domain: ".", user: "u" }, []), { domain: "", user: "u" });
    assert.deepEqual(accountForHost({ domain: "", user: "u" }, targetInfo), { domain: "", user: "u" });
    assert.deepEqual(accountForHost({ domain: "X", user: "u" }, targetInfo), { domain: "X", user: "u" });
  });
});

suite("Basic", () => {
  const decode = (value: string) => Buffer.from(value.slice("Basic ".length), "base64").toString("utf8");

  test("the header is that of RFC 7617", () => {
    assert.equal(basicAuthorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert.equal(basicAuthorization("test", "123£"), "Basic dGVzdDoxMjPCow==");
  });

  test("the dot of a local account is left out, and other prefixes are sent as given", () => {
    assert.equal(decode(basicAuthorization(".\\ops", "p")), "ops:p");
    assert.equal(decode(basicAuthorization("HOST1\\ops", "p")), "HOST1\\ops:p");
    assert.equal(decode(basicAuthorization("ops@host", "p")), "ops@host:p");
  });

  test("a password may have colons, and comes back whole", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\r\n\0]/.test(text));
    fc.assert(
      fc.property(
        word.filter((user) => !user.includes(":") && !user.startsWith(".\\")),
        word,
        (user, password) => {
          const value = basicAuthorization(user, password);
          assert.match(value, /^Basic [A-Za-z0-9+/]+={0,2}$/);
          assert.equal(decode(value), `${user}:${password}`);
        },
      ),
    );
  });

  test("a colon in the user name, line breaks and NUL are refused, without the value in the error", () => {
    for (const [user, password] of [
      ["a:b", "hidden"],
      ["a\r", "hidden"],
      ["a\n", "hidden"],
      ["a", "hidden\n"],
      ["a", "hidden\0"],
    ] as const) {
      assert.throws(
        () => basicAuthorization(user, password),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "WINRM_E_ARGUMENT");
          assert.equal(error.message.includes("hidden"), false);
          return true;
        },
      );
    }
  });

  test("an empty user name or password is refused", () => {
    assert.throws(() => basicAuthorization("", "p"), MISSING);
    assert.throws(() => basicAuthorization(".\\", "p"), MISSING);
    assert.throws(() => basicAuthorization("u", ""), MISSING);
  });
});
