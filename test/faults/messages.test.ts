/** Hosts that break the rules, or off, once somebody is logged on. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { putLeaves, readConfig } from "../../provider/host/config";
import type { WsmanClient } from "../../provider/session/wsman-client";
import type { MisbehaviourAction } from "../../simulator";
import { answer, configAnswer, sealedFrame, startSealed } from "../support/hosts/hostile-server";
import { startRelayedHost } from "../support/hosts/hosts";
import { failure, NEVER, openSession, targetOf } from "../support/hosts/sessions";

const LIMIT = { timeout: 30_000 } as const;
/** The largest answer that the client keeps. */
const MAX_ANSWER = 2 * 1024 * 1024;

function trust(client: WsmanClient, signal = NEVER): Promise<void> {
  return putLeaves(client, { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) }, signal);
}

interface Expected {
  readonly code: ErrorCode;
  /** After a failed Put: the host has carried it out. */
  readonly applied: boolean;
  /** After a failed Put: the error says that it may have been carried out. */
  readonly uncertain: boolean;
}

suite("a Put that goes wrong is sent once, and its error says whether it may have been carried out", LIMIT, () => {
  const cases: readonly (readonly [MisbehaviourAction, Expected])[] = [
    [{ action: "reset" }, { code: "WINRM_E_CONNECTION_LOST", applied: false, uncertain: true }],
    [{ action: "reset-after-apply" }, { code: "WINRM_E_CONNECTION_LOST", applied: true, uncertain: true }],
    [{ action: "truncate" }, { code: "WINRM_E_CONNECTION_LOST", applied: true, uncertain: true }],
    [{ action: "tamper-signature" }, { code: "WINRM_E_MESSAGE_INTEGRITY", applied: true, uncertain: true }],
    [{ action: "plain" }, { code: "WINRM_E_MESSAGE_INTEGRITY", applied: true, uncertain: true }],
    [{ action: "html" }, { code: "WINRM_E_MESSAGE_INTEGRITY", applied: false, uncertain: true }],
    [{ action: "wrong-relates-to" }, { code: "WINRM_E_PROTOCOL", applied: true, uncertain: true }],
    [
      { action: "status", status: 302 },
      { code: "WINRM_E_HTTP_STATUS", applied: false, uncertain: true },
    ],
    [
      { action: "status", status: 403 },
      { code: "WINRM_E_HTTP_STATUS", applied: false, uncertain: false },
    ],
    [
      { action: "status", status: 404 },
      { code: "WINRM_E_NOT_WINRM", applied: false, uncertain: false },
    ],
    [
      { action: "status", status: 405 },
      { code: "WINRM_E_HTTP_STATUS", applied: false, uncertain: false },
    ],
    [
      { action: "status", status: 407 },
      { code: "WINRM_E_HTTP_STATUS", applied: false, uncertain: false },
    ],
    [
      { action: "status", status: 413 },
      { code: "WINRM_E_ENVELOPE_TOO_LARGE", applied: false, uncertain: false },
    ],
    [
      { action: "status", status: 500 },
      { code: "WINRM_E_HTTP_STATUS", applied: false, uncertain: true },
    ],
    [
      { action: "fault", code: 5 },
      { code: "WINRM_E_ACCESS_DENIED", applied: false, uncertain: false },
    ],
    [
      { action: "fault", code: 2150858890 },
      { code: "WINRM_E_POLICY_CONTROLLED", applied: false, uncertain: false },
    ],
    [
      { action: "fault", code: 2150859173 },
      { code: "WINRM_E_QUOTA", applied: false, uncertain: false },
    ],
  ];
  for (const [action, expected] of cases) {
    const { action: name, ...detail } = action;
    test([name, ...Object.values(detail)].join(" "), async (t) => {
      const { host, relay } = await startRelayedHost(t);
      const { client } = openSession(t, relay);
      host.injectFault({ on: "put", ...action });
      const error = await failure(trust(client));
      assert.equal(error.code, expected.code);
      assert.equal(error.context.outcomeUnknown ?? false, expected.uncertain);
      assert.equal(host.config.get("client/TrustedHosts"), expected.applied ? "a" : "");
      const puts = () => host.journal.entries().filter(({ phase }) => phase === "request").length;
      assert.equal(puts(), 1);
      await trust(client);
      assert.equal(host.config.get("client/TrustedHosts"), "a", "the session works on");
      assert.equal(puts(), 2);
    });
  }

  test("503 is repeated, because the service did not take it", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "put", action: "status", status: 503 });
    await trust(openSession(t, relay).client);
    assert.equal(host.config.get("client/TrustedHosts"), "a");
  });

  test("cut in the middle of the sealed body", async (t) => {
    let cut = false;
    const judge = (chunk: Buffer): number | undefined => {
      if (cut || !chunk.includes("multipart/encrypted")) return undefined;
      cut = true;
      return chunk.indexOf("octet-stream") + 30;
    };
    const { host, relay } = await startRelayedHost(t, {}, { judge });
    const { client } = openSession(t, relay);
    const error = await failure(trust(client));
    assert.equal(error.code, "WINRM_E_CONNECTION_LOST");
    assert.equal(error.context.outcomeUnknown, true);
    assert.ok(cut);
    assert.equal(host.journal.writes().length, 0);
    await trust(client);
    assert.equal(host.config.get("client/TrustedHosts"), "a");
  });

  test("left without an answer until the caller gives up", async (t) => {
    const stop = new AbortController();
    const judge = (chunk: Buffer): undefined => {
      if (chunk.includes("multipart/encrypted")) stop.abort(new DOMException("late", "TimeoutError"));
    };
    const { host, relay } = await startRelayedHost(t, {}, { judge });
    host.injectFault({ on: "put", action: "hang" });
    const error = await failure(trust(openSession(t, relay).client, stop.signal));
    assert.equal(error.code, "WINRM_E_TIMEOUT");
    assert.equal(error.context.outcomeUnknown, true);
    await relay.sockets.gone();
  });
});

