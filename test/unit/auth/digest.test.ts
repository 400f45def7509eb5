/** Digest: the examples of RFC 7616 §3.9, and what they do not show. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { createDigestContext, strongestChallenge } from "../../../provider/auth/digest";
import { parseChallenges, parseParameters } from "../../../provider/session/logon/challenge";

/** RFC 7616 §3.9.1: two challenges, SHA-256 and MD5. */
const MUFASA = { username: "Mufasa", password: "Circle of Life" };
const NONCE_391 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const OPAQUE_391 = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
const CNONCE_391 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const challenge391 = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE_391}", opaque="${OPAQUE_391}"`;

/** RFC 7616 §3.9.2: user hash and charset. */
const JASON = { username: "J\u00e4s\u00f8n Doe", password: "Secret, or not?" };
const CNONCE_392 = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
const CHALLENGE_392 =
  'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true';

const chosen = (...lines: string[]) => strongestChallenge(parseChallenges(lines).map(({ parameters }) => parameters));

function contextOf(credential: { username: string; password: string }, line: string, ...cnonces: string[]) {
  const challenge = chosen(line);
  assert.ok(challenge !== undefined);
  return createDigestContext(credential, challenge, () => cnonces.shift() ?? "another");
}

const fieldsOf = (header: string) => parseChallenges(header)[0]!.parameters;
const GET = { method: "GET", uri: "/dir/index.html" };

