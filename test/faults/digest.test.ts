/** Servers that ask for Digest in ways that must not be followed, and WinRM services, which have none. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { suite, test } from "node:test";
import { parseChallenges } from "../../provider/session/logon/challenge";
import { startHttp } from "../support/hosts/hostile-server";
import { startHost } from "../support/hosts/hosts";
import { ACCOUNT, failure, NEVER, openSession, targetOf } from "../support/hosts/sessions";
import { LogonGuard } from "../../provider/session/guard/logon-guard";
import { Session } from "../../provider/session/session";
import { later } from "../support/cleanup";

const LIMIT = { timeout: 30_000 } as const;
const ASK = 'Digest realm="r", nonce="first", qop="auth", algorithm=SHA-256';
const STALE = 'Digest realm="r", nonce="again", qop="auth", algorithm=SHA-256, stale=true';
const SOAP = { "Content-Type": "application/soap+xml", "Content-Length": 2 };

function ask(response: ServerResponse, ...challenges: string[]): void {
  response.writeHead(401, { "WWW-Authenticate": challenges, "Content-Length": 0 }).end();
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

suite("Digest", LIMIT, () => {
  test("is not there on a WinRM service, which is said without a logon that fails", async (t) => {
    const host = await startHost(t, { config: { "service/auth/Basic": true } });
    const session = new Session(targetOf(host.http!.port, { method: "digest" }), new LogonGuard());
    later(t, () => {
      session.close();
    });
    const error = await failure(session.send("x", NEVER));
    assert.equal(error.code, "WINRM_E_METHOD_NOT_OFFERED");
    assert.match(error.message, /Negotiate.*Digest.*\n.*\n.*negotiate/);
    assert.equal(host.journal.logonFailures().length, 0);
    assert.deepEqual(
      host.journal
        .entries()
        .map(({ account }) => account)
        .filter(Boolean),
      [],
    );
  });

  test("is not sent to a server that does not ask for it, asks without qop, or for another scheme only", async (t) => {
    const answers: [string, (response: ServerResponse) => void, string][] = [
      ["no question", (response) => response.writeHead(200, SOAP).end("ok"), "WINRM_E_HANDSHAKE"],
      [
        "no qop",
        (response) => {
          ask(response, 'Digest realm="r", nonce="n"');
        },
        "WINRM_E_HANDSHAKE",
      ],
      [
        "unknown algorithm",
        (response) => {
          ask(response, `${ASK}-unknown`);
        },
        "WINRM_E_HANDSHAKE",
      ],
      [
        "Basic only",
        (response) => {
          ask(response, 'Basic realm="other"');
        },
        "WINRM_E_METHOD_NOT_OFFERED",
      ],
      ["no page", (response) => response.writeHead(404, { "Content-Length": 0 }).end(), "WINRM_E_NOT_WINRM"],
    ];
    for (const [what, answer, code] of answers) {
      const peer = await startHttp(t, ({ response }) => {
        answer(response);
      });
      const error = await failure(openSession(t, peer, { method: "digest" }).session.send("x", NEVER));
      assert.equal(error.code, code, what);
      assert.equal(peer.requests(), 1, what);
    }
  });

  test("a stale nonce is replaced once, and a server that calls all stale is given up without a refusal", async (t) => {
    const guard = new LogonGuard();
    const peer = await startHttp(t, ({ response, number }) => {
      ask(response, number === 1 ? ASK : STALE);
    });
    const { session } = openSession(t, peer, { method: "digest", guard });
    const error = await failure(session.send("x", NEVER));
    assert.deepEqual([error.code, /stale/.test(error.message)], ["WINRM_E_HANDSHAKE", true]);
    assert.equal(peer.requests(), 3);
    assert.equal(await guard.attempt(() => Promise.resolve("still free")), "still free");
  });

  test("a refusal of the second nonce is a refusal", async (t) => {
    const peer = await startHttp(t, ({ response, number }) => {
      ask(response, number === 2 ? STALE : ASK);
    });
    const { session } = openSession(t, peer, { method: "digest" });
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_LOGON_DENIED");
    assert.equal((await failure(session.send("x", NEVER))).code, "WINRM_E_LOGON_SUPPRESSED");
    // The last request is the question of the new connection, which shows nothing.
    assert.equal(peer.requests(), 4);
  });

  test("a message is accepted with the server's proof or without one, and with a wrong one its outcome is unknown", async (t) => {
    for (const kind of ["right", "none", "wrong"] as const) {
      const peer = await startHttp(t, ({ request, response }) => {
        const fields = parseChallenges(request.headers.authorization)[0]?.parameters;
        if (fields === undefined) {
          ask(response, 'Digest realm="r", nonce="md5", qop=auth', ASK);
          return;
        }
        assert.equal(fields.get("algorithm"), "SHA-256");
        const key = sha256(`${ACCOUNT.name}:r:${ACCOUNT.password}`);
        const tail = `first:${fields.get("nc")}:${fields.get("cnonce")}:auth`;
        assert.equal(fields.get("response"), sha256(`${key}:${tail}:${sha256("POST:/wsman")}`));
        const proof = sha256(`${key}:${tail}:${sha256(kind === "right" ? ":/wsman" : "POST:/wsman")}`);
        const info = kind === "none" ? {} : { "Authentication-Info": `qop=auth, rspauth="${proof}"` };
        response.writeHead(200, { ...SOAP, ...info }).end("ok");
      });
      const { session } = openSession(t, peer, { method: "digest" });
      if (kind !== "wrong") {
        assert.equal(await session.send("x", NEVER), "ok");
        continue;
      }
      const error = await failure(session.send("x", NEVER));
      assert.deepEqual([error.code, error.context.outcomeUnknown], ["WINRM_E_HANDSHAKE", true]);
    }
  });
});
