import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ntlmV2Response } from "../../../provider/auth/ntlm/crypto";
import { AV_ID, decodeAvPairs, encodeAvPairs, type AvPair } from "../../../provider/auth/ntlm/av-pairs";
import { decodeChallenge, encodeAuthenticate, encodeNegotiate } from "../../../provider/auth/ntlm/messages";
import {
  decodeAuthenticate,
  decodeNegotiate,
  encodeChallenge,
  decodeNtResponse,
} from "../../../simulator/auth/ntlm-messages";
import { NTLM_FLAGS } from "../../../provider/auth/ntlm/flags";
import { isWinrmError } from "../../../provider/errors";
import { derivedVectors, hex, specVectors } from "./vectors";

const UNICODE = NTLM_FLAGS.NTLMSSP_NEGOTIATE_UNICODE;

const bytes = (options?: fc.IntArrayConstraints) => fc.uint8Array(options).map((array) => Buffer.from(array));
const exactly = (length: number) => bytes({ minLength: length, maxLength: length });
const flags = fc.integer({ min: 0, max: 0xffffffff }).map((value) => (value | UNICODE) >>> 0);
const utf16 = fc.string({ unit: "binary", maxLength: 40 });
const avPairs: fc.Arbitrary<AvPair[]> = fc.array(
  fc.record({ id: fc.integer({ min: 1, max: 0xffff }), value: bytes({ maxLength: 60 }) }, { noNullPrototype: true }),
  { maxLength: 12 },
);

suite("the codecs against published messages", () => {
  const spec = specVectors();
  const { exchange } = derivedVectors();

  test("the CHALLENGE of [MS-NLMP] 4.2.4.3 is read and written", () => {
    const message = decodeChallenge(hex(spec.challenge));
    assert.equal(message.flags.toString(16), spec.challengeFlags);
    assert.equal(message.targetName, "Server");
    assert.equal(message.serverChallenge.toString("hex"), spec.serverChallenge);
    assert.deepEqual(message.targetInfo, [
      { id: AV_ID.MsvAvNbDomainName, value: Buffer.from("Domain", "utf16le") },
      { id: AV_ID.MsvAvNbComputerName, value: Buffer.from("Server", "utf16le") },
    ]);
    assert.equal(encodeChallenge(message).toString("hex"), spec.challenge);
  });

  test("the AUTHENTICATE of [MS-NLMP] 4.2.4.3, in another order of payloads and without a MIC, is read", () => {
    const message = decodeAuthenticate(hex(spec.authenticate));
    assert.equal(message.flags.toString(16), spec.authenticateFlags);
    assert.deepEqual([message.domain, message.user, message.workstation], [spec.domain, spec.user, spec.workstation]);
    assert.equal(message.lmResponse.toString("hex"), spec.lmV2Response);
    assert.equal(message.ntResponse.toString("hex"), spec.ntProofStr + spec.temp);
    assert.equal(message.encryptedRandomSessionKey.toString("hex"), spec.encryptedRandomSessionKey);
    assert.equal(message.version?.toString("hex"), "0501280a0000000f");
    assert.equal("mic" in message || "micOffset" in message, false);
  });

  test("the messages of a full exchange are read and written back to the same bytes", () => {
    const negotiate = decodeNegotiate(hex(exchange.negotiate));
    assert.equal(negotiate.flags, 0xe2088237);
    assert.equal(encodeNegotiate(negotiate).toString("hex"), exchange.negotiate);
    assert.equal(encodeChallenge(decodeChallenge(hex(exchange.challenge))).toString("hex"), exchange.challenge);
    const authenticate = decodeAuthenticate(hex(exchange.authenticate));
    assert.equal(authenticate.mic?.toString("hex"), exchange.mic);
    assert.equal(authenticate.micOffset, 72);
    assert.equal(encodeAuthenticate(authenticate).toString("hex"), exchange.authenticate);
  });
});

