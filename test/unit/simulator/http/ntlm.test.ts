/** NTLM and message encryption on the simulated host. The client's token codec is pinned by published vectors. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { tlsServerEndPoint } from "../../../../provider/auth/channel-binding";
import {
  ADMIN,
  basic,
  faultCodes,
  getEnvelope,
  headerLines,
  NtlmWire,
  putEnvelope,
  SEALED_TYPE,
  startHost,
  wireTo,
} from "../wire";

const NEGOTIATE_OFF = putEnvelope(
  "/service/auth",
  "Auth",
  "<q:Negotiate>false</q:Negotiate><q:Kerberos>false</q:Kerberos>",
);

suite("NTLM on the simulated host", () => {
  test("takes two legs: a challenge on an open connection, then an empty 200", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    const last = await session.logOn();
    assert.deepEqual([last.status, last.body.length, last.headers["connection"]], [200, 0, undefined]);
    assert.deepEqual(headerLines(last, "WWW-Authenticate"), []);
    const entries = host.journal.entries();
    assert.deepEqual(
      entries.map(({ phase, status, connection, account }) => [phase, status, connection, account]),
      [
        ["handshake", 401, 1, undefined],
        ["handshake", 200, 1, "Administrator"],
      ],
    );
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("sends the challenge in exactly one line, with the host's own name in it", async (t) => {
    const host = await startHost(t, { name: "FILE7", config: { "service/auth/Basic": true } });
    const negotiate = Buffer.from(
      "4e544c4d535350000100000033828a62000000000000000000000000000000000a007c4f0000000f",
      "hex",
    );
    const answer = await new NtlmWire(wireTo(t, host.http!.url)).leg(negotiate);
    const [line, ...others] = headerLines(answer, "WWW-Authenticate");
    assert.equal(others.length, 0);
    const token = Buffer.from(/^Negotiate (\S+)$/.exec(line!)![1]!, "base64");
    assert.equal(token.toString("latin1", 0, 8), "NTLMSSP\0");
    assert.equal(token.readUInt32LE(8), 2);
    assert.ok(token.includes(Buffer.from("FILE7", "utf16le")));
  });

  test("answers a sealed message sealed, in the style of the request, and tolerates line ends after it", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    await session.logOn();
    for (const style of [{}, { tabs: false }, { trailer: "\r\n\r\n" }]) {
      const { status, text } = await session.send(getEnvelope("/service/auth"), style);
      assert.equal(status, 200);
      assert.match(text, /<cfg:Negotiate>true</);
    }
    assert.deepEqual(
      host.journal.requests().map(({ sealed, auth, account }) => [sealed, auth, account]),
      Array(3).fill([true, "NTLM", "Administrator"]),
    );
  });

  test("mirrors the tabs of the part headers", async (t) => {
    const host = await startHost(t);
    const wire = wireTo(t, host.http!.url);
    const styles: boolean[] = [];
    const session = new NtlmWire(wire);
    await session.logOn();
    const send = wire.send.bind(wire);
    wire.send = async (...given) => {
      const answer = await send(...given);
      styles.push(/\r\n\tContent-Type: application\/octet-stream\r\n/.test(answer.body.toString("latin1")));
      return answer;
    };
    await session.send(getEnvelope());
    await session.send(getEnvelope(), { tabs: false });
    assert.deepEqual(styles, [true, false]);
  });

  test("seals faults too, and a message above MaxEnvelopeSizekb gets a plain 413", async (t) => {
    const host = await startHost(t, { config: { MaxEnvelopeSizekb: 32 } });
    const session = new NtlmWire(wireTo(t, host.http!.url));
    await session.logOn();
    const refused = await session.send(getEnvelope("/nowhere"));
    assert.equal(refused.headers["content-type"], SEALED_TYPE);
    assert.deepEqual([refused.status, faultCodes(refused)], [500, [2150858811]]);
    const large = await session.send(getEnvelope() + " ".repeat(33_000));
    assert.deepEqual([large.status, large.body.length], [413, 0]);
  });

  test("answers an unsealed message over http with an empty 500, and over https with 200", async (t) => {
    const host = await startHost(t, { https: true });
    const http = wireTo(t, host.http!.url);
    await new NtlmWire(http).logOn();
    const refused = await http.send(getEnvelope());
    assert.deepEqual([refused.status, refused.body.length], [500, 0]);
    const https = wireTo(t, host.https!.url, host.https!.certificatePem);
    await new NtlmWire(https).logOn();
    const answer = await https.send(getEnvelope());
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/soap+xml;charset=UTF-8"]);
  });

  test("belongs to the connection: another one has no identity and no key", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    await session.logOn();
    session.wire.close();
    assert.equal((await session.send(getEnvelope())).status, 401);
  });

  test("ends a connection whose message lies about its length or was tampered with", async (t) => {
    const host = await startHost(t);
    for (const lengthError of [-1, 1, 1_000_000]) {
      const session = new NtlmWire(wireTo(t, host.http!.url));
      await session.logOn();
      const answer = await session.send(getEnvelope(), { lengthError });
      assert.deepEqual([answer.status, answer.headers["connection"]], [400, "close"]);
    }
    const wire = wireTo(t, host.http!.url);
    const session = new NtlmWire(wire);
    await session.logOn();
    const send = wire.send.bind(wire);
    wire.send = (body, headers) => {
      const bytes = Buffer.from(body);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 60) ^ 1, bytes.length - 60);
      return send(bytes, headers);
    };
    assert.equal((await session.send(getEnvelope())).status, 400);
    assert.equal(host.journal.requests().filter(({ action }) => action !== undefined).length, 0);
  });

  test("counts a wrong password once, closes the connection, and offers the schemes again", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    const last = await session.logOn({ ...ADMIN, password: "wrong" });
    assert.deepEqual(
      [last.status, last.headers["connection"], headerLines(last, "WWW-Authenticate")],
      [401, "close", ["Negotiate"]],
    );
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [["Administrator", "NTLM"]],
    );
  });

  test("refuses a second token without a first, a token that is not NTLMSSP, and garbage", async (t) => {
    const host = await startHost(t);
    const authenticate = Buffer.concat([Buffer.from("NTLMSSP\0"), Buffer.from([3, 0, 0, 0]), Buffer.alloc(64)]);
    for (const token of [authenticate, Buffer.from("6006", "hex"), Buffer.from("NTLMSSP\0"), Buffer.alloc(0)]) {
      const answer = await new NtlmWire(wireTo(t, host.http!.url)).leg(token);
      assert.deepEqual([answer.status, headerLines(answer, "WWW-Authenticate")], [401, ["Negotiate"]]);
      assert.equal(answer.headers["connection"], "close");
    }
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("ends a logged-on connection when Negotiate and Kerberos are both off, but not with one of them", async (t) => {
    const host = await startHost(t);
    const session = new NtlmWire(wireTo(t, host.http!.url));
    await session.logOn();
    host.config.set("service/auth/Negotiate", false);
    assert.equal((await session.send(getEnvelope())).status, 200);
    host.config.set("service/auth/Negotiate", true);
    const put = await session.send(NEGOTIATE_OFF);
    assert.equal(put.status, 200);
    assert.match(put.text, /<cfg:Kerberos>false<\/cfg:Kerberos><cfg:Negotiate>false</);
    const refused = await session.send(getEnvelope());
    assert.deepEqual([refused.status, headerLines(refused, "WWW-Authenticate")], [401, []]);
  });

  test("refuses a new handshake while Negotiate is off, although Kerberos is on", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Negotiate": false } });
    const negotiate = Buffer.concat([
      Buffer.from("NTLMSSP\0"),
      Buffer.from("0100000033828a62", "hex"),
      Buffer.alloc(24),
    ]);
    const refused = await new NtlmWire(wireTo(t, host.http!.url)).leg(negotiate);
    assert.deepEqual([refused.status, headerLines(refused, "WWW-Authenticate")], [401, []]);
    host.config.set("service/auth/Negotiate", true);
    const answer = await new NtlmWire(wireTo(t, host.http!.url)).leg(negotiate);
    assert.match(headerLines(answer, "WWW-Authenticate")[0]!, /^Negotiate TlRMTVNT/);
  });

  test("lets a new handshake replace the identity of a connection", async (t) => {
    const host = await startHost(t);
    host.accounts.add({ name: "clerk", password: "pw", administrator: false });
    const session = new NtlmWire(wireTo(t, host.http!.url));
    await session.logOn();
    await session.logOn({ name: "clerk", password: "pw" });
    assert.deepEqual(faultCodes(await session.send(getEnvelope())), [5]);
    assert.deepEqual(new Set(host.journal.entries().map(({ connection }) => connection)), new Set([1]));
  });

  test("takes Basic on a connection that was logged on with NTLM, and forgets NTLM", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true, "service/AllowUnencrypted": true } });
    const wire = wireTo(t, host.http!.url);
    await new NtlmWire(wire).logOn();
    assert.equal((await wire.send(getEnvelope(), basic())).status, 200);
    assert.equal((await wire.send(getEnvelope())).status, 401);
  });

  const bindings = [
    ["None", "absent", 200],
    ["None", "wrong", 200],
    ["None", "right", 200],
    ["Relaxed", "absent", 200],
    ["Relaxed", "wrong", 401],
    ["Relaxed", "right", 200],
    ["Strict", "absent", 401],
    ["Strict", "wrong", 401],
    ["Strict", "right", 200],
  ] as const;
  for (const [level, sent, status] of bindings) {
    test(`answers a logon over https with ${status} when the binding is ${sent} and the level ${level}`, async (t) => {
      const host = await startHost(t, { https: true, config: { "service/auth/CbtHardeningLevel": level } });
      const right = tlsServerEndPoint(new X509Certificate(host.https!.certificatePem).raw);
      const wrong = Buffer.from("tls-server-end-point:another");
      const binding = sent === "absent" ? undefined : sent === "right" ? right : wrong;
      const session = new NtlmWire(wireTo(t, host.https!.url, host.https!.certificatePem));
      assert.equal((await session.logOn(ADMIN, binding)).status, status);
      assert.equal(host.journal.logonFailures().length, 0);
    });
  }
});
