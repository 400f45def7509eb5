/** Fault injection on the simulated host. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { basic, faultCodes, getEnvelope, NtlmWire, putEnvelope, startBasicHost, startHost, wireTo } from "../wire";

const TRUST = putEnvelope("/client", "Client", "<q:TrustedHosts>a</q:TrustedHosts>");

suite("a misbehaving host", () => {
  test("resets the connection before a Put takes effect, once", async (t) => {
    const host = await startBasicHost(t);
    const rule = host.injectFault({ on: "put", action: "reset" });
    assert.equal(rule.fired, false);
    await assert.rejects(wireTo(t, host.http!.url).send(TRUST, basic()), { code: "ECONNRESET" });
    assert.equal(rule.fired, true);
    assert.equal(host.config.get("client/TrustedHosts"), "");
    assert.equal(host.journal.at(-1)?.status, 0);
    assert.equal((await wireTo(t, host.http!.url).send(TRUST, basic())).status, 200);
  });

  test("resets the connection after a Put took effect", async (t) => {
    const host = await startBasicHost(t);
    host.injectFault({ on: "put", action: "reset-after-apply" });
    await assert.rejects(wireTo(t, host.http!.url).send(TRUST, basic()));
    assert.equal(host.config.get("client/TrustedHosts"), "a");
  });

  test("breaks off in the middle of an answer, over http and https", async (t) => {
    const host = await startBasicHost(t, { https: true });
    const wires = [wireTo(t, host.http!.url), wireTo(t, host.https!.url, host.https!.certificatePem)];
    for (const wire of wires) {
      for (const action of ["truncate", "reset"] as const) {
        host.injectFault({ on: "message", action });
        await assert.rejects(wire.send(getEnvelope(), basic()), { code: "ECONNRESET" });
      }
    }
  });

  test("waits for the nth such message, and can be called off", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    host.injectFault({ on: "get", nth: 2, action: "status", status: 503 });
    const off = host.injectFault({ on: "get", action: "html" });
    off.cancel();
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await wire.send(getEnvelope(), basic())).status);
    assert.deepEqual(statuses, [200, 503, 200]);
    assert.equal(off.fired, false);
  });

  test("answers with a fault of any code, without doing what was asked", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    for (const code of [2150859177, 2150858811]) {
      host.injectFault({ on: "put", action: "fault", code });
      assert.deepEqual(faultCodes(await wire.send(TRUST, basic())), [code]);
    }
    assert.equal(host.config.get("client/TrustedHosts"), "");
  });

  test("answers with a web page, and with an answer to another message", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    host.injectFault({ on: "get", action: "html" });
    assert.match((await wire.send(getEnvelope(), basic())).text, /^<!DOCTYPE html>/);
    host.injectFault({ on: "get", action: "wrong-relates-to" });
    assert.match((await wire.send(getEnvelope(), basic())).text, /<a:RelatesTo>uuid:0000/);
  });

  test("breaks the handshake at either leg", async (t) => {
    const host = await startHost(t);
    for (const on of ["handshake-1", "handshake-2"] as const) {
      host.injectFault({ on, action: "reset" });
      await assert.rejects(new NtlmWire(wireTo(t, host.http!.url)).logOn(), { code: "ECONNRESET" });
    }
    assert.equal((await new NtlmWire(wireTo(t, host.http!.url)).logOn()).status, 200);
  });

  test("sends a wrong signature, or no encryption at all", async (t) => {
    const host = await startHost(t);
    const tampered = new NtlmWire(wireTo(t, host.http!.url));
    await tampered.logOn();
    host.injectFault({ on: "get", action: "tamper-signature" });
    await assert.rejects(tampered.send(getEnvelope()), { code: "WINRM_E_MESSAGE_INTEGRITY" });
    const plain = new NtlmWire(wireTo(t, host.http!.url));
    await plain.logOn();
    host.injectFault({ on: "get", action: "plain" });
    const answer = await plain.send(getEnvelope());
    assert.equal(answer.headers["content-type"], "application/soap+xml;charset=UTF-8");
    assert.match(answer.text, /^<s:Envelope/);
  });
});
