/** A rejected credential is tried once. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { accountScope } from "../../../provider/account-name";
import type { KerberosCredential } from "../../../provider/auth/kerberos/credentials";
import { WinrmError, isWinrmError } from "../../../provider/errors";
import {
  credentialKey,
  domainAccountKey,
  domainGate,
  ticketGate,
  ticketKey,
  LogonGuard,
} from "../../../provider/session/guard/logon-guard";
import type { SessionTarget } from "../../../provider/session/target";
import { failure, targetOf } from "../../support/hosts/sessions";
import { assertWording } from "../../support/pages/golden";

const DENIED = new WinrmError("WINRM_E_LOGON_DENIED", "no");

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

suite("a guarded logon", () => {
  test("with a wrong credential happens once among many at the same time, and not again later", async () => {
    const guard = new LogonGuard();
    let logons = 0;
    const wrong = () => {
      logons += 1;
      return Promise.reject(DENIED);
    };
    const errors = await Promise.all(Array.from({ length: 20 }, () => failure(guard.attempt(wrong))));
    assert.equal(logons, 1);
    assert.equal(errors[0], DENIED);
    for (const error of errors.slice(1)) {
      assert.equal(error.code, "WINRM_E_LOGON_SUPPRESSED");
      assert.equal(error.retryable, false);
      assert.equal(error.cause, DENIED);
    }
    assert.equal((await failure(guard.attempt(wrong))).code, "WINRM_E_LOGON_SUPPRESSED");
    assert.equal(logons, 1);
  });

  test("goes alone until one has succeeded, then side by side", async () => {
    const guard = new LogonGuard();
    let running = 0;
    let most = 0;
    const gates = [deferred<string>(), deferred<string>(), deferred<string>()];
    const logon = (index: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      const result = await gates[index]!.promise;
      running -= 1;
      return result;
    };
    const first = guard.attempt(logon(0));
    const second = guard.attempt(logon(1));
    await Promise.resolve();
    assert.equal(running, 1);
    gates[0]!.resolve("one");
    assert.equal(await first, "one");
    const third = guard.attempt(logon(2));
    gates[2]!.resolve("three");
    assert.equal(await third, "three", "it does not wait for the second, which still runs");
    gates[1]!.resolve("two");
    assert.equal(await second, "two");
    assert.equal(most, 2);
  });

  test("that fails for another reason may be tried again", async () => {
    const guard = new LogonGuard();
    for (const code of ["WINRM_E_CONNECTION_LOST", "WINRM_E_METHOD_NOT_OFFERED", "WINRM_E_HANDSHAKE"] as const) {
      const error = await failure(guard.attempt(() => Promise.reject(new WinrmError(code, "x"))));
      assert.equal(error.code, code);
    }
    await assert.rejects(
      guard.attempt(() => Promise.reject(new Error("plain"))),
      /plain/,
    );
    assert.equal(await guard.attempt(() => Promise.resolve(1)), 1);
  });

  test("is not made when a rejection comes after a success", async () => {
    const guard = new LogonGuard();
    await guard.attempt(() => Promise.resolve(1));
    assert.equal((await failure(guard.attempt(() => Promise.reject(DENIED)))).code, "WINRM_E_LOGON_DENIED");
    assert.equal((await failure(guard.attempt(() => Promise.resolve(1)))).code, "WINRM_E_LOGON_SUPPRESSED");
  });
});

suite("a domain account at many hosts", () => {
  const hosts = (count: number, domain = domainGate()) =>
    Array.from({ length: count }, (_, index) => new LogonGuard({ host: `web${index}`, domain, tickets: undefined }));

  test("whose password is wrong is tried at one host, and the others say where and why", async () => {
    let logons = 0;
    const wrong = () => {
      logons += 1;
      return Promise.reject(new WinrmError("WINRM_E_LOGON_DENIED", "HTTP 401: the host refused the logon"));
    };
    const errors = await Promise.all(hosts(30).map((guard) => failure(guard.attempt(wrong))));
    assert.equal(logons, 1);
    assert.equal(errors[0]?.code, "WINRM_E_LOGON_DENIED");
    for (const error of errors.slice(1)) {
      assert.equal(error.code, "WINRM_E_LOGON_SUPPRESSED");
      assert.match(error.message, /web0 .*HTTP 401[^]*next: .*web0/);
    }
  });

  test("that one host lets in is then tried at all of them at the same time, and a refusal is that host's own", async () => {
    const [first, ...others] = hosts(5);
    const gate = deferred<string>();
    let running = 0;
    const logon = async () => {
      running += 1;
      return await gate.promise;
    };
    const before = first!.attempt(() => Promise.resolve("in"));
    const rest = others.map((guard) => guard.attempt(logon));
    assert.equal(running, 0, "the others wait for the first");
    assert.equal(await before, "in");
    await new Promise(setImmediate);
    assert.equal(running, 4);
    gate.resolve("in");
    await Promise.all(rest);
    const late = hosts(3, domainGate());
    await late[0]!.attempt(() => Promise.resolve(1));
    assert.equal((await failure(late[1]!.attempt(() => Promise.reject(DENIED)))).code, "WINRM_E_LOGON_DENIED");
    assert.equal(await late[2]!.attempt(() => Promise.resolve(1)), 1);
    assert.equal((await failure(late[1]!.attempt(() => Promise.resolve(1)))).code, "WINRM_E_LOGON_SUPPRESSED");
  });

  test("goes on to the next host where the first fails for another reason", async () => {
    const [first, second, third] = hosts(3);
    const lost = new WinrmError("WINRM_E_CONNECTION_LOST", "x");
    const order: string[] = [];
    const outcomes = await Promise.all([
      failure(first!.attempt(() => Promise.reject(lost))),
      failure(second!.attempt(() => (order.push("second"), Promise.reject(DENIED)))),
      failure(third!.attempt(() => (order.push("third"), Promise.resolve(1)))),
    ]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      ["WINRM_E_CONNECTION_LOST", "WINRM_E_LOGON_DENIED", "WINRM_E_LOGON_SUPPRESSED"],
    );
    assert.deepEqual(order, ["second"]);
  });

  test("leaves a host that waits when its time is up, without a logon", async () => {
    const [first, second] = hosts(2);
    const gate = deferred<number>();
    const stop = new AbortController();
    const running = first!.attempt(() => gate.promise);
    const waiting = failure(second!.attempt(() => Promise.reject(new Error("never")), stop.signal));
    stop.abort();
    assert.equal((await waiting).code, "WINRM_E_CANCELLED");
    assert.equal(
      (await failure(second!.attempt(() => Promise.reject(new Error("never")), AbortSignal.abort()))).code,
      "WINRM_E_CANCELLED",
    );
    gate.resolve(1);
    assert.equal(await running, 1);
    assert.equal(await second!.attempt(() => Promise.resolve(2)), 2);
  });

  test("is told from an account of the host by its prefix", () => {
    const own = [
      ["ops", "web01.corp.test"],
      [".\\ops", "web01"],
      ["\\ops", "web01"],
      ["localhost\\ops", "web01"],
      ["web01\\ops", "web01"],
      ["web01\\ops", "WEB01.corp.test"],
      ["web01.corp.test\\ops", "web01.corp.test"],
      ["averylongcomput\\ops", "averylongcomputername.corp.test"],
      ["10.0.0.7\\ops", "10.0.0.7"],
    ] as const;
    const domain = [
      ["corp\\ops", "web01.corp.test"],
      ["ops@corp.test", "web01.corp.test"],
      ["ops@web01", "web01"],
      ["web02\\ops", "web01"],
      ["web\\ops", "web01"],
    ] as const;
    for (const [account, host] of own) assert.equal(accountScope(account, host), "host", `${account} at ${host}`);
    for (const [account, host] of domain) assert.equal(accountScope(account, host), "domain", `${account} at ${host}`);
    for (const account of ["10\\ops", "web01\\ops"]) assert.equal(accountScope(account, "10.0.0.7"), "unknown");
  });

  test("has one key at all hosts, that of a host has none", () => {
    const key = (username: string, password: string, host: string) =>
      domainAccountKey(targetOf(5985, { host, username, password }));
    assert.equal(key("CORP\\ops", "p", "web01"), key("corp\\OPS", "p", "web02"));
    assert.notEqual(key("CORP\\ops", "p", "web01"), key("CORP\\ops", "q", "web01"));
    assert.notEqual(key("CORP\\ops", "p", "web01"), key("CORP\\opt", "p", "web01"));
    // K4: one account is one credential, however it is spelled.
    assert.equal(key("CORP\\ops", "p", "web01"), key("ops@corp.example.com", "p", "web02"));
    assert.equal(key("corp.example.com\\ops", "p", "web01"), key("Ops@CORP", "p", "web02"));
    assert.notEqual(key("CORP\\ops", "p", "web01"), key("ops@dev.example.com", "p", "web01"));
    assert.equal(key("WEB01\\ops", "p", "web01"), undefined);
    assert.equal(key("ops", "p", "web01"), undefined);
  });
});

suite("what gets tickets", () => {
  const target = (host: string, credential: KerberosCredential): SessionTarget => ({
    ...targetOf(5985, { host }),
    auth: { method: "kerberos", kerberos: { credential, spn: {} }, channelBinding: true },
  });
  const ops = { kind: "password", principal: "ops@CORP", password: "p" } as const;

  test("has one key at all hosts, and a cache, which shows no password, has none", () => {
    assert.equal(ticketKey(target("web01", ops)), ticketKey(target("web02", ops)));
    assert.notEqual(ticketKey(target("web01", ops)), ticketKey(target("web01", { ...ops, password: "q" })));
    const keytab = { kind: "keytab", principal: "ops@CORP", keytab: "/k" } as const;
    assert.notEqual(ticketKey(target("web01", keytab)), undefined);
    assert.equal(ticketKey(target("web01", { kind: "cache", cache: "FILE:/c" })), undefined);
    assert.equal(ticketKey(target("web01", { kind: "default" })), undefined);
    assert.equal(ticketKey(targetOf(5985)), undefined);
  });

  test("is asked for once after a refusal; a host that refuses the ticket is that host's own matter", async (t) => {
    const tickets = ticketGate();
    const [first, second, third] = ["a", "b", "c"].map((host) => new LogonGuard({ host, domain: undefined, tickets }));
    const logon = (guard: LogonGuard, ask: () => Promise<number>, atHost: () => Promise<number>) =>
      guard.attemptByTicket(async () => {
        await guard.ticket(ask);
        return atHost();
      });
    const fine = () => Promise.resolve(1);
    assert.equal((await failure(logon(first!, fine, () => Promise.reject(DENIED)))).code, "WINRM_E_LOGON_DENIED");
    assert.equal(await logon(second!, fine, fine), 1);
    assert.equal((await failure(logon(third!, () => Promise.reject(DENIED), fine))).code, "WINRM_E_LOGON_DENIED");
    const never = () => assert.fail("the domain was asked again");
    const fourth = new LogonGuard({ host: "d", domain: undefined, tickets });
    const { code, message } = await failure(logon(fourth, never, never));
    assert.equal(code, "WINRM_E_LOGON_SUPPRESSED");
    assertWording(t, message);
  });
});

suite("the key of a credential", () => {
  const key = (username: string, password: string, host = "web01") =>
    credentialKey({ ...targetOf(5985, { host, username, password }) });

  test("is the same for one account at one host, whatever the case and the transport", () => {
    assert.equal(key("ops", "p"), key("OPS", "p", "WEB01"));
    const https = targetOf(5986, { host: "web01", transport: "https", username: "ops", password: "p" });
    assert.equal(credentialKey(https), key("ops", "p"));
  });

  test("K4: is the same for every spelling of the host's own account, and another for a domain's", () => {
    const host = "web01.corp.test";
    for (const own of [".\\ops", "WEB01\\ops", "localhost\\Ops", "web01.corp.test\\ops"])
      assert.equal(key(own, "p", host), key("ops", "p", host), own);
    assert.notEqual(key("CORP\\ops", "p", host), key("ops", "p", host));
    assert.equal(key("CORP\\ops", "p", host), key("ops@corp.test", "p", host));
  });

  test("differs with the account, the password's case and the host, and parts cannot be shifted", () => {
    const keys = [key("ops", "p"), key("opt", "p"), key("ops", "P"), key("ops", "p", "web02"), key("op", "sp")];
    assert.equal(new Set(keys).size, keys.length);
  });

  test("says nothing about the password", () => {
    assert.doesNotMatch(key("ops", "Winter"), /Winter|ops|web01/);
    assert.match(key("ops", "Winter"), /^[A-Za-z0-9+/]{43}=$/);
    assert.ok(!isWinrmError(key("a", "b")));
  });
});
