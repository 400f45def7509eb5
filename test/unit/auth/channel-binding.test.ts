import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { tlsServerEndPoint } from "../../../provider/auth/channel-binding";
import { channelBindingHash } from "../../../provider/auth/ntlm/crypto";
import { isWinrmError } from "../../../provider/errors";
import { derivedVectors, hex, vectors } from "./vectors";

interface Case {
  readonly signature: string;
  readonly digest: string;
  readonly der: string;
}
const { cases } = vectors("tls-server-end-point") as { cases: Case[] };
const PREFIX = "tls-server-end-point:";

suite("tls-server-end-point", () => {
  for (const { signature, digest, der } of cases) {
    test(`a certificate signed with ${signature} is hashed as OpenSSL hashes it`, () => {
      const value = tlsServerEndPoint(Buffer.from(der, "base64"));
      assert.equal(value.subarray(0, PREFIX.length).toString("ascii"), PREFIX);
      assert.equal(value.subarray(PREFIX.length).toString("hex"), digest);
    });
  }

  test("every kind of signature is among the vectors", () => {
    assert.equal(cases.length, 17);
    assert.deepEqual([...new Set(cases.map(({ digest }) => digest.length / 2))].sort(), [28, 32, 48, 64]);
  });

  test("bytes that are no certificate give a value or WINRM_E_HANDSHAKE, nothing else", () => {
    const certificates = cases.map(({ der }) => Buffer.from(der, "base64"));
    const changed = fc
      .tuple(fc.constantFrom(...certificates), fc.nat(), fc.nat(255), fc.nat())
      .map(([certificate, at, value, cut]) => {
        const copy = Buffer.from(certificate);
        copy[at % copy.length] = value;
        return copy.subarray(0, cut % 2 === 0 ? copy.length : cut % copy.length);
      });
    const arbitrary = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(changed, arbitrary), (bytes) => {
        try {
          tlsServerEndPoint(bytes);
        } catch (error) {
          assert.ok(isWinrmError(error) && error.code === "WINRM_E_HANDSHAKE", String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("an empty or truncated certificate is refused", () => {
    const certificate = Buffer.from(cases[0]!.der, "base64");
    for (const bytes of [Buffer.alloc(0), Buffer.from([0x30]), certificate.subarray(0, -1)]) {
      assert.throws(() => tlsServerEndPoint(bytes), { code: "WINRM_E_HANDSHAKE" });
    }
  });
});

test("the hash that NTLM sends is the published one", () => {
  const { certificateHash, md5 } = derivedVectors().channelBinding;
  const data = Buffer.concat([Buffer.from(PREFIX), hex(certificateHash)]);
  assert.equal(channelBindingHash(data).toString("hex"), md5);
});