suite("the codecs against each other", () => {
  test("NEGOTIATE comes back as it was", () => {
    const message = fc.record(
      { flags, domain: bytes({ minLength: 1 }), workstation: bytes({ minLength: 1 }), version: exactly(8) },
      { requiredKeys: ["flags", "version"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(message, (value) => {
        assert.deepEqual(decodeNegotiate(encodeNegotiate(value)), value);
      }),
    );
  });

  test("CHALLENGE comes back as it was", () => {
    const message = fc.record(
      {
        flags,
        targetName: utf16,
        serverChallenge: exactly(8),
        targetInfo: avPairs,
        version: exactly(8),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(message, (value) => {
        assert.deepEqual(decodeChallenge(encodeChallenge(value)), value);
      }),
    );
  });

  test("AUTHENTICATE comes back as it was, with the MIC's place", () => {
    const message = fc.record(
      {
        flags,
        lmResponse: bytes(),
        ntResponse: bytes({ minLength: 1 }),
        domain: utf16,
        user: utf16,
        workstation: utf16,
        encryptedRandomSessionKey: bytes(),
        version: exactly(8),
        mic: exactly(16),
      },
      {
        requiredKeys: [
          "flags",
          "lmResponse",
          "ntResponse",
          "domain",
          "user",
          "workstation",
          "encryptedRandomSessionKey",
          "version",
        ],
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(message, (value) => {
        const place = value.mic === undefined ? {} : { micOffset: 72 };
        assert.deepEqual(decodeAuthenticate(encodeAuthenticate(value)), { ...value, ...place });
      }),
    );
  });

  test("attribute lists and NTLMv2 responses come back as they were", () => {
    fc.assert(
      fc.property(avPairs, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), exactly(8), (targetInfo, time, challenge) => {
        assert.deepEqual(decodeAvPairs(encodeAvPairs(targetInfo)), targetInfo);
        const input = { responseKey: Buffer.alloc(16), serverChallenge: Buffer.alloc(8), clientChallenge: challenge };
        const { ntResponse, ntProofStr } = ntlmV2Response({ ...input, time, targetInfo });
        const read = decodeNtResponse(ntResponse);
        assert.deepEqual(
          { ...read, temp: undefined },
          { ntProofStr, time, clientChallenge: challenge, targetInfo, temp: undefined },
        );
      }),
    );
  });

  test("texts are OEM bytes without the UNICODE flag", () => {
    const message = {
      flags: NTLM_FLAGS.NTLM_NEGOTIATE_OEM,
      targetName: "HOST",
      targetInfo: [],
      serverChallenge: Buffer.alloc(8),
    };
    const encoded = encodeChallenge(message);
    assert.equal(encoded.includes("HOST", 0, "latin1"), true);
    assert.equal(decodeChallenge(encoded).targetName, "HOST");
  });

  test("values of a wrong length are a defect of the caller", () => {
    const message = { flags: UNICODE, targetName: "", targetInfo: [], serverChallenge: Buffer.alloc(7) };
    assert.throws(() => encodeChallenge(message), { code: "WINRM_E_INTERNAL" });
    assert.throws(() => encodeNegotiate({ flags: 0, version: Buffer.alloc(9) }), { code: "WINRM_E_INTERNAL" });
    assert.throws(() => encodeNegotiate({ flags: 0, domain: Buffer.alloc(0x10000) }), { code: "WINRM_E_ARGUMENT" });
  });
});

suite("where the version and the MIC of an AUTHENTICATE lie", () => {
  const full = hex(derivedVectors().exchange.authenticate);

  /** The message with part of its fixed header cut out and every offset moved accordingly. */
  function without(from: number, to: number): Buffer {
    const cut = Buffer.concat([full.subarray(0, from), full.subarray(to)]);
    for (const field of [12, 20, 28, 36, 44, 52]) {
      cut.writeUInt32LE(cut.readUInt32LE(field + 4) - (to - from), field + 4);
    }
    return cut;
  }

  test("neither: the payload begins at 64", () => {
    const { version, mic, user } = decodeAuthenticate(without(64, 88));
    assert.deepEqual([version, mic, user], [undefined, undefined, "User"]);
  });

  test("a MIC without a version: the payload begins at 80", () => {
    const { version, mic, micOffset } = decodeAuthenticate(without(64, 72));
    assert.equal(version, undefined);
    assert.deepEqual([mic, micOffset], [full.subarray(72, 88), 64]);
  });
});

suite("malformed messages", () => {
  const decoders = { decodeNegotiate, decodeChallenge, decodeAuthenticate, decodeAvPairs, decodeNtResponse };
  const { exchange } = derivedVectors();
  const valid = [exchange.negotiate, exchange.challenge, exchange.authenticate].map(hex);

  function onlyHandshakeErrors(input: Buffer): void {
    for (const decode of Object.values(decoders)) {
      try {
        decode(input);
      } catch (error) {
        assert.ok(isWinrmError(error) && error.code === "WINRM_E_HANDSHAKE", String(error));
      }
    }
  }

  test("arbitrary bytes are read or refused with WINRM_E_HANDSHAKE, nothing else", () => {
    fc.assert(fc.property(bytes({ maxLength: 400 }), onlyHandshakeErrors), { numRuns: 500 });
  });

  test("valid messages with changed bytes are read or refused with WINRM_E_HANDSHAKE, nothing else", () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 6 }), (message, changes) => {
        const changed = Buffer.from(message);
        for (const [at, value] of changes) changed[at % changed.length] = value;
        onlyHandshakeErrors(changed);
      }),
      { numRuns: 2000 },
    );
  });

  test("a message cut anywhere in its payload is refused", () => {
    for (const [index, decode] of [decodeNegotiate, decodeChallenge, decodeAuthenticate].entries()) {
      const message = valid[index]!;
      const shortest = [32, 48, 64][index]!;
      for (let length = 0; length < (index === 0 ? shortest : message.length); length++) {
        assert.throws(
          () => decode(message.subarray(0, length)),
          { code: "WINRM_E_HANDSHAKE" },
          `${index} at ${length}`,
        );
      }
    }
  });

  test("a field that points into the fixed header is refused", () => {
    const message = Buffer.from(valid[1]!);
    message.writeUInt32LE(8, 16);
    assert.throws(() => decodeChallenge(message), { code: "WINRM_E_HANDSHAKE" });
  });

  test("an attribute list without its end, or whose end has a length, is refused", () => {
    assert.throws(() => decodeAvPairs(hex("")), { code: "WINRM_E_HANDSHAKE" });
    assert.throws(() => decodeAvPairs(hex("0100020041")), { code: "WINRM_E_HANDSHAKE" });
    assert.throws(() => decodeAvPairs(hex("010002004100")), { code: "WINRM_E_HANDSHAKE" });
    assert.throws(() => decodeAvPairs(hex("000001004100")), { code: "WINRM_E_HANDSHAKE" });
  });

  test("an NTLMv1 response is no NTLMv2 response", () => {
    assert.throws(() => decodeNtResponse(Buffer.alloc(24, 1)), { code: "WINRM_E_HANDSHAKE" });
    assert.throws(() => decodeNtResponse(Buffer.alloc(80, 2)), { code: "WINRM_E_HANDSHAKE" });
  });
});
