/** Framing of sealed messages. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { decodeEncrypted, encodeEncrypted, isEncryptedType } from "../../../provider/session/logon/message-encryption";

const PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
const TYPE = `multipart/encrypted;protocol="${PROTOCOL}";boundary="Encrypted Boundary"`;
const SIGNATURE = Buffer.from("01000000a1b2c3d4e5f6071800000000", "hex");
const SEALED = Buffer.from("00ff10804d5a", "hex");

interface Style {
  readonly boundary?: string;
  readonly tab?: string;
  readonly length?: string;
  readonly signatureLength?: number;
  readonly trailer?: string;
}

/** A frame by hand, in the ways in which services differ. */
function frame(sealed: Buffer, style: Style = {}): Buffer {
  const { boundary = "--Encrypted Boundary", tab = "\t", length = `Length=${sealed.length}`, trailer = "\r\n" } = style;
  const head =
    `${boundary}\r\n${tab}Content-Type: ${PROTOCOL}\r\n` +
    `${tab}OriginalContent: type=application/soap+xml;charset=UTF-8;${length}\r\n` +
    `${boundary}\r\n${tab}Content-Type: application/octet-stream\r\n`;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(style.signatureLength ?? SIGNATURE.length);
  return Buffer.concat([Buffer.from(head), size, SIGNATURE, sealed, Buffer.from(`${boundary}--${trailer}`)]);
}

function refuses(body: Buffer, why: string): void {
  assert.throws(
    () => decodeEncrypted(TYPE, body),
    (error: unknown) => isWinrmError(error) && error.code === "WINRM_E_PROTOCOL",
    why,
  );
}

suite("a frame that is sent", () => {
  test("is exactly these bytes", () => {
    const { contentType, body } = encodeEncrypted(PROTOCOL, { signature: SIGNATURE, sealed: SEALED });
    assert.equal(
      contentType,
      'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"',
    );
    assert.equal(
      body.toString("latin1"),
      "--Encrypted Boundary\r\n" +
        "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n" +
        "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=6\r\n" +
        "--Encrypted Boundary\r\n" +
        "\tContent-Type: application/octet-stream\r\n" +
        "\x10\0\0\0" +
        "\x01\0\0\0\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18\0\0\0\0" +
        "\0\xff\x10\x80MZ" +
        "--Encrypted Boundary--\r\n",
    );
  });

  test("comes back whole, whatever bytes it holds, the boundary's too", () => {
    const hostile = fc.constantFrom(
      "--Encrypted Boundary--\r\n",
      "--Encrypted Boundary\r\n",
      "\tContent-Type: application/octet-stream\r\n",
      ";Length=1\r\n",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc.array(hostile, { maxLength: 4 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
    );
    fc.assert(
      fc.property(bytes, bytes, (signature, sealed) => {
        const { contentType, body } = encodeEncrypted(PROTOCOL, { signature, sealed });
        const decoded = decodeEncrypted(contentType, body);
        assert.deepEqual(decoded, { signature, sealed });
      }),
    );
  });
});

suite("a frame that is received", () => {
  const styles: Readonly<Record<string, Style>> = {
    "with tabs and one CRLF at the end": {},
    "without tabs": { tab: "" },
    "with a blank after the dashes": { boundary: "-- Encrypted Boundary" },
    "with several CRLFs at the end": { trailer: "\r\n\r\n\r\n" },
    "without a CRLF at the end": { trailer: "" },
    "with a lower-case length": { length: `length=${SEALED.length}` },
  };
  for (const [name, style] of Object.entries(styles)) {
    test(`is read ${name}`, () => {
      const decoded = decodeEncrypted(TYPE, frame(SEALED, style));
      assert.deepEqual(decoded, { signature: SIGNATURE, sealed: SEALED });
    });
  }

  test("may name its boundary without quotes, or not at all", () => {
    const body = frame(SEALED, { boundary: "--xyz" });
    for (const type of ["multipart/encrypted;boundary=xyz", 'multipart/encrypted;boundary="xyz";charset=x']) {
      assert.deepEqual(decodeEncrypted(type, body).sealed, SEALED);
    }
    assert.deepEqual(decodeEncrypted("multipart/encrypted;protocol=x", frame(SEALED)).sealed, SEALED);
  });

  test("is refused when it ends early, at whatever byte", () => {
    const sealed = Buffer.from("sealed --Encrypted Boundary--\r\n bytes");
    const whole = frame(sealed);
    const complete = whole.length - 2;
    for (let length = 0; length < whole.length; length += 1) {
      if (length !== complete) refuses(whole.subarray(0, length), `cut at ${length}`);
    }
    assert.equal(decodeEncrypted(TYPE, whole.subarray(0, complete)).sealed.toString(), sealed.toString());
  });

  test("is refused when a length does not fit", () => {
    for (const length of [
      "Length=5",
      "Length=7",
      "Length=999999999",
      "Length=9999999999",
      "Length=-6",
      "Length=",
      "Size=6",
    ]) {
      refuses(frame(SEALED, { length }), length);
    }
    for (const signatureLength of [0, 15, 17, 4096, 4097, 0x7fffffff, 0xffffffff]) {
      refuses(frame(SEALED, { signatureLength }), String(signatureLength));
    }
  });

  test("is refused with anything after the end, or under another boundary", () => {
    refuses(frame(SEALED, { trailer: "\r\nmore" }), "more");
    refuses(frame(SEALED, { trailer: "\0" }), "NUL");
    refuses(frame(SEALED, { boundary: "--Other" }), "another boundary");
    refuses(Buffer.concat([Buffer.from("x"), frame(SEALED)]), "something before");
  });

  test("gives a frame or a typed error, whatever the bytes", () => {
    const whole = frame(SEALED);
    const mutated = fc
      .tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 }))
      .map(([at, bytes]) => Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + bytes.length)]));
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array().map((array) => Buffer.from(array)),
        ),
        (body) => {
          try {
            decodeEncrypted(TYPE, body);
          } catch (error) {
            assert.ok(isWinrmError(error) && error.code === "WINRM_E_PROTOCOL", String(error));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("the media type of sealed messages is told from others", () => {
  for (const type of [TYPE, ' Multipart/Encrypted ;boundary="x"']) assert.equal(isEncryptedType(type), true, type);
  for (const type of [
    "",
    "application/soap+xml",
    "multipart/mixed;x",
    "x/multipart/encrypted;",
    "multipart/encryptedx;",
  ]) {
    assert.equal(isEncryptedType(type), false, type);
  }
});
