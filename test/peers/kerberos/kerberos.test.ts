/** Our client against MIT Kerberos: its KDC, and its acceptor through python3-gssapi. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, suite, test, type TestContext } from "node:test";
import { assertTold } from "../../support/pages/diagnosis-table";
import {
  clientFailure,
  ClientProcess,
  GssPeer,
  type OpenRequest,
  PeerError,
  skipWithoutKerberos,
} from "./client-process";
import { HOST, PASSWORDS, Realm, REALM, type RealmEnv, SPN } from "./realm";

const skip = skipWithoutKerberos();
const MESSAGES = ["<s:Envelope/>", "", "the second message, longer: ☃".repeat(400), "x"].map((text) =>
  Buffer.from(text),
);
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;
const BOB = { kind: "password", principal: `bob@${REALM}`, password: PASSWORDS.bob } as const;
const FORMS = [
  { form: "kerberos", spnego: false },
  { form: "negotiate", spnego: true },
] as const;

let realm: Realm;
before(async () => {
  if (skip === false) realm = await Realm.start();
});
after(async () => {
  if (skip === false) await realm.stop();
});

function client(t: TestContext, env: RealmEnv = realm.env()): ClientProcess {
  const process = new ClientProcess(env);
  t.after(() => process.stop());
  return process;
}

async function acceptor(
  t: TestContext,
  options: { env?: RealmEnv; spnego?: boolean; bindings?: Buffer } = {},
): Promise<GssPeer> {
  const mechs = options.spnego === true ? (["spnego"] as const) : (["krb5"] as const);
  const peer = await GssPeer.start("accept", options.env ?? realm.env(), { ...options, mechs });
  t.after(() => peer.stop());
  return peer;
}

const request = (options: Partial<OpenRequest["options"]> = {}): OpenRequest => ({
  options: { host: HOST, credential: ALICE, ...options },
});

async function logOn(ours: ClientProcess, peer: GssPeer, open: OpenRequest = request(), id = "1") {
  await ours.open(open, id);
  const first = await ours.step(undefined, id);
  assert.equal(first.done, false);
  const answer = await peer.step(first.token);
  assert.equal(answer.done, true);
  assert.deepEqual(await ours.step(answer.token, id), { done: true });
  return answer;
}

const binding = (text: string): Buffer => Buffer.from(`tls-server-end-point:${text}`, "ascii");
const OURS = binding("0123456789abcdef0123456789abcdef");
const OTHER = binding("fedcba9876543210fedcba9876543210");
const CHANNEL_BOUND = 0x800;

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

suite("our client against the acceptor of MIT Kerberos", { skip }, () => {
  for (const { form, spnego } of FORMS) {
    test(`a password gives a mutual context in the form ${form}, and messages pass sealed in both directions`, async (t) => {
      const [ours, peer] = [client(t), await acceptor(t, { spnego })];
      const answer = await logOn(ours, peer, { ...request(), spnego });
      assert.equal(answer.peer, ALICE.principal);
      assert.equal(answer.flags & 62, 62);
      for (const message of MESSAGES) {
        assert.deepEqual(await peer.unseal(await ours.seal(message)), message);
        assert.deepEqual(await ours.unseal(await peer.seal(message)), message);
      }
    });

    test(`a channel binding is verified in the form ${form}, a wrong one refused, and none let in unbound`, async (t) => {
      const [ours, env] = [client(t), realm.env()];
      const bound = await logOn(ours, await acceptor(t, { env, spnego, bindings: OURS }), {
        ...request(),
        spnego,
        channelBinding: OURS.toString("hex"),
      });
      assert.equal(bound.flags & CHANNEL_BOUND, CHANNEL_BOUND);

      await ours.open({ ...request(), spnego, channelBinding: OTHER.toString("hex") });
      const wrong = await acceptor(t, { env, spnego, bindings: OURS });
      await assert.rejects(wrong.step((await ours.step()).token), /channel bindings/);

      const unbound = await logOn(ours, await acceptor(t, { env, spnego, bindings: OURS }), { ...request(), spnego });
      assert.equal(unbound.flags & CHANNEL_BOUND, 0);
    });
  }

  const headers = [
    ["aes256-sha1", 60],
    ["aes128-sha1", 60],
    ["aes128-sha2", 64],
    ["aes256-sha2", 72],
    ["rc4-hmac", 45],
  ] as const;
  for (const [enctypes, header] of headers) {
    test(`a message under ${enctypes} has a header of ${header} bytes, and a host reads header and data`, async (t) => {
      const ours = client(t, realm.env({ enctypes: `${enctypes} aes256-sha1` }));
      const peer = await acceptor(t, { env: realm.env({ enctypes }) });
      await logOn(ours, peer, request({ host: `${enctypes}.winrm.test` }));
      const padding = enctypes === "rc4-hmac" ? 1 : 0;
      for (const message of MESSAGES) {
        const sent = await ours.seal(message);
        if (message.length < 100) assert.equal(sent.signature.length, header);
        assert.equal(sent.sealed.length, message.length + padding);
        const read = await peer.unseal(sent);
        assert.deepEqual(read.subarray(0, message.length), message);
        const received = await peer.seal(message);
        assert.equal(received.sealed.length, message.length + padding);
        assert.deepEqual(await ours.unseal(received), message);
      }
    });
  }

  test("a message that was changed, repeated or left out is refused, and nothing is opened after it", async (t) => {
    const [ours, env] = [client(t), realm.env()];
    const changes = {
      header: (one: Buffer) => flipped(one, 20),
      sequence: (one: Buffer) => flipped(one, 15),
      flags: (one: Buffer) => flipped(one, 2),
    };
    for (const change of Object.values(changes)) {
      const peer = await acceptor(t, { env });
      await logOn(ours, peer);
      const { signature, sealed } = await peer.seal(Buffer.from("message"));
      await assert.rejects(ours.unseal({ signature: change(signature), sealed }), {
        code: "WINRM_E_MESSAGE_INTEGRITY",
      });
      await assert.rejects(ours.unseal({ signature, sealed }), { code: "WINRM_E_MESSAGE_INTEGRITY" });
    }
    const peer = await acceptor(t, { env });
    await logOn(ours, peer);
    const message = await peer.seal(Buffer.from("message"));
    await assert.rejects(ours.unseal({ ...message, sealed: flipped(message.sealed, 0) }), {
      code: "WINRM_E_MESSAGE_INTEGRITY",
    });

    const repeating = await acceptor(t, { env });
    await logOn(ours, repeating);
    const once = await repeating.seal(Buffer.from("message"));
    assert.equal((await ours.unseal(once)).toString(), "message");
    await assert.rejects(ours.unseal(once), { code: "WINRM_E_MESSAGE_INTEGRITY" });

    const skipping = await acceptor(t, { env });
    await logOn(ours, skipping);
    await skipping.seal(Buffer.from("left out"));
    await assert.rejects(ours.unseal(await skipping.seal(Buffer.from("next"))), { code: "WINRM_E_MESSAGE_INTEGRITY" });
  });

  test("a host that cannot prove its identity is refused", async (t) => {
    const ours = client(t);
    for (const answer of [undefined, Buffer.alloc(0)]) {
      await ours.open(request());
      await ours.step();
      const error = await clientFailure(ours.step(answer));
      assert.equal(error.reason, "not-mutual");
      assertTold("Kerberos: the host gives no proof of its identity", error, SPN);
    }
    await ours.open(request());
    const { token } = await (await acceptor(t)).step((await ours.step()).token);
    assert.ok(token);
    const changed = await clientFailure(ours.step(flipped(token, token.length - 1)));
    // The host's answer judges no password, whatever the number for it.
    assert.equal(changed.reason, "bad-token");
    assertTold("Kerberos: malformed response of the host", changed);
    await assert.rejects(ours.seal(Buffer.from("x")), { code: "WINRM_E_INTERNAL" });
  });

  test("a logon that is sent twice is refused the second time, and the client learns why", async (t) => {
    const [ours, env] = [client(t), realm.env()];
    await ours.open(request());
    const { token } = await ours.step();
    await (await acceptor(t, { env })).step(token);
    const refused = await failure((await acceptor(t, { env })).step(token));
    assert.match(refused.message, /replay/);
    const error = await clientFailure(ours.step(refused.token));
    assert.equal(error.reason, "replay");
    assertTold("Kerberos: sent twice (34)", error);
  });

  test("the exchange ends where it ends: more steps, or sealing before, are a defect of the caller", async (t) => {
    const ours = client(t);
    await ours.open(request());
    await assert.rejects(ours.seal(Buffer.from("x")), { code: "WINRM_E_INTERNAL" });
    await logOn(ours, await acceptor(t));
    await assert.rejects(ours.step(Buffer.from("x")), { code: "WINRM_E_INTERNAL" });
    await ours.ask({ op: "dispose", id: "1" });
    await ours.ask({ op: "dispose", id: "1" });
    await assert.rejects(ours.seal(Buffer.from("x")), { code: "WINRM_E_INTERNAL" });
  });
});

async function failure(step: Promise<unknown>): Promise<PeerError> {
  return step.then(
    () => assert.fail("the peer accepted it"),
    (error: unknown) => {
      assert.ok(error instanceof PeerError);
      return error;
    },
  );
}

suite("credentials, each in a process that is told nothing by its environment", { skip }, () => {
  const logsOnAs = async (t: TestContext, principal: string, open: OpenRequest, env = realm.env()): Promise<void> => {
    assert.equal((await logOn(client(t, env), await acceptor(t), open)).peer, principal);
  };

  test("a keytab needs no kinit and leaves no cache behind", async (t) => {
    const credential = { kind: "keytab", principal: ALICE.principal, keytab: realm.aliceKeytab } as const;
    await logsOnAs(t, ALICE.principal, request({ credential }));
    assert.equal(existsSync(`${realm.folder}/no-such-cache`), false);
  });

  test("a FILE cache is used by name, and the default one without", async (t) => {
    const cache = `FILE:${realm.folder}/file-cache`;
    realm.kinit("bob", cache);
    await logsOnAs(t, BOB.principal, request({ credential: { kind: "cache", cache } }));
    await logsOnAs(t, BOB.principal, request({ credential: { kind: "cache", cache, principal: BOB.principal } }));
    await logsOnAs(t, BOB.principal, request({ credential: { kind: "default" } }), realm.env({ cache }));
    const ours = client(t);
    await ours.open(request({ credential: { kind: "cache", cache, principal: ALICE.principal } }));
    await assert.rejects(ours.step(), { code: "WINRM_E_CREDENTIALS_REQUIRED", reason: "no-credential" });
  });

  test("several principals log on at the same time in one process, each as itself", async (t) => {
    const [ours, env] = [client(t), realm.env()];
    const keytab = { kind: "keytab", principal: ALICE.principal, keytab: realm.aliceKeytab } as const;
    const credentials = [ALICE, BOB, keytab, ALICE, BOB, keytab];
    const ids = credentials.map((_, index) => String(index));
    await ours.together(ids.map((id, index) => ({ op: "open", id, ...request({ credential: credentials[index]! }) })));
    const first = await ours.together(ids.map((id) => ({ op: "step", id })));
    for (const [index, id] of ids.entries()) {
      const peer = await acceptor(t, { env });
      const answer = await peer.step(Buffer.from(first[index]?.token ?? "", "hex"));
      assert.equal(answer.peer, credentials[index]?.principal);
      assert.deepEqual(await ours.step(answer.token, id), { done: true });
      assert.equal((await peer.unseal(await ours.seal(Buffer.from(id), id))).toString(), id);
    }
  });

  test("logons with one password at the same time ask the domain once", async (t) => {
    const ours = client(t);
    const before = count("AS_REQ", BOB.principal, "ISSUE");
    const ids = ["1", "2", "3", "4"];
    await ours.together(ids.map((id) => ({ op: "open", id, ...request({ credential: BOB }) })));
    const steps = await ours.together(ids.map((id) => ({ op: "step", id })));
    assert.ok(steps.every(({ token }) => typeof token === "string"));
    assert.equal(count("AS_REQ", BOB.principal, "ISSUE") - before, 1);
  });

  test("the SPN's service, host and realm can be set, so that a host is reached by its address", async (t) => {
    const spn = { host: HOST, realm: REALM };
    await logsOnAs(t, ALICE.principal, request({ host: "127.0.0.1", spn }));
    await logsOnAs(t, ALICE.principal, request({ host: "127.0.0.1", spn: { host: HOST } }));
    const ours = client(t);
    await ours.open(request({ spn: { service: "WSMAN" } }));
    await assert.rejects(ours.step(), { reason: "unknown-service", message: new RegExp(`WSMAN/${HOST}`) });
  });
});

/** Failures by their causes are in diagnosis.test.ts. */
suite("credentials that are refused", { skip }, () => {
  test("a wrong password is one failed logon at the domain, and is in no text", async (t) => {
    const before = count("PREAUTH_FAILED", ALICE.principal);
    const password = "wrong-and-secret";
    const ours = client(t);
    for (const id of ["1", "2", "3"]) await ours.open(request({ credential: { ...ALICE, password } }), id);
    const answers = await ours.together(["1", "2", "3"].map((id) => ({ op: "step", id })));
    for (const { error } of answers) {
      assert.ok(typeof error === "object");
      assert.deepEqual([error.code, error.reason], ["WINRM_E_LOGON_DENIED", "wrong-password"]);
      assert.doesNotMatch(error.shown, new RegExp(password));
    }
    assert.equal(count("PREAUTH_FAILED", ALICE.principal) - before, 1);
  });

  test("an empty password is refused before the domain is asked", async (t) => {
    const before = realm.log;
    const ours = client(t);
    await ours.open(request({ credential: { ...ALICE, password: "" } }));
    await assert.rejects(ours.step(), { code: "WINRM_E_CREDENTIALS_REQUIRED" });
    assert.equal(realm.log, before);
  });

  test("a Windows name is no principal, and is refused before the domain is asked", async (t) => {
    const ours = client(t);
    await ours.open(request({ credential: { ...ALICE, principal: "DOM\\alice" } }));
    await assert.rejects(ours.step(), { code: "WINRM_E_ARGUMENT" });
  });
});

/** Lines of the KDC's log with all of these words. */
function count(...words: readonly string[]): number {
  return realm.log.split("\n").filter((line) => words.every((word) => line.includes(word))).length;
}
