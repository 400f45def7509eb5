/** HTTP manners of the simulated host, and Basic. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  basic,
  faultCodes,
  getEnvelope,
  headerLines,
  putEnvelope,
  rawExchange,
  startBasicHost,
  startHost,
  wireTo,
} from "../wire";

suite("the simulated host over HTTP", () => {
  test("answers only at /wsman, whatever its case", async (t) => {
    const host = await startBasicHost(t);
    const base = `http://127.0.0.1:${host.http!.port}`;
    const statuses = [];
    for (const path of ["/", "/wsmanx", "/WSMan", "/wsman?PSVersion=5.1"]) {
      statuses.push((await wireTo(t, base + path).send(getEnvelope(), basic())).status);
    }
    assert.deepEqual(statuses, [404, 404, 200, 200]);
  });

  test("answers GET with 405 and Allow: POST", async (t) => {
    const host = await startHost(t);
    const answer = await wireTo(t, host.http!.url).send("", {}, "GET");
    assert.equal(answer.status, 405);
    assert.equal(answer.headers["allow"], "POST");
    assert.equal(answer.body.length, 0);
  });

  test("refuses a scheme it does not know with the bytes that Windows sends", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true } });
    const head =
      "POST /wsman HTTP/1.1\r\nHost: web01\r\nAuthorization: NTLM TlRMTVNTUAABAAAA\r\nContent-Length: 0\r\n\r\n";
    const text = await rawExchange(host.http!.port, head);
    assert.match(text, /^HTTP\/1\.1 401 \r\n/);
    assert.match(text, /\r\nServer: Microsoft-HTTPAPI\/2\.0\r\n/);
    assert.match(text, /\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm="WSMAN"\r\n/);
    assert.match(text, /\r\nConnection: close\r\n/);
    assert.match(text, /\r\nContent-Length: 0\r\n/);
    assert.doesNotMatch(text, /Kerberos|CredSSP|keep-alive/i);
    assert.ok(text.endsWith("\r\n\r\n"));
  });

  test("K1: a request that does not try to log on gets a closing 401 that offers what is enabled", async (t) => {
    const host = await startHost(t);
    const wire = wireTo(t, host.http!.url);
    const first = await wire.send(getEnvelope());
    await wire.send(getEnvelope());
    assert.equal(first.status, 401);
    assert.equal(first.reason, "");
    assert.deepEqual(headerLines(first, "WWW-Authenticate"), ["Negotiate"]);
    assert.equal(first.headers["connection"], "close");
    assert.deepEqual(
      host.journal.entries().map(({ connection, status }) => [connection, status]),
      [
        [1, 401],
        [2, 401],
      ],
    );
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("stops taking Basic with the request after it is switched off, on the same connection", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    const off = putEnvelope("/service/auth", "Auth", "<q:Basic>false</q:Basic>");
    const put = await wire.send(off, basic());
    assert.equal(put.status, 200);
    assert.match(put.text, /<cfg:Basic>false<\/cfg:Basic>/);
    const refused = await wire.send(getEnvelope(), basic());
    assert.equal(refused.status, 401);
    assert.deepEqual(headerLines(refused, "WWW-Authenticate"), ["Negotiate"]);
    assert.equal(host.journal.logonFailures().length, 0);
    host.config.set("service/auth/Basic", true);
    assert.equal((await wire.send(getEnvelope(), basic())).status, 200);
  });

  test("counts a wrong password, an unknown and a disabled account as failed logons", async (t) => {
    const host = await startBasicHost(t);
    host.accounts.add({ name: "old", password: "x", disabled: true });
    const tries = [
      { name: "administrator", password: "Summer-1999!" },
      { name: "nobody", password: "x" },
      { name: "old", password: "x" },
      { name: "CORP\\Administrator", password: "Winter-2031!" },
    ];
    for (const account of tries) {
      const answer = await wireTo(t, host.http!.url).send(getEnvelope(), basic(account));
      assert.equal(answer.status, 401, account.name);
      assert.equal(answer.headers["connection"], "close");
    }
    assert.deepEqual(
      host.journal.logonFailures().map(({ account }) => account),
      tries.map(({ name }) => name),
    );
    assert.doesNotMatch(JSON.stringify(host.journal.entries()), /Summer|Winter/);
  });

  test("takes the names that Windows takes for a local account, in any case", async (t) => {
    const host = await startBasicHost(t);
    for (const name of ["administrator", ".\\Administrator", "web01\\ADMINISTRATOR"]) {
      const answer = await wireTo(t, host.http!.url).send(getEnvelope(), basic({ name, password: "Winter-2031!" }));
      assert.equal(answer.status, 200, name);
    }
    host.accounts.setPassword("administrator", "next");
    const old = await wireTo(t, host.http!.url).send(getEnvelope(), basic());
    assert.equal(old.status, 401);
  });

  test("answers an unencrypted message over http with an empty 500 while AllowUnencrypted is off", async (t) => {
    const host = await startBasicHost(t, { config: { "service/AllowUnencrypted": false }, https: true });
    const answer = await wireTo(t, host.http!.url).send(getEnvelope(), basic());
    assert.deepEqual([answer.status, answer.body.length], [500, 0]);
    const https = wireTo(t, host.https!.url, host.https!.certificatePem);
    assert.equal((await https.send(getEnvelope(), basic())).status, 200);
  });

  test("answers a body above MaxEnvelopeSizekb with an empty 413, and one below it with 200", async (t) => {
    const host = await startBasicHost(t, { config: { MaxEnvelopeSizekb: 32 } });
    const padded = (bytes: number) => getEnvelope() + " ".repeat(bytes - getEnvelope().length);
    const wire = wireTo(t, host.http!.url);
    assert.equal((await wire.send(padded(32 * 1024), basic())).status, 200);
    for (const bytes of [32 * 1024 + 1, 3_000_000]) {
      const answer = await wire.send(padded(bytes), basic());
      assert.deepEqual([answer.status, answer.body.length], [413, 0]);
    }
    assert.equal((await wire.send(padded(3_000_000))).status, 401);
  });

  test("answers garbage, a DOCTYPE and an undeclared prefix with 400", async (t) => {
    const host = await startBasicHost(t);
    const bad = [
      "garbage",
      "<html></html>",
      `<!DOCTYPE x [<!ENTITY e "v">]>${getEnvelope().replace(/^<\?.*?\?>/, "")}`,
      getEnvelope().replace("<ad:To>", "<zz:To>").replace("</ad:To>", "</zz:To>"),
    ];
    for (const body of bad) assert.equal((await wireTo(t, host.http!.url).send(body, basic())).status, 400);
  });

  test("answers in UTF-16 what was asked in UTF-16, and counts its bytes", async (t) => {
    const host = await startBasicHost(t);
    const type = { "Content-Type": "application/soap+xml;charset=UTF-16" };
    const wire = wireTo(t, host.http!.url);
    const answer = await wire.send(Buffer.from(getEnvelope("/service/auth").replace("UTF-8", "UTF-16"), "utf16le"), {
      ...basic(),
      ...type,
    });
    assert.equal(answer.headers["content-type"], "application/soap+xml;charset=UTF-16");
    assert.match(answer.body.toString("utf16le"), /^<s:Envelope .*<cfg:Basic>true</);
    const latin = { "Content-Type": "application/soap+xml;charset=ISO-8859-1" };
    assert.equal((await wire.send(getEnvelope(), { ...basic(), ...latin })).status, 400);
  });

  test("closes an idle connection after the time it was given", async (t) => {
    const host = await startHost(t, { idleTimeoutMs: 50 });
    const token = "TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==";
    const head = `POST /wsman HTTP/1.1\r\nHost: web01\r\nAuthorization: Negotiate ${token}\r\nContent-Length: 0\r\n\r\n`;
    const text = await rawExchange(host.http!.port, head);
    assert.match(text, /^HTTP\/1\.1 401 \r\nWWW-Authenticate: Negotiate \S+\r\nServer: /);
    assert.doesNotMatch(text, /Connection|Keep-Alive/i);
  });

  test("breaks connections that wait for an answer when it stops, and can be stopped twice", async (t) => {
    const host = await startBasicHost(t);
    host.injectFault({ on: "get", action: "hang" });
    const waiting = assert.rejects(wireTo(t, host.http!.url).send(getEnvelope(), basic()));
    while (host.journal.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await host.stop();
    await waiting;
    await host.stop();
  });

  test("denies everything to an account that is no administrator", async (t) => {
    const host = await startBasicHost(t);
    host.accounts.add({ name: "clerk", password: "pw", administrator: false });
    const off = putEnvelope("/service/auth", "Auth", "<q:Basic>false</q:Basic>");
    for (const body of [getEnvelope(), off]) {
      const answer = await wireTo(t, host.http!.url).send(body, basic({ name: "clerk", password: "pw" }));
      assert.equal(answer.status, 500);
      assert.deepEqual(faultCodes(answer), [5]);
      assert.match(answer.text, /<s:Value>w:AccessDenied<\/s:Value>/);
    }
    assert.equal(host.config.get("service/auth/basic"), "true");
  });

  test("refuses to start under a name that is not a NetBIOS name, or with settings that Windows does not have", async () => {
    const { SimulatedHost } = await import("../../../../simulator/index.js");
    for (const options of [
      { name: "a name" },
      { config: { "service/auth/Digest": true } },
      { policy: { "service/auth/Certificate": true } },
    ]) {
      await assert.rejects(SimulatedHost.start(options), { code: "WINRM_E_ARGUMENT" });
    }
  });
});
