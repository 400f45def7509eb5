/** Stream tokens and their header and data. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { joinWrapToken, splitWrapToken } from "../../../../provider/auth/kerberos/wrap";
import { isWinrmError } from "../../../../provider/errors";
import { PLAIN_LENGTH, RECORDED } from "./recorded-messages";

const octets = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));

/** `confounder ‖ data ‖ EC bytes ‖ copy of the header ‖ checksum`, unrotated. RFC 4121 §4.2.4 */
const aes = fc
  .record({
    flags: fc.constantFrom(0x02, 0x03, 0x06, 0x07),
    sequence: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    confounder: octets(16, 16),
    data: octets(0, 200),
    extra: fc.oneof(fc.constant(Buffer.alloc(0)), octets(16, 16)),
    copy: octets(16, 16),
    checksum: fc.constantFrom(12, 16, 24).chain((length) => octets(length, length)),
    rotation: fc.nat(400),
  })
  .map(({ flags, sequence, confounder, data, extra, copy, checksum, rotation }) => {
    const header = Buffer.alloc(16);
    header.set([5, 4, flags, 0xff]);
    header.writeUInt16BE(extra.length, 4);
    header.writeBigUInt64BE(sequence, 8);
    const token = Buffer.concat([header, confounder, data, extra, copy, checksum]);
    return { token, rotated: rotate(token, rotation), data, tail: Buffer.concat([extra, copy, checksum]) };
  });

/** RFC 4121 §4.2.5, written another way than the code under test. */
function rotate(token: Buffer, right: number): Buffer {
  const body = [...token.subarray(16)];
  for (let step = 0; step < right; step++) body.unshift(body.pop()!);
  const header = Buffer.from(token.subarray(0, 16));
  header.writeUInt16BE(right, 6);
  return Buffer.concat([header, Buffer.from(body)]);
}

const rc4 = fc
  .record({ fields: octets(26, 26), data: octets(0, 300), padding: fc.constantFrom(0, 1, 8) })
  .map(({ fields, data, padding }) => {
    const head = Buffer.from("06092a864886f71201020202011100 1000 ffff".replaceAll(" ", ""), "hex");
    const inner = Buffer.concat([head, fields.subarray(0, 24), data, Buffer.alloc(padding, padding)]);
    const length = inner.length < 0x80 ? [inner.length] : [0x82, inner.length >> 8, inner.length & 0xff];
    return { token: Buffer.concat([Buffer.from([0x60, ...length]), inner]), data, padding };
  });

suite("a sealed Kerberos message", () => {
  test("with AES, however it was rotated, is cut so that the data stands alone at the end", () => {
    fc.assert(
      fc.property(aes, ({ token, rotated, data, tail }) => {
        const cut = splitWrapToken(rotated, data.length);
        assert.deepEqual(cut.sealed, data);
        const expected = Buffer.concat([token.subarray(0, 16), tail, token.subarray(16, 32)]);
        expected.writeUInt16BE(tail.length, 6);
        assert.deepEqual(cut.signature, expected);
        assert.deepEqual(joinWrapToken(cut), token);
      }),
    );
  });

  test("with RC4 keeps its order, and its padding follows the data", () => {
    fc.assert(
      fc.property(rc4, ({ token, data, padding }) => {
        const cut = splitWrapToken(token, data.length);
        assert.equal(cut.sealed.length, data.length + padding);
        assert.deepEqual(cut.sealed.subarray(0, data.length), data);
        assert.deepEqual(joinWrapToken(cut), token);
      }),
    );
  });

  test("that is only signed, of another length or cut short is refused", () => {
    const refused = (action: () => unknown): void => {
      assert.throws(action, { code: "WINRM_E_MESSAGE_INTEGRITY" });
    };
    fc.assert(
      fc.property(aes, ({ token, data }) => {
        const signed = Buffer.from(token);
        signed[2] = (signed[2] ?? 0) & ~0x02;
        const none = Buffer.alloc(0);
        refused(() => splitWrapToken(signed, data.length));
        refused(() => joinWrapToken({ signature: signed, sealed: none }));
        refused(() => splitWrapToken(token, token.length - 47));
        refused(() => splitWrapToken(token, token.length + 1));
        refused(() => joinWrapToken({ signature: token.subarray(0, 47), sealed: none }));
      }),
    );
    const signedRc4 = Buffer.from(`602b06092a864886f71201020202011100ffffffff${"00".repeat(24)}`, "hex");
    refused(() => joinWrapToken({ signature: signedRc4, sealed: Buffer.alloc(0) }));
  });

  test("that is rubbish is refused with WINRM_E_MESSAGE_INTEGRITY and nothing else", () => {
    const start = fc.constantFrom("", "0504", "050402ff", "60", "602b06", "60ff06ff", "6082ffff0609");
    fc.assert(
      fc.property(start, octets(0, 100), fc.nat(120), (head, rest, length) => {
        const token = Buffer.concat([Buffer.from(head, "hex"), rest]);
        for (const action of [
          () => splitWrapToken(token, length),
          () => joinWrapToken({ signature: token, sealed: rest }),
        ]) {
          try {
            action();
          } catch (error) {
            assert.ok(isWinrmError(error) && error.code === "WINRM_E_MESSAGE_INTEGRITY");
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** One change of a recorded token. */
const anyChange = fc.record({
  kind: fc.constantFrom("flip", "cut", "splice", "grow"),
  at: fc.nat(200),
  with: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

function changed(token: Buffer, change: { kind: string; at: number; with: Uint8Array }): Buffer {
  const at = change.at % token.length;
  if (change.kind === "cut") return token.subarray(0, at);
  const [head, tail] = [token.subarray(0, at), token.subarray(at)];
  if (change.kind === "grow") return Buffer.concat([head, change.with, tail]);
  if (change.kind === "splice") return Buffer.concat([head, change.with, tail.subarray(change.with.length)]);
  return Buffer.concat([head, Buffer.from([(token[at] ?? 0) ^ (change.with[0] ?? 1)]), tail.subarray(1)]);
}

suite("a message that MIT sealed", () => {
  for (const [name, { stream, signature, sealed }] of Object.entries(RECORDED)) {
    const token = Buffer.from(stream, "hex");
    const cut = { signature: Buffer.from(signature, "hex"), sealed: Buffer.from(sealed, "hex") };

    test(`with ${name} is cut into parts as long as those that MIT cuts itself, and put together again`, () => {
      const own = splitWrapToken(token, PLAIN_LENGTH);
      assert.deepEqual([own.signature.length, own.sealed.length], [cut.signature.length, cut.sealed.length]);
      assert.deepEqual(own.signature.subarray(0, 8), cut.signature.subarray(0, 8));
      assert.deepEqual(joinWrapToken(own), token);
      assert.equal(joinWrapToken(cut).length, token.length);
    });

    test(`with ${name} and changed anywhere is cut, put together or refused with WINRM_E_MESSAGE_INTEGRITY, and nothing else`, () => {
      fc.assert(
        fc.property(anyChange, fc.nat(80), (change, length) => {
          const other = changed(token, change);
          for (const action of [
            () => splitWrapToken(other, length).sealed.length <= other.length,
            () => joinWrapToken({ ...cut, signature: changed(cut.signature, change) }).length > 0,
            () => joinWrapToken({ ...cut, sealed: changed(cut.sealed, change) }).length > 0,
          ]) {
            try {
              assert.ok(action());
            } catch (error) {
              assert.ok(isWinrmError(error) && error.code === "WINRM_E_MESSAGE_INTEGRITY", String(error));
            }
          }
        }),
        { numRuns: 1000 },
      );
    });
  }
});