suite("the examples of RFC 7616", () => {
  for (const [algorithm, response] of [
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ] as const) {
    test(`§3.9.1 with ${algorithm}`, () => {
      const header = contextOf(MUFASA, challenge391(algorithm), CNONCE_391).authorize(GET);
      assert.equal(
        header,
        `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
          `nonce="${NONCE_391}", nc=00000001, cnonce="${CNONCE_391}", qop=auth, response="${response}", opaque="${OPAQUE_391}"`,
      );
    });
  }

  test("§3.9.2 with SHA-512-256, as erratum 4897 corrects it", () => {
    const header = contextOf(JASON, CHALLENGE_392, CNONCE_392).authorize({ method: "GET", uri: "/doe.json" });
    const fields = fieldsOf(header);
    assert.equal(fields.get("username"), "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    assert.equal(fields.get("response"), "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    assert.equal(fields.get("userhash"), "true");
    // What the RFC prints is SHA-512 cut off, which is another function; the input of the hash is the same.
    const printed = createHash("sha512").update(`${JASON.username}:api@example.org`).digest("hex").slice(0, 64);
    assert.equal(printed, "488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec");
  });
});

suite("choosing a challenge", () => {
  test("takes the strongest of several, in any order", () => {
    const [md5, sha, sha512] = ["MD5", "SHA-256-sess", "sha-512-256"].map(challenge391);
    assert.equal(chosen(md5!, sha!)?.algorithm, "SHA-256-sess");
    assert.equal(chosen(sha!, sha512!, md5!)?.algorithm, "sha-512-256");
    assert.equal(chosen(md5!)?.algorithm, "MD5");
  });

  test("takes a challenge without an algorithm for MD5, and sends none back", () => {
    const challenge = chosen('Digest realm="r", nonce="n", qop="auth"');
    assert.deepEqual([challenge?.hash, challenge?.algorithm], ["md5", undefined]);
    assert.doesNotMatch(createDigestContext(MUFASA, challenge!).authorize(GET), /algorithm/);
  });

  test("leaves out what is unknown, unsafe or incomplete", () => {
    for (const line of [
      'Digest realm="r", nonce="n"',
      'Digest realm="r", nonce="n", qop="auth-int"',
      'Digest realm="r", qop="auth"',
      'Digest nonce="n", qop="auth"',
      'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-1',
      'Digest realm="r", nonce="n", qop="auth", algorithm=MD5-other',
    ]) {
      assert.equal(chosen(line), undefined, line);
    }
  });

  test("reads stale and userhash in any case, and only true as true", () => {
    const read = (rest: string) => chosen(`Digest realm="r", nonce="n", qop=auth, ${rest}`);
    assert.deepEqual(
      [read("stale=TRUE")?.stale, read('stale="true"')?.stale, read("stale=no")?.stale],
      [true, true, false],
    );
    assert.deepEqual([read("userhash=True")?.userhash, read("userhash=false")?.userhash], [true, false]);
  });
});

suite("proving a password", () => {
  test("the count of a nonce goes up, with a new client nonce each time", () => {
    const context = contextOf(MUFASA, challenge391("SHA-256"), "one", "two");
    const [first, second] = [context.authorize(GET), context.authorize(GET)].map(fieldsOf);
    assert.deepEqual([first!.get("nc"), first!.get("cnonce")], ["00000001", "one"]);
    assert.deepEqual([second!.get("nc"), second!.get("cnonce")], ["00000002", "two"]);
    assert.notEqual(first!.get("response"), second!.get("response"));
  });

  test("a session algorithm hashes both nonces into the key, and keeps the client nonce", () => {
    const context = contextOf(MUFASA, challenge391("MD5-sess"), "one", "two");
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const key = md5(`${md5("Mufasa:http-auth@example.org:Circle of Life")}:${NONCE_391}:one`);
    for (const nc of ["00000001", "00000002"]) {
      const fields = fieldsOf(context.authorize(GET));
      assert.equal(fields.get("cnonce"), "one");
      assert.equal(fields.get("response"), md5(`${key}:${NONCE_391}:${nc}:one:auth:${md5("GET:/dir/index.html")}`));
    }
  });

  test("a user name beyond ASCII is percent-encoded, and composed", () => {
    const header = contextOf({ username: "Ja\u0308s(o)n", password: "x" }, challenge391("MD5"), "c").authorize(GET);
    assert.match(header, /^Digest username\*=UTF-8''J%C3%A4s%28o%29n, realm=/);
    const composed = contextOf({ username: "J\u00e4s(o)n", password: "x" }, challenge391("MD5"), "c").authorize(GET);
    assert.equal(header, composed);
  });

  test("quotes and backslashes are escaped in the header and not in the hash", () => {
    const context = contextOf(
      { username: 'CORP\\o"s', password: "x" },
      'Digest realm="a\\"b\\\\", nonce="n", qop=auth',
      "c",
    );
    const header = context.authorize(GET);
    assert.match(header, /^Digest username="CORP\\\\o\\"s", realm="a\\"b\\\\", /);
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const key = md5('CORP\\o"s:a"b\\:x');
    assert.equal(fieldsOf(header).get("response"), md5(`${key}:n:00000001:c:auth:${md5("GET:/dir/index.html")}`));
  });

  test("a name with a colon or a line break, and an empty credential, are refused", () => {
    for (const username of ["a:b", "a\r\nb", "a\0"]) {
      assert.throws(() => contextOf({ username, password: "x" }, challenge391("MD5")), { code: "WINRM_E_ARGUMENT" });
    }
    for (const credential of [
      { username: "", password: "x" },
      { username: "a", password: "" },
    ]) {
      assert.throws(() => contextOf(credential, challenge391("MD5")), { code: "WINRM_E_CREDENTIALS_REQUIRED" });
    }
  });

  test("the header is one line of bytes without the password, whatever the names are", () => {
    const text = fc.string({ unit: "binary" }).map((value) => value.replace(/[:\p{Cc}]/gu, ""));
    fc.assert(
      fc.property(text, text, fc.boolean(), (name, realm, userhash) => {
        const parameters = new Map([
          ...Object.entries({ realm, nonce: "n", qop: "auth", algorithm: "SHA-256", userhash: String(userhash) }),
        ]);
        const credential = { username: `u${name}`, password: "Planted-secret-77" };
        const header = createDigestContext(credential, strongestChallenge([parameters])!).authorize(GET);
        assert.match(header, /^Digest [\x20-\x7e\x80-\xff]+$/);
        assert.ok(!header.includes("Planted"));
      }),
    );
  });
});

suite("the server's own proof", () => {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const key = md5("Mufasa:http-auth@example.org:Circle of Life");
  const proof = (nonce: string, nc: string, cnonce: string) =>
    md5(`${key}:${nonce}:${nc}:${cnonce}:auth:${md5(":/dir/index.html")}`);

  test("is accepted if right, refused if wrong, and not demanded", () => {
    const context = contextOf(MUFASA, challenge391("MD5"), "c");
    context.authorize(GET);
    context.accept(new Map());
    context.accept(
      parseParameters(`qop=auth, rspauth="${proof(NONCE_391, "00000001", "c").toUpperCase()}", cnonce="c"`),
    );
    const right = proof(NONCE_391, "00000001", "c");
    for (const wrong of ["", "0", proof(NONCE_391, "00000002", "c"), `\u00e9${right.slice(1)}`, right.slice(1)]) {
      assert.throws(
        () => {
          context.accept(new Map([["rspauth", wrong]]));
        },
        { code: "WINRM_E_HANDSHAKE" },
      );
    }
  });

  test("comes with the nonce to use next, whose count begins again", () => {
    const context = contextOf(MUFASA, challenge391("MD5"), "c", "d");
    context.authorize(GET);
    context.accept(new Map([["nextnonce", "fresh"]]));
    const fields = fieldsOf(context.authorize(GET));
    assert.deepEqual([fields.get("nonce"), fields.get("nc")], ["fresh", "00000001"]);
    context.accept(new Map([["rspauth", proof("fresh", "00000001", "d")]]));
  });
});
