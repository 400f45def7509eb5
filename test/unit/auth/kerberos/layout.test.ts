/** GSSAPI's structures as the headers of each system lay them out, and what is loaded and missing on macOS. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import koffi from "koffi";
import { acquireCredential } from "../../../../provider/auth/kerberos/gss/acquire";
import { Gss, GSS_FLAGS } from "../../../../provider/auth/kerberos/gss/gssapi";
import { Memory } from "../../../../provider/auth/kerberos/gss/memory";
import { type NativeGss, openNativeGss } from "../../../../provider/auth/kerberos/gss/native";
import { isWinrmError } from "../../../../provider/errors";

const KRB5 = "2a864886f712010202";
const BINDING = Buffer.from("tls-server-end-point:0123", "ascii");

/**
 * The structures as koffi lays them out: `struct` as a C compiler does, `pack` without gaps. Packing to 2 bytes leaves none
 * either, because every field is 4 or 8 bytes.
 */
function structures(make: typeof koffi.struct) {
  const buffer = make({ length: "size_t", value: "void *" });
  return {
    oid: make({ length: "uint32", elements: "void *" }),
    oidSet: make({ count: "size_t", elements: "void *" }),
    buffer,
    bindings: make({
      initiator_addrtype: "uint32",
      initiator_address: buffer,
      acceptor_addrtype: "uint32",
      acceptor_address: buffer,
      application_data: buffer,
    }),
  };
}

const NATURAL = structures(koffi.struct.bind(koffi));
const PACKED = structures(koffi.pack.bind(koffi));

/**
 * macOS: `gssapi.h` of GSS.framework in the SDKs of 10.15 and 11, which begins with `#pragma pack(push,2)` "#if
 * defined(__APPLE__) && (defined(__ppc__) || defined(__ppc64__) || defined(__i386__) || defined(__x86_64__))". Elsewhere:
 * `gssapi.hin` of MIT and `gssapi.h` of Heimdal, which pack on Apple's systems only.
 */
const SYSTEMS = [
  ["linux", "x64", NATURAL, { oid: [8, 16], data: 48, size: 64 }],
  ["linux", "arm64", NATURAL, { oid: [8, 16], data: 48, size: 64 }],
  ["freebsd", "x64", NATURAL, { oid: [8, 16], data: 48, size: 64 }],
  ["darwin", "arm64", NATURAL, { oid: [8, 16], data: 48, size: 64 }],
  ["darwin", "x64", PACKED, { oid: [4, 12], data: 40, size: 56 }],
] as const;

const APPLE = "/System/Library/Frameworks/GSS.framework/GSS";

/** Of what GSS.framework exports in the macOS 11.3 SDK (`GSS.tbd`), the functions that RFC 2744 and RFC 5588 have. */
const APPLE_EXPORTS = [
  ...["gss_accept_sec_context", "gss_acquire_cred", "gss_acquire_cred_with_password", "gss_add_cred"],
  ...["gss_canonicalize_name", "gss_compare_name", "gss_context_time", "gss_delete_sec_context", "gss_display_name"],
  ...["gss_display_status", "gss_duplicate_name", "gss_export_name", "gss_get_mic", "gss_import_name"],
  ...["gss_indicate_mechs", "gss_init_sec_context", "gss_inquire_context", "gss_inquire_cred", "gss_release_buffer"],
  ...["gss_release_cred", "gss_release_name", "gss_release_oid_set", "gss_unwrap", "gss_verify_mic", "gss_wrap"],
];

/** A library whose functions succeed and do nothing. Those that are not among `exported` are not there. */
function open(platform: NodeJS.Platform, arch: string, exported = APPLE_EXPORTS) {
  const loaded: string[] = [];
  const called: string[] = [];
  const load = (path: string) => {
    loaded.push(path);
    return {
      func: (name: string) => {
        if (!exported.includes(name)) throw new Error(`Cannot find function '${name}' in shared library`);
        const run = () => {
          called.push(name);
          return 0;
        };
        type Done = (error: null, result: number) => void;
        return Object.assign(run, {
          async: (...args: unknown[]) => {
            (args.at(-1) as Done)(null, run());
          },
        });
      },
    };
  };
  const native: NativeGss = openNativeGss({ platform, arch, loadKoffi: () => ({ ...koffi, config: () => 0, load }) });
  return { native, loaded, called };
}

/** What the pointer at this offset leads to. */
function behind(memory: Buffer, offset: number, length: number): Buffer {
  return Buffer.from(koffi.view(memory.readBigUInt64LE(offset), length));
}

