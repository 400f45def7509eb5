/** What is handed to secur32.dll, byte by byte, by a stand-in for it; how it answers is in test/peers/kerberos/sspi.test.ts. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createKerberosContext, type KerberosOptions } from "../../../../provider/auth/kerberos/client";
import { KerberosError } from "../../../../provider/auth/kerberos/errors";
import type { Argument } from "../../../../provider/auth/kerberos/ffi/library";
import { openSecur32, type Secur32 } from "../../../../provider/auth/kerberos/sspi/secur32";
import { protectsMechList } from "../../../../provider/auth/spnego/mech-list";

const PASSWORD = "made-up pässword";
const ALICE = { kind: "password", principal: "alice@WINRM.TEST", password: PASSWORD } as const;
const CONTINUE = 0x0009_0312;
const ALL_FLAGS = 0x1_001e;

interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
}

/** Memory by made-up addresses, calls on record, and answers by function. */
class Windows {
  readonly calls: Call[] = [];
  readonly #memory = new Map<bigint, Buffer>();
  answer: (call: Call) => number = () => 0;
  readonly library: Secur32 = openSecur32(() => ({
    config: () => undefined,
    address: (memory: Buffer) => {
      const known = [...this.#memory].find(([, block]) => block === memory)?.[0];
      const address = known ?? BigInt(this.#memory.size + 1) * 0x100_0000n;
      this.#memory.set(address, memory);
      return address;
    },
    load: (file: string) => {
      assert.equal(file, "secur32.dll");
      return {
        func: (name: string) => {
          const run = (...args: Argument[]): number => {
            const call = { name, args };
            this.calls.push(call);
            return this.answer(call) | 0;
          };
          const async = (...all: [...Argument[], (error: null, status: number) => void]) => {
            const done = all.pop() as (error: null, status: number) => void;
            const status = run(...(all as Argument[]));
            setImmediate(() => {
              done(null, status);
            });
          };
          return Object.assign(run, { async });
        },
      };
    },
  }));

  at(address: bigint): Buffer {
    return this.#memory.get(address) ?? assert.fail(`nothing at ${address}`);
  }

  /** The buffers of a `SecBufferDesc`. */
  buffers(descriptor: Argument | undefined): { type: number; bytes: Buffer; list: Buffer; offset: number }[] {
    assert.ok(Buffer.isBuffer(descriptor));
    assert.equal(descriptor.readUInt32LE(0), 0);
    const list = this.at(descriptor.readBigUInt64LE(8));
    return Array.from({ length: descriptor.readUInt32LE(4) }, (_, index) => {
      const offset = index * 16;
      const bytes = this.at(list.readBigUInt64LE(offset + 8)).subarray(0, list.readUInt32LE(offset));
      return { type: list.readUInt32LE(offset + 4), bytes, list, offset };
    });
  }

  named(name: string): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  context(options: Partial<KerberosOptions> = {}) {
    const secur32 = () => this.library;
    return createKerberosContext({
      ...{ host: "h.winrm.test", credential: ALICE, platform: "win32", secur32 },
      ...options,
    });
  }
}

/** A service that takes one token and answers with one. */
function accepting(windows: Windows, attributes = ALL_FLAGS): void {
  windows.answer = ({ name, args }) => {
    if (name === "QueryContextAttributesW") {
      (args[2] as Buffer).writeUInt32LE(64, 4);
      (args[2] as Buffer).writeUInt32LE(60, 12);
    }
    if (name !== "InitializeSecurityContextW") return 0;
    const [output] = windows.buffers(args[9]);
    assert.ok(output);
    (args[10] as Buffer).writeUInt32LE(attributes);
    if (args[1] !== null) {
      output.list.writeUInt32LE(0, output.offset);
      return 0;
    }
    output.bytes.write("token");
    output.list.writeUInt32LE(5, output.offset);
    return CONTINUE;
  };
}

suite("Kerberos through SSPI", () => {
  test("a password goes as SEC_WINNT_AUTH_IDENTITY_W, with the realm as the domain, and its memory is emptied", async () => {
    const windows = new Windows();
    accepting(windows);
    const seen: string[] = [];
    const then = windows.answer;
    const secrets: Buffer[] = [];
    windows.answer = (call) => {
      if (call.name === "AcquireCredentialsHandleW") {
        const [, name, use, , identity] = call.args;
        assert.equal((name as Buffer).toString("utf16le"), "Kerberos\0");
        assert.equal(use, 2);
        assert.ok(Buffer.isBuffer(identity) && identity.length === 48);
        for (const offset of [0, 16, 32]) {
          const text = windows.at(identity.readBigUInt64LE(offset));
          secrets.push(text);
          seen.push(text.subarray(0, identity.readUInt32LE(offset + 8) * 2).toString("utf16le"));
        }
        assert.equal(identity.readUInt32LE(44), 2);
      }
      return then(call);
    };
    await windows.context().step();
    assert.deepEqual(seen, ["alice", "WINRM.TEST", PASSWORD]);
    for (const secret of secrets) assert.ok(secret.every((byte) => byte === 0));
  });

  test("a user principal name goes whole, and no credentials are the running account", async () => {
    const windows = new Windows();
    accepting(windows);
    const enterprise = { ...ALICE, principal: "alice@suffix.test", enterprise: true };
    const then = windows.answer;
    const users: (string | null)[] = [];
    windows.answer = (call) => {
      const identity = call.args[4];
      if (call.name === "AcquireCredentialsHandleW") {
        users.push(Buffer.isBuffer(identity) ? windows.at(identity.readBigUInt64LE(0)).toString("utf16le") : null);
      }
      return then(call);
    };
    await windows.context({ credential: enterprise }).step();
    await windows.context({ credential: { ...enterprise, principal: "alice@suffix.test@WINRM.TEST" } }).step();
    await windows.context({ credential: { kind: "default" } }).step();
    assert.deepEqual(users, ["alice@suffix.test\0", "alice@suffix.test\0", null]);
  });

  test("asks for a mutual, sealed context to the SPN, bound to the channel by SEC_CHANNEL_BINDINGS", async () => {
    const windows = new Windows();
    accepting(windows);
    const channelBinding = Buffer.from("tls-server-end-point:0123");
    const context = windows.context({ channelBinding, credential: { kind: "default" } });
    assert.deepEqual(await context.step(), { token: Buffer.from("token"), done: false });
    assert.deepEqual(await context.step(Buffer.from("answer")), { done: true });
    const [first, second, ...more] = windows.named("InitializeSecurityContextW");
    assert.equal(more.length, 0);
    assert.equal((first!.args[2] as Buffer).toString("utf16le"), "HTTP/h.winrm.test\0");
    assert.deepEqual([first?.args[1], first?.args[3]], [null, ALL_FLAGS]);
    assert.equal(second?.args[1], first?.args[8]);
    const binding = Buffer.alloc(32);
    binding.writeUInt32LE(channelBinding.length, 24);
    binding.writeUInt32LE(32, 28);
    const shown = (call: Call | undefined) =>
      windows.buffers(call?.args[6]).map(({ type, bytes }) => ({ type, bytes }));
    const bound = { type: 14, bytes: Buffer.concat([binding, channelBinding]) };
    assert.deepEqual(shown(first), [bound]);
    assert.deepEqual(shown(second), [{ type: 2, bytes: Buffer.from("answer") }, bound]);
    context.dispose();
    context.dispose();
    assert.equal(windows.named("DeleteSecurityContext").length, 1);
  });

  test("a context that is not mutual or not sealed is refused", async () => {
    for (const missing of [2, 4, 8, 0x10, 0x1_0000]) {
      const windows = new Windows();
      accepting(windows, ALL_FLAGS & ~missing);
      const context = windows.context();
      await context.step();
      await assert.rejects(context.step(Buffer.from("answer")), { reason: "not-mutual" });
      await assert.rejects(context.step(), { code: "WINRM_E_INTERNAL" });
    }
  });

  /** A context that its owner gives up while Windows works on this call. */
  function givenUpDuring(name: string) {
    const windows = new Windows();
    accepting(windows);
    const context = windows.context({ credential: { kind: "default" } });
    const then = windows.answer;
    windows.answer = (call) => {
      if (call.name === name) context.dispose();
      return then(call);
    };
    return { windows, context };
  }

  test("a logon that is given up while Windows works on it ends, and its context is given back", async () => {
    const { windows, context } = givenUpDuring("InitializeSecurityContextW");
    await assert.rejects(context.step(), { code: "WINRM_E_CANCELLED" });
    assert.equal(windows.named("DeleteSecurityContext").length, 1);
    await assert.rejects(context.step(), { code: "WINRM_E_INTERNAL" });
  });

  test("a logon that is given up while its credential is fetched asks for no ticket", async () => {
    const { windows, context } = givenUpDuring("AcquireCredentialsHandleW");
    await assert.rejects(context.step(), { code: "WINRM_E_CANCELLED" });
    assert.deepEqual(windows.named("InitializeSecurityContextW"), []);
  });

  test("the context never asks to delegate the caller's credential to the host", async () => {
    const windows = new Windows();
    accepting(windows);
    const context = windows.context({ credential: { kind: "default" } });
    await context.step();
    assert.equal((await context.step(Buffer.from("answer"))).done, true);
    const flags = windows.named("InitializeSecurityContextW").map(({ args }) => args[3]);
    assert.deepEqual(flags, [ALL_FLAGS, ALL_FLAGS]);
  });

  test("the list of mechanisms is signed by MakeSignature and checked by VerifySignature over TOKEN and DATA", async () => {
    const windows = new Windows();
    accepting(windows);
    const context = windows.context();
    await context.step();
    await context.step(Buffer.from("answer"));
    const sealing = context.protection();
    assert.ok(protectsMechList(sealing));
    const list = Buffer.from("list of mechanisms");
    let status = 0;
    windows.answer = ({ name, args }) => {
      const [token, data, ...rest] = windows.buffers(args[name === "MakeSignature" ? 2 : 1]);
      assert.ok(token && data && rest.length === 0);
      assert.deepEqual([token.type, data.type, data.bytes], [2, 1, list]);
      if (name === "MakeSignature") token.list.writeUInt32LE(token.bytes.write("mic"), token.offset);
      else assert.equal(token.bytes.toString(), "mic");
      return status;
    };
    const mic = sealing.signMechList(list);
    assert.equal(mic.toString(), "mic");
    sealing.verifyMechList(list, mic);
    status = 0x8009_030f; // SEC_E_MESSAGE_ALTERED
    assert.throws(
      () => {
        sealing.verifyMechList(list, mic);
      },
      { code: "WINRM_E_MESSAGE_INTEGRITY" },
    );
    assert.deepEqual(
      windows.calls.slice(-3).map(({ name }) => name),
      ["MakeSignature", "VerifySignature", "VerifySignature"],
    );
  });

  test("messages are sealed as TOKEN and DATA; one that cannot be opened, or is only signed, ends the opening", async () => {
    const windows = new Windows();
    accepting(windows);
    const context = windows.context();
    await context.step();
    await context.step(Buffer.from("answer"));
    let [quality, status] = [0, 0];
    windows.answer = ({ name, args }) => {
      const [token, data, ...rest] = windows.buffers(args[name === "EncryptMessage" ? 2 : 1]);
      assert.ok(token && data && rest.length === 0);
      assert.deepEqual([token.type, data.type], [2, 1]);
      if (name === "EncryptMessage") token.list.writeUInt32LE(token.bytes.write("header"), token.offset);
      else (args[3] as Buffer).writeUInt32LE(quality);
      for (let index = 0; index < data.bytes.length; index++) data.bytes[index] = (data.bytes[index] ?? 0) ^ 0xff;
      return status;
    };
    const plain = Buffer.from("message");
    const sealing = context.protection();
    assert.ok(!("deferred" in sealing));
    const sealed = sealing.seal(plain);
    assert.equal(sealed.signature.toString(), "header");
    assert.equal(plain.toString(), "message");
    assert.deepEqual(sealing.unseal(sealed), plain);
    quality = 0x8000_0001;
    assert.throws(() => sealing.unseal(sealed), { code: "WINRM_E_MESSAGE_INTEGRITY" });
    [quality, status] = [0, 0];
    assert.throws(() => sealing.unseal(sealed), { code: "WINRM_E_MESSAGE_INTEGRITY" });
  });

  test("a refused password is one logon at the domain, however many hosts ask at once", async () => {
    const windows = new Windows();
    windows.answer = ({ name }) => (name === "InitializeSecurityContextW" ? 0x8009_030c : 0);
    const hosts = ["a", "b", "c"].map((host) => windows.context({ host }).step());
    for (const result of await Promise.allSettled(hosts)) {
      assert.ok(result.status === "rejected" && result.reason instanceof KerberosError);
      assert.equal(result.reason.code, "WINRM_E_LOGON_DENIED");
      assert.match(result.reason.message, /alice@WINRM\.TEST[^]*SSPI 0x8009030C/);
      assert.ok(!result.reason.message.includes(PASSWORD));
    }
    assert.equal(windows.named("InitializeSecurityContextW").length, 1);
    assert.equal(windows.named("FreeCredentialsHandle").length, 1);
  });

  test("no failure on Windows speaks of what Windows does not have", async () => {
    const statuses = [
      ...[0x8009_0303, 0x8009_0308, 0x8009_030c, 0x8009_030d, 0x8009_030e, 0x8009_0311, 0x8009_0317, 0x8009_0322],
      ...[0x8009_0324, 0x8009_0331, 0x8009_0346, 0xc000_006d, 0xc000_006e, 0xc000_0071, 0xc000_0072, 0xc000_0193],
    ];
    for (const status of statuses) {
      const windows = new Windows();
      windows.answer = ({ name }) => (name === "InitializeSecurityContextW" ? status : 0);
      await assert.rejects(windows.context().step(), ({ message, context }: KerberosError) => {
        const shown = [message, ...(context.causes ?? []), context.remedy].join("\n");
        assert.match(shown, new RegExp(`SSPI 0x${status.toString(16)}`, "i"));
        assert.doesNotMatch(shown, /kinit|keytab|krb5\.conf|KRB5|klist -k/);
        return true;
      });
    }
  });

  test("a host that the domain does not know is no fault of the account", async () => {
    const windows = new Windows();
    accepting(windows);
    const then = windows.answer;
    windows.answer = (call) => {
      const target = call.args[2];
      const unknown = Buffer.isBuffer(target) && target.toString("utf16le").startsWith("HTTP/no");
      return unknown ? 0x8009_0303 : then(call);
    };
    const [no, yes] = await Promise.allSettled([
      windows.context({ host: "no" }).step(),
      windows.context({ host: "yes" }).step(),
    ]);
    assert.equal(no.status === "rejected" && (no.reason as KerberosError).reason, "unknown-service");
    assert.equal(yes.status, "fulfilled");
  });

  test("keytabs, named caches and passwords that cannot be one are refused before Windows is asked", async () => {
    const windows = new Windows();
    const rows = [
      [{ kind: "keytab", principal: "a@B", keytab: "C:\\a.keytab" }, /keytab/],
      [{ kind: "cache", cache: "FILE:x" }, /cache/],
      [{ ...ALICE, password: "" }, /password/],
      [{ ...ALICE, password: "a\0b" }, /NUL/],
      [{ ...ALICE, principal: "W\\alice" }, /backslash/],
    ] as const;
    for (const [credential, message] of rows) {
      await assert.rejects(windows.context({ credential }).step(), { message });
    }
    assert.deepEqual(windows.calls, []);
  });
});