suite("a read that goes wrong", LIMIT, () => {
  for (const action of ["reset", "reset-after-apply", "truncate"] as const) {
    test(`by ${action} is repeated on a new connection`, async (t) => {
      const { host, relay } = await startRelayedHost(t);
      const { client } = openSession(t, relay);
      host.injectFault({ on: "get", action });
      assert.ok((await readConfig(client, NEVER)).size > 0);
      assert.equal(relay.sockets.total, 2);
    });
  }

  for (const [action, code] of [
    ["tamper-signature", "WINRM_E_MESSAGE_INTEGRITY"],
    ["plain", "WINRM_E_MESSAGE_INTEGRITY"],
    ["html", "WINRM_E_MESSAGE_INTEGRITY"],
    ["wrong-relates-to", "WINRM_E_PROTOCOL"],
  ] as const) {
    test(`by ${action} is ${code}, and not repeated`, async (t) => {
      const { host, relay } = await startRelayedHost(t);
      const { client } = openSession(t, relay);
      host.injectFault({ on: "get", action });
      assert.equal((await failure(readConfig(client, NEVER))).code, code);
      assert.equal(host.journal.requests().length, 1);
      assert.ok((await readConfig(client, NEVER)).size > 0);
    });
  }

  test("by a fault that says the account's token changed is repeated", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "get", action: "fault", code: 2150859177 });
    assert.ok((await readConfig(openSession(t, relay).client, NEVER)).size > 0);
    assert.equal(host.journal.requests().length, 2);
    assert.equal(relay.sockets.total, 1);
  });

  test("three times in a row is given up", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    for (const nth of [1, 2, 3]) host.injectFault({ on: "get", nth, action: "reset" });
    assert.equal((await failure(readConfig(openSession(t, relay).client, NEVER))).code, "WINRM_E_CONNECTION_LOST");
    assert.equal(relay.sockets.total, 3);
  });

  test("by silence ends when the host's time is up", async (t) => {
    const { host, relay } = await startRelayedHost(t);
    host.injectFault({ on: "get", action: "hang" });
    const { client } = openSession(t, relay, HURRY);
    const error = await failure(readConfig(client, NEVER));
    assert.equal(error.code, "WINRM_E_TIMEOUT");
    await relay.sockets.gone();
  });
});

/** Ten seconds of grace come on top of the operation timeout; this leaves a moment of them. */
const HURRY = { operationTimeoutMs: -9_800 } as const;

