/** SPNEGO's tokens: published bytes, round trips, and rubbish. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../../provider/errors";
import { NtlmSealing } from "../../../../provider/auth/ntlm/sealing";
import { decodeOid, encodeOid } from "../../../../provider/auth/der";
import {
  decodeNegTokenResp,
  encodeMechTypeList,
  encodeNegTokenInit,
  encodeNegTokenResp,
  NEG_STATES,
  type NegState,
} from "../../../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "../../../../simulator/auth/spnego-tokens";

interface Vectors {
  readonly mechTypeLists: readonly { readonly mechTypes: readonly string[]; readonly hex: string }[];
  readonly init: { readonly mechTypes: readonly string[]; readonly mechToken: string; readonly hex: string };
  readonly responses: readonly {
    readonly negState: NegState;
    readonly supportedMech?: string;
    readonly responseToken?: string;
    readonly mechListMic?: string;
    readonly hex: string;
  }[];
  readonly ntlmMechListMic: Readonly<
    Record<"exportedSessionKey" | "flags" | "mechList" | "mic" | "plain" | "sealed" | "signature", string>
  >;
}

const file = join(__dirname, "../../../../../test/vectors/spnego.json");
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

test("the published tokens are written and read back to the byte", () => {
  for (const { mechTypes, hex } of vectors.mechTypeLists)
    assert.equal(encodeMechTypeList(mechTypes).toString("hex"), hex);
  const { init } = vectors;
  assert.equal(
    encodeNegTokenInit({ mechTypes: init.mechTypes, mechToken: bytes(init.mechToken) }).toString("hex"),
    init.hex,
  );
  assert.deepEqual(decodeNegTokenInit(bytes(init.hex)), {
    mechTypes: init.mechTypes,
    mechToken: bytes(init.mechToken),
    mechListBytes: bytes(vectors.mechTypeLists[0]!.hex),
  });
  for (const { hex, responseToken, mechListMic, ...rest } of vectors.responses) {
    const response = {
      ...rest,
      ...(responseToken !== undefined && { responseToken: bytes(responseToken) }),
      ...(mechListMic !== undefined && { mechListMic: bytes(mechListMic) }),
    };
    assert.equal(encodeNegTokenResp(response).toString("hex"), hex);
    assert.deepEqual(decodeNegTokenResp(bytes(hex)), response);
  }
});

test("NTLM signs the list at sequence 0 and seals the first message at sequence 1 with a restarted key stream", () => {
  const v = vectors.ntlmMechListMic;
  const session = { exportedSessionKey: bytes(v.exportedSessionKey), flags: parseInt(v.flags, 16) };
  const client = new NtlmSealing({ ...session, role: "initiate" });
  const server = new NtlmSealing({ ...session, role: "accept" });
  const mic = client.signMechList(bytes(v.mechList));
  assert.equal(mic.toString("hex"), v.mic);
  const { signature, sealed } = client.seal(bytes(v.plain));
  assert.deepEqual([sealed.toString("hex"), signature.toString("hex")], [v.sealed, v.signature]);
  server.verifyMechList(bytes(v.mechList), mic);
  assert.deepEqual(server.unseal({ signature, sealed }), bytes(v.plain));
  const other = new NtlmSealing({ ...session, role: "accept" });
  assert.throws(
    () => {
      other.verifyMechList(bytes("300d060a2b06010401823702020a"), mic);
    },
    { code: "WINRM_E_MESSAGE_INTEGRITY" },
  );
  assert.throws(() => other.unseal({ signature, sealed }), { code: "WINRM_E_MESSAGE_INTEGRITY" });
});

test("the hints of a server's first token are skipped, and its signature is read", () => {
  const mechList = "a00e300c060a2b06010401823702020a";
  const hints = "a3143012a0101b0e6e6f745f6465666e65645f696e5f";
  const token = bytes(`603806062b0601050502a02e302c${mechList}${hints}a4040402aabb`);
  const read = decodeNegTokenInit(token);
  assert.deepEqual([read.mechTypes, read.mechListMic], [["1.3.6.1.4.1.311.2.2.10"], bytes("aabb")]);
});

const arcs = fc.array(fc.nat(0xffff_ffff), { maxLength: 8 });
const oid = fc.oneof(
  fc.tuple(fc.constantFrom(0, 1), fc.nat(39), arcs).map(([a, b, rest]) => [a, b, ...rest].join(".")),
  fc.tuple(fc.nat(0xffff), arcs).map(([b, rest]) => [2, b, ...rest].join(".")),
);
const octets = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const long = fc.uint8Array({ minLength: 65_400, maxLength: 65_700 }).map((array) => Buffer.from(array));

test("any object identifier survives being written and read", () => {
  fc.assert(fc.property(oid, (dotted) => decodeOid(encodeOid(dotted)) === dotted));
  for (const wrong of ["", "1", "1.2.x", "3.1", "1.40", "1.2.99999999999", "1.-2"]) {
    assert.throws(() => encodeOid(wrong), { code: "WINRM_E_INTERNAL" });
  }
});

const init = fc.record(
  { mechTypes: fc.array(oid, { minLength: 1, maxLength: 10 }), mechToken: fc.oneof(octets, long), mechListMic: octets },
  { requiredKeys: ["mechTypes"] },
);
const response = fc.record(
  {
    negState: fc.constantFrom(...NEG_STATES),
    supportedMech: oid,
    responseToken: fc.oneof(octets, long),
    mechListMic: octets,
  },
  { requiredKeys: [] },
);

test("any token survives being written and read", () => {
  fc.assert(
    fc.property(init, response, (first, later) => {
      const { mechListBytes, ...read } = decodeNegTokenInit(encodeNegTokenInit(first));
      // A MIC that begins like a SEQUENCE is still an OCTET STRING.
      assert.deepEqual(read, { ...first });
      assert.deepEqual(mechListBytes, encodeMechTypeList(first.mechTypes));
      assert.deepEqual(decodeNegTokenResp(encodeNegTokenResp(later)), { ...later });
    }),
    { numRuns: 100 },
  );
});

test("rubbish is refused with WINRM_E_HANDSHAKE, and so is a token cut short or longer", () => {
  const refused = (token: Buffer): void => {
    for (const decode of [decodeNegTokenInit, decodeNegTokenResp]) {
      try {
        decode(token);
      } catch (error) {
        assert.ok(isWinrmError(error) && error.code === "WINRM_E_HANDSHAKE");
      }
    }
  };
  fc.assert(fc.property(octets, refused));
  const valid = [vectors.init.hex, ...vectors.responses.map(({ hex }) => hex)].map(bytes);
  fc.assert(
    fc.property(fc.constantFrom(...valid), fc.nat(), fc.nat(255), (token, at, value) => {
      const changed = Buffer.from(token);
      changed[at % token.length] = value;
      refused(changed);
    }),
    { numRuns: 2000 },
  );
  for (const [index, token] of valid.entries()) {
    const decode = index === 0 ? decodeNegTokenInit : decodeNegTokenResp;
    for (let end = 0; end < token.length; end++) {
      assert.throws(() => decode(token.subarray(0, end)), { code: "WINRM_E_HANDSHAKE" });
    }
    assert.throws(() => decode(Buffer.concat([token, Buffer.alloc(1)])), { code: "WINRM_E_HANDSHAKE" });
  }
  for (const hex of ["a1803005a0030a0102", "a185000000000530", "a1073005a0030a0107", "a1083006a0040a020001"]) {
    assert.throws(() => decodeNegTokenResp(bytes(hex)), { code: "WINRM_E_HANDSHAKE" });
  }
});

test("a length in more bytes than it needs is read, in up to four of them", () => {
  const plain = encodeNegTokenResp({ negState: "accept-completed" });
  const stretched = (count: number) => {
    const length = Buffer.alloc(count);
    length.writeUInt8(plain[1]!, count - 1);
    return Buffer.concat([plain.subarray(0, 1), Buffer.from([0x80 | count]), length, plain.subarray(2)]);
  };
  for (const count of [1, 2, 3, 4]) assert.deepEqual(decodeNegTokenResp(stretched(count)), decodeNegTokenResp(plain));
  assert.throws(() => decodeNegTokenResp(stretched(5)), { code: "WINRM_E_HANDSHAKE" });
});