suite("GSSAPI's structures", () => {
  for (const [platform, arch, headers, { oid, data, size }] of SYSTEMS) {
    test(`are laid out on ${platform} (${arch}) as its headers say`, () => {
      assert.deepEqual([koffi.offsetof(headers.oid, "elements"), koffi.sizeof(headers.oid)], oid);
      assert.deepEqual([koffi.offsetof(headers.oidSet, "elements"), koffi.sizeof(headers.oidSet)], [8, 16]);
      assert.deepEqual([koffi.offsetof(headers.buffer, "value"), koffi.sizeof(headers.buffer)], [8, 16]);
      const [at, length] = [koffi.offsetof(headers.bindings, "application_data"), koffi.sizeof(headers.bindings)];
      assert.deepEqual([at, length], [data, size]);
    });

    test(`are written for ${platform} (${arch}) in that layout`, () => {
      const memory = new Memory(open(platform, arch).native);
      const identifier = memory.oid(KRB5);
      assert.equal(identifier.length, koffi.sizeof(headers.oid));
      assert.equal(identifier.readUInt32LE(0), 9);
      assert.equal(behind(identifier, koffi.offsetof(headers.oid, "elements"), 9).toString("hex"), KRB5);

      const set = memory.oidSet(KRB5);
      assert.deepEqual([set.length, set.readBigUInt64LE(0)], [koffi.sizeof(headers.oidSet), 1n]);
      const one = behind(set, koffi.offsetof(headers.oidSet, "elements"), koffi.sizeof(headers.oid));
      assert.equal(behind(one, koffi.offsetof(headers.oid, "elements"), 9).toString("hex"), KRB5);

      const bindings = memory.channelBindings(BINDING);
      const at = koffi.offsetof(headers.bindings, "application_data");
      assert.equal(bindings.length, koffi.sizeof(headers.bindings));
      assert.ok(bindings.subarray(0, at).every((byte) => byte === 0));
      assert.equal(bindings.readBigUInt64LE(at), BigInt(BINDING.length));
      const value = at + koffi.offsetof(headers.buffer, "value");
      assert.deepEqual(behind(bindings, value, BINDING.length), BINDING);

      for (const buffer of [memory.buffer(BINDING), memory.text(BINDING.toString())]) {
        assert.deepEqual([buffer.length, buffer.readBigUInt64LE(0)], [16, BigInt(BINDING.length)]);
        assert.deepEqual(behind(buffer, koffi.offsetof(headers.buffer, "value"), BINDING.length), BINDING);
      }
    });
  }

  // Of MIT's gssapi_ext.h, which no pack surrounds.
  test("that name a store of credentials are counted in 32 bits, with pairs of pointers behind", () => {
    const memory = new Memory(open("linux", "x64").native);
    const set = memory.keyValues({ ccache: "FILE:/c", client_keytab: "/k" });
    const header = koffi.struct({ count: "uint32", elements: "void *" });
    assert.equal(set.length, koffi.sizeof(header));
    assert.equal(set.readUInt32LE(0), 2);
    const pairs = behind(set, koffi.offsetof(header, "elements"), 32);
    const texts = ["ccache", "FILE:/c", "client_keytab", "/k"];
    texts.forEach((text, index) => {
      assert.equal(behind(pairs, index * 8, text.length + 1).toString(), `${text}\0`);
    });
    // What the addresses lead to lives as long as this.
    memory.wipe();
  });
});

suite("Kerberos on macOS", () => {
  for (const arch of ["x64", "arm64"]) {
    test(`is the system's GSS.framework and no other library (${arch})`, () => {
      assert.deepEqual(open("darwin", arch).loaded, [APPLE]);
    });
  }

  test("calls only what GSS.framework exports, for a password, the default cache and a principal of it", async () => {
    const { native, called } = open("darwin", "arm64");
    const gss = new Gss(native);
    await acquireCredential(gss, { kind: "password", principal: "a@R", password: "made-up" });
    await acquireCredential(gss, { kind: "cache", principal: "a@R" });
    const target = gss.importName("HTTP@web01", "hostBasedService");
    const context = gss.importName("stands for a context", "principal");
    const options = { credential: undefined, target, flags: GSS_FLAGS.MUTUAL, channelBinding: BINDING, names: {} };
    for (const use of [
      () => gss.initiate(undefined, options),
      () => gss.wrap(context, BINDING),
      () => gss.unwrap(context, BINDING),
      () => gss.sign(context, BINDING),
      () => {
        gss.verify(context, BINDING, BINDING);
      },
    ]) {
      // The library does nothing, so some of these fail, but never because a function is not there.
      await Promise.resolve()
        .then(use)
        .catch((error: unknown) => {
          assert.ok(isWinrmError(error) && error.code !== "WINRM_E_METHOD_UNSUPPORTED", String(error));
        });
    }
    const expected = [
      ...["gss_acquire_cred", "gss_acquire_cred_with_password", "gss_get_mic", "gss_import_name"],
      ...["gss_init_sec_context", "gss_unwrap", "gss_verify_mic", "gss_wrap"],
    ];
    assert.deepEqual([...new Set(called)].sort(), expected);
  });

  test("has no keytabs and no named caches, and says what to do instead", async () => {
    const gss = new Gss(open("darwin", "arm64").native);
    const message = /gss_acquire_cred_from[^]*macOS[^]*kinit -kt[^]*auth\.kerberos\.keytab[^]*auth\.kerberos\.cache/;
    for (const credential of [
      { kind: "keytab", principal: "a@R", keytab: "/k" },
      { kind: "cache", cache: "FILE:/c" },
      { kind: "cache", cache: "KCM:", principal: "a@R" },
    ] as const) {
      await assert.rejects(acquireCredential(gss, credential), { code: "WINRM_E_METHOD_UNSUPPORTED", message });
    }
  });
});
