/** The structures of RFC 2744 as bytes, in both layouts that 64-bit systems have; the numbers are those of a C compiler. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { layoutOf, Memory } from "../../../../provider/auth/kerberos/memory";

/** A library that only tells where memory of ours is: each block at an address of its own. */
class Addresses {
  readonly #blocks: Buffer[] = [];

  addressOf(memory: Buffer): bigint {
    if (!this.#blocks.includes(memory)) this.#blocks.push(memory);
    return BigInt(0x1000 * (1 + this.#blocks.indexOf(memory)));
  }

  at(address: bigint): Buffer {
    const block = this.#blocks[Number(address) / 0x1000 - 1];
    assert.ok(block !== undefined, `nothing is at ${address}`);
    return block;
  }
}

const OID = "2a864886f712010202";
const SYSTEMS = [
  { name: "Linux", layout: layoutOf("linux", "x64"), oid: [8, 16], keyValues: [8, 16], bindings: [48, 64] },
  { name: "macOS on ARM", layout: layoutOf("darwin", "arm64"), oid: [8, 16], keyValues: [8, 16], bindings: [48, 64] },
  {
    name: "macOS on x86_64, whose headers pack to 2 bytes",
    layout: layoutOf("darwin", "x64"),
    oid: [4, 12],
    keyValues: [4, 12],
    bindings: [40, 56],
  },
] as const;

for (const { name, layout, oid, keyValues, bindings } of SYSTEMS) {
  suite(`memory for the library of ${name}`, () => {
    const start = () => {
      const addresses = new Addresses();
      return { addresses, memory: new Memory(addresses, layout) };
    };

    test("an object identifier and a set of one", () => {
      const { addresses, memory } = start();
      const set = memory.oidSet(OID);
      assert.deepEqual([set.length, set.readBigUInt64LE(0)], [16, 1n]);
      const element = addresses.at(set.readBigUInt64LE(8));
      const [elements, size] = oid;
      assert.deepEqual([element.length, element.readUInt32LE(0)], [size, 9]);
      assert.equal(addresses.at(element.readBigUInt64LE(elements)).toString("hex"), OID);
    });

    test("names and values of a credential store", () => {
      const { addresses, memory } = start();
      const [elements, size] = keyValues;
      const set = memory.keyValues({ ccache: "FILE:/c", client_keytab: "/k" });
      assert.deepEqual([set.length, set.readUInt32LE(0)], [size, 2]);
      const pairs = addresses.at(set.readBigUInt64LE(elements));
      const texts = [0, 8, 16, 24].map((at) => addresses.at(pairs.readBigUInt64LE(at)).toString("latin1"));
      assert.deepEqual(texts, ["ccache\0", "FILE:/c\0", "client_keytab\0", "/k\0"]);
    });

    test("channel bindings have empty addresses, and the application data last", () => {
      const { addresses, memory } = start();
      const [at, size] = bindings;
      const structure = memory.channelBindings(Buffer.from("tls-server-end-point:x"));
      assert.equal(structure.length, size);
      assert.ok(structure.subarray(0, at).every((byte) => byte === 0));
      assert.equal(structure.readBigUInt64LE(at), 22n);
      assert.equal(addresses.at(structure.readBigUInt64LE(at + 8)).toString(), "tls-server-end-point:x");
    });
  });
}