suite("a sealed answer", LIMIT, () => {
  test("is taken when all is well", async (t) => {
    const peer = await startSealed(t, ({ response, protection, soap }) => {
      answer(response, sealedFrame(protection, configAnswer(soap)));
    });
    const leaves = await readConfig(openSession(t, peer).client, NEVER);
    assert.equal(leaves.get("MaxTimeoutms")?.value, "60000");
  });

  test("that is sent again is refused", async (t) => {
    let first: ReturnType<typeof sealedFrame> | undefined;
    const peer = await startSealed(t, ({ response, protection, soap }) => {
      first ??= sealedFrame(protection, configAnswer(soap));
      answer(response, first);
    });
    const { client } = openSession(t, peer);
    await readConfig(client, NEVER);
    assert.equal((await failure(readConfig(client, NEVER))).code, "WINRM_E_MESSAGE_INTEGRITY");
  });

  test("with one byte of its ciphertext changed is refused", async (t) => {
    const peer = await startSealed(t, ({ response, protection, soap }) => {
      const { contentType, body } = sealedFrame(protection, configAnswer(soap));
      const at = body.length - 40;
      body[at] = (body[at] ?? 0) ^ 1;
      answer(response, { contentType, body });
    });
    assert.equal((await failure(readConfig(openSession(t, peer).client, NEVER))).code, "WINRM_E_MESSAGE_INTEGRITY");
  });

  test("whose frame is cut, although HTTP says it is whole, is refused", async (t) => {
    for (const keep of [0, 1, 30, 200, 250, 400]) {
      const peer = await startSealed(t, ({ response, protection, soap }) => {
        const { contentType, body } = sealedFrame(protection, configAnswer(soap));
        answer(response, { contentType, body: body.subarray(0, keep) });
      });
      const error = await failure(trust(openSession(t, peer).client));
      assert.equal(error.code, "WINRM_E_PROTOCOL", `cut at ${keep}`);
      assert.equal(error.context.outcomeUnknown, true);
    }
  });

  test("that is no envelope, or one for another action or request, is refused", async (t) => {
    const makers: readonly ((soap: string) => string)[] = [
      () => "",
      () => "not xml",
      () => "<!DOCTYPE x><x/>",
      (soap) => configAnswer(soap, { relatesTo: "uuid:1" }),
      (soap) => configAnswer(soap, { action: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get" }),
      (soap) =>
        configAnswer(soap).replace("cfg:Config xmlns", "cfg:Other xmlns").replace("</cfg:Config>", "</cfg:Other>"),
    ];
    for (const make of makers) {
      const peer = await startSealed(t, ({ response, protection, soap }) => {
        answer(response, sealedFrame(protection, make(soap)));
      });
      assert.equal((await failure(readConfig(openSession(t, peer).client, NEVER))).code, "WINRM_E_PROTOCOL");
      assert.equal(peer.requests(), 3);
    }
  });

  test("in the place of which clear SOAP comes is refused, a fault too", async (t) => {
    for (const status of [200, 500]) {
      const peer = await startSealed(t, ({ response, soap }) => {
        const body = Buffer.from(configAnswer(soap));
        answer(response, { status, contentType: "application/soap+xml;charset=UTF-8", body });
      });
      const error = await failure(readConfig(openSession(t, peer).client, NEVER));
      assert.equal(error.code, "WINRM_E_MESSAGE_INTEGRITY");
    }
  });
});

suite("an answer without an end", LIMIT, () => {
  test("is cut off above 2 MiB, and not asked for again", async (t) => {
    const block = Buffer.alloc(64 * 1024, 0x20);
    for (const headers of [{}, { "Content-Length": 1_000_000_000 }]) {
      const peer = await startSealed(t, ({ response }) => {
        response.writeHead(200, { "Content-Type": "multipart/encrypted;boundary=x", ...headers });
        const { socket } = response;
        let written = 0;
        const pump = (): void => {
          while (!response.destroyed && written < 8 * MAX_ANSWER) {
            written += block.length;
            if (!response.write(block)) {
              response.once("drain", pump);
              return;
            }
          }
        };
        socket?.once("close", () => {
          sent = written;
        });
        pump();
      });
      let sent = 0;
      const { session, client } = openSession(t, peer);
      const error = await failure(readConfig(client, NEVER));
      assert.equal(error.code, "WINRM_E_ENVELOPE_TOO_LARGE");
      assert.equal(peer.requests(), 3);
      session.close();
      await peer.sockets.gone();
      assert.ok(sent >= MAX_ANSWER && sent < 3 * MAX_ANSWER, `the server could write ${sent} bytes`);
    }
  });

  test("that comes byte by byte ends when the host's time is up", async (t) => {
    const peer = await startSealed(t, ({ response }) => {
      response.writeHead(200, { "Content-Type": "multipart/encrypted;boundary=x", "Content-Length": 1_000_000 });
      const drip = setInterval(() => response.write("-"), 5);
      response.once("close", () => {
        clearInterval(drip);
      });
    });
    const error = await failure(readConfig(openSession(t, peer, HURRY).client, NEVER));
    assert.equal(error.code, "WINRM_E_TIMEOUT");
    await peer.sockets.gone();
    assert.equal(targetOf(1, HURRY).operationTimeoutMs + 10_000, 200);
  });
});
