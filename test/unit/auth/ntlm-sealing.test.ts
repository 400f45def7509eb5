import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { SealedMessage } from "../../../provider/auth/auth-context";
import { NTLM_FLAGS } from "../../../provider/auth/ntlm/flags";
import { NtlmSealing, sealKey, signKey } from "../../../provider/auth/ntlm/sealing";
import { derivedVectors, hex, type SealVector, specVectors } from "./vectors";

const spec = specVectors();
const KEY = hex(spec.randomSessionKey);
const FLAGS = 0xe2888235;
const WITHOUT_KEY_EXCHANGE = FLAGS & ~NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH;
const REFUSED = { code: "WINRM_E_MESSAGE_INTEGRITY" };

function pair(flags = FLAGS): { client: NtlmSealing; server: NtlmSealing } {
  return {
    client: new NtlmSealing({ exportedSessionKey: KEY, flags, role: "initiate" }),
    server: new NtlmSealing({ exportedSessionKey: KEY, flags, role: "accept" }),
  };
}

function matches(sealed: SealedMessage, vector: SealVector): void {
  assert.equal(sealed.sealed.toString("hex"), vector.sealed);
  assert.equal(sealed.signature.toString("hex"), vector.signature);
}

suite("sealing against published vectors", () => {
  test("the sign and seal keys are those of [MS-NLMP] 4.2.4.4, for 128 and 56 bits", () => {
    const only56 = FLAGS & ~NTLM_FLAGS.NTLMSSP_NEGOTIATE_128;
    assert.equal(signKey(KEY, "client-to-server").toString("hex"), spec.keys.clientSign);
    assert.equal(signKey(KEY, "server-to-client").toString("hex"), spec.keys.serverSign);
    assert.equal(sealKey(KEY, "client-to-server", FLAGS).toString("hex"), spec.keys.clientSeal);
    assert.equal(sealKey(KEY, "server-to-client", FLAGS).toString("hex"), spec.keys.serverSeal);
    assert.equal(sealKey(KEY, "client-to-server", only56).toString("hex"), spec.keys.clientSeal56);
    assert.equal(sealKey(KEY, "server-to-client", only56).toString("hex"), spec.keys.serverSeal56);
  });

  test("messages in both directions are sealed to the published bytes, and opened", () => {
    const { client, server } = pair();
    const { clientToServer, serverToClient } = derivedVectors().continuedSeals;
    for (const vector of [spec.seal, ...clientToServer]) {
      const sealed = client.seal(hex(vector.plain));
      matches(sealed, vector);
      assert.equal(server.unseal(sealed).toString("hex"), vector.plain);
    }
    for (const vector of serverToClient) {
      const sealed = server.seal(hex(vector.plain));
      matches(sealed, vector);
      assert.equal(client.unseal(sealed).toString("hex"), vector.plain);
    }
  });

  test("without key exchange the checksum is not encrypted", () => {
    const { client } = pair(WITHOUT_KEY_EXCHANGE);
    const { plain, sealed, signatureWithoutKeyExchange: signature } = spec.seal;
    matches(client.seal(hex(plain)), { plain, sealed, signature });
  });
});

suite("sealing between two sides", () => {
  test("any messages pass in both directions, in any mix", () => {
    const messages = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 })), { maxLength: 30 });
    fc.assert(
      fc.property(messages, fc.constantFrom(FLAGS, WITHOUT_KEY_EXCHANGE), (mix, flags) => {
        const { client, server } = pair(flags);
        for (const [fromClient, plain] of mix) {
          const [from, to] = fromClient ? [client, server] : [server, client];
          assert.deepEqual(to.unseal(from.seal(plain)), Buffer.from(plain));
        }
      }),
    );
  });

  test("the message given is not changed, and the sealed one does not show it", () => {
    const { client } = pair();
    const plain = Buffer.from("Plain 1");
    const { sealed } = client.seal(plain);
    assert.equal(plain.toString(), "Plain 1");
    assert.notDeepEqual(sealed, plain);
  });

  test("a message with any bit changed is refused", () => {
    const place = fc.tuple(fc.nat(), fc.nat(7));
    fc.assert(
      fc.property(fc.uint8Array(), place, (plain, [at, bit]) => {
        const { client, server } = pair();
        const { signature, sealed } = client.seal(plain);
        const whole = Buffer.concat([signature, sealed]);
        whole[at % whole.length]! ^= 1 << bit;
        assert.throws(() => server.unseal({ signature: whole.subarray(0, 16), sealed: whole.subarray(16) }), REFUSED);
      }),
    );
  });

  test("a message that comes twice is refused", () => {
    const { client, server } = pair();
    const message = client.seal(Buffer.from("once"));
    server.unseal(message);
    assert.throws(() => server.unseal(message), { ...REFUSED, message: /sequence/ });
  });

  test("messages in the wrong order are refused", () => {
    const { client, server } = pair();
    client.seal(Buffer.from("first"));
    const second = client.seal(Buffer.from("second"));
    assert.throws(() => server.unseal(second), { ...REFUSED, message: /sequence/ });
  });

  test("a message sent back to its sender is refused", () => {
    const { client } = pair();
    const message = client.seal(Buffer.from("mine"));
    assert.throws(() => client.unseal(message), REFUSED);
  });

  test("a truncated message, a truncated signature and a longer message are refused", () => {
    const changes: ((message: SealedMessage) => SealedMessage)[] = [
      ({ signature, sealed }) => ({ signature, sealed: sealed.subarray(0, -1) }),
      ({ signature, sealed }) => ({ signature: signature.subarray(0, 15), sealed }),
      ({ sealed }) => ({ signature: Buffer.alloc(0), sealed }),
      ({ signature, sealed }) => ({ signature, sealed: Buffer.concat([sealed, Buffer.alloc(1)]) }),
    ];
    for (const change of changes) {
      const { client, server } = pair();
      const message = change(client.seal(Buffer.from("whole")));
      assert.throws(() => server.unseal(message), REFUSED);
    }
  });

  test("after one message that was refused nothing is opened any more", () => {
    const { client, server } = pair();
    const good = client.seal(Buffer.from("good"));
    assert.throws(() => server.unseal({ ...good, signature: Buffer.alloc(0) }), REFUSED);
    assert.throws(() => server.unseal(good), REFUSED);
  });

  test("another session key opens nothing", () => {
    const { client } = pair();
    const server = new NtlmSealing({ exportedSessionKey: Buffer.alloc(16), flags: FLAGS, role: "accept" });
    assert.throws(() => server.unseal(client.seal(Buffer.from("secret"))), REFUSED);
  });
});
