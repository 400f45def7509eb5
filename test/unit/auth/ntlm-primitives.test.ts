import assert from "node:assert/strict";
import crypto from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import {
  exchangeKey,
  hmacMd5,
  lmV2Response,
  md5,
  mic,
  ntHash,
  ntlmV2Response,
  ntowfV2,
  sameBytes,
  upperCaseName,
} from "../../../provider/auth/ntlm/crypto";
import { md4 } from "../../../provider/auth/ntlm/md4";
import { decodeAvPairs } from "../../../provider/auth/ntlm/av-pairs";
import { Rc4 } from "../../../provider/auth/ntlm/rc4";
import { derivedVectors, hex, specVectors, vectors } from "./vectors";

suite("MD4 and RC4", () => {
  test("MD4 gives the digests of RFC 1320", () => {
    const { cases } = vectors("md4") as { cases: { message: string; digest: string }[] };
    assert.equal(cases.length, 7);
    for (const { message, digest } of cases) assert.equal(md4(Buffer.from(message)).toString("hex"), digest);
  });

  test("MD4 pads messages of every length around a block boundary to a distinct digest", () => {
    const digests = Array.from({ length: 130 }, (_, length) => md4(Buffer.alloc(length)).toString("hex"));
    assert.equal(new Set(digests).size, digests.length);
  });

  test("RC4 gives the key streams of RFC 6229", () => {
    const { cases } = vectors("rc4") as { cases: { key: string; stream: Record<string, string> }[] };
    assert.equal(cases.length, 5);
    for (const { key, stream } of cases) {
      const bytes = new Rc4(hex(key)).update(Buffer.alloc(4112));
      for (const [offset, expected] of Object.entries(stream)) {
        assert.equal(bytes.subarray(Number(offset), Number(offset) + 16).toString("hex"), expected, `${key} ${offset}`);
      }
    }
  });

  test("RC4 goes on where the last update ended, however the message is cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 256 }), fc.array(fc.uint8Array()), (key, parts) => {
        const stream = new Rc4(key);
        const whole = new Rc4(key).update(Buffer.concat(parts));
        assert.deepEqual(Buffer.concat(parts.map((part) => stream.update(part))), whole);
        assert.deepEqual(new Rc4(key).update(whole), Buffer.concat(parts));
      }),
    );
  });

  test("RC4 refuses an empty key and one of 257 bytes", () => {
    assert.throws(() => new Rc4(Buffer.alloc(0)), RangeError);
    assert.throws(() => new Rc4(Buffer.alloc(257)), RangeError);
  });
});

suite("NTLMv2 computations", () => {
  const spec = specVectors();
  const serverChallenge = hex(spec.serverChallenge);
  const clientChallenge = hex(spec.clientChallenge);
  const responseKey = hex(spec.ntowfV2);

  test("the password hash and NTOWFv2 are those of [MS-NLMP] 4.2.4.1", () => {
    assert.deepEqual(ntHash(spec.password), hex(spec.ntHash));
    assert.deepEqual(ntowfV2({ ntHash: hex(spec.ntHash), user: spec.user, domain: spec.domain }), responseKey);
  });

  test("NTOWFv2 ignores the case of the user and respects the case of the domain", () => {
    const of = (user: string, domain: string) => ntowfV2({ ntHash: hex(spec.ntHash), user, domain }).toString("hex");
    assert.equal(of("uSER", spec.domain), spec.ntowfV2);
    assert.notEqual(of(spec.user, "DOMAIN"), spec.ntowfV2);
  });

  test("the responses and keys are those of [MS-NLMP] 4.2.4.2", () => {
    const targetInfo = decodeAvPairs(hex(spec.targetInfo));
    const response = ntlmV2Response({ responseKey, serverChallenge, clientChallenge, time: 0n, targetInfo });
    assert.equal(response.ntProofStr.toString("hex"), spec.ntProofStr);
    assert.equal(response.ntResponse.toString("hex"), spec.ntProofStr + spec.temp);
    assert.equal(response.sessionBaseKey.toString("hex"), spec.sessionBaseKey);
    assert.equal(lmV2Response({ responseKey, serverChallenge, clientChallenge }).toString("hex"), spec.lmV2Response);
    const exchanged = exchangeKey(response.sessionBaseKey, hex(spec.randomSessionKey));
    assert.equal(exchanged.toString("hex"), spec.encryptedRandomSessionKey);
  });

  test("the MIC covers the three messages with its own field taken as zero", () => {
    const { exchange } = derivedVectors();
    const value = mic({
      exportedSessionKey: hex(exchange.sessionKey),
      negotiate: hex(exchange.negotiate),
      challenge: hex(exchange.challenge),
      authenticate: hex(exchange.authenticate),
      micOffset: 72,
    });
    assert.equal(value.toString("hex"), exchange.mic);
  });

  test("upper-casing keeps the length of the name and leaves characters without a single upper case alone", () => {
    assert.equal(upperCaseName("jürgen ß ŉ ω"), "JÜRGEN ß ŉ Ω");
    assert.equal(upperCaseName("\ud801\udc28"), "\ud801\udc28");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        assert.equal(upperCaseName(name).length, name.length);
        assert.equal(upperCaseName(upperCaseName(name)), upperCaseName(name));
      }),
    );
  });

  test("bytes are the same only with equal length and content", () => {
    assert.equal(sameBytes(hex("0102"), hex("0102")), true);
    assert.equal(sameBytes(hex("0102"), hex("0103")), false);
    assert.equal(sameBytes(hex("0102"), hex("010200")), false);
  });

  test("HMAC-MD5 gives the digests of RFC 2202, and those of OpenSSL for any key and message", () => {
    // Cases 1 to 5; 6 and 7 have keys of 80 bytes, which NTLM has not.
    const rows = [
      ["0b".repeat(16), "4869205468657265", "9294727a3638bb1c13f48ef8158bfc9d"],
      ["4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "750c783e6ab0b503eaa86e310a5db738"],
      ["aa".repeat(16), "dd".repeat(50), "56be34521d144c88dbb8c733f0e8b3f6"],
      ["0102030405060708090a0b0c0d0e0f10111213141516171819", "cd".repeat(50), "697eaf0aca3a3aea3a75164746ffaa79"],
      ["0c".repeat(16), "546573742057697468205472756e636174696f6e", "56461ef2342edc00f9bab995690efd4c"],
    ] as const;
    for (const [key, data, digest] of rows) assert.equal(hmacMd5(hex(key), hex(data)).toString("hex"), digest);
    const octets = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(octets(64), octets(200), octets(200), (key, first, second) => {
        const expected = crypto.createHmac("md5", key).update(first).update(second).digest();
        assert.deepEqual(hmacMd5(key, first, second), expected);
      }),
    );
    assert.throws(() => hmacMd5(Buffer.alloc(65), Buffer.alloc(1)), RangeError);
  });

  test("a Node.js without MD5 is reported as such", (t) => {
    const unavailable = () => {
      throw new Error("unsupported");
    };
    t.mock.method(crypto, "hash", unavailable);
    assert.throws(() => md5(Buffer.alloc(1)), { code: "WINRM_E_METHOD_UNSUPPORTED" });
    assert.throws(() => hmacMd5(Buffer.alloc(1), Buffer.alloc(1)), { code: "WINRM_E_METHOD_UNSUPPORTED" });
  });
});
