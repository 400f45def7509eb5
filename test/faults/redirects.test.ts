/** A redirect is followed by no method at no step: whoever it leads to gets no connection, and so no credential. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { ServerResponse } from "node:http";
import { suite, test, type TestContext } from "node:test";
import { NTLM_FLAGS } from "../../provider/auth/ntlm/flags";
import { encodeChallenge } from "../../simulator/auth/ntlm-messages";
import { readConfig } from "../../provider/host/config";
import { openWithCertificate } from "../support/hosts/certificate-session";
import { certificateFor } from "../support/hosts/certificates";
import { later } from "../support/cleanup";
import { authority, clientCertificate } from "../support/hosts/client-certificates";
import {
  answer,
  challenge,
  configAnswer,
  sealedFrame,
  startHttp,
  startRaw,
  startSealed,
} from "../support/hosts/hostile-server";
import { ACCOUNT, failure, NEVER, openSession, type Peer, type TargetParts } from "../support/hosts/sessions";

const LIMIT = { timeout: 30_000 } as const;
const STATUSES = [301, 302, 303, 307, 308] as const;
const SOAP = "application/soap+xml;charset=UTF-8";
const DIGEST = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256';
const FLAGS = Object.values(NTLM_FLAGS).reduce((all, flag) => (all | flag) >>> 0, 0);
const NTLM_CHALLENGE = encodeChallenge({
  flags: FLAGS,
  targetName: "W",
  serverChallenge: Buffer.alloc(8, 7),
  targetInfo: [],
});

/** Where redirects lead to; it must stay without a connection. */
function elsewhere(t: TestContext): Promise<Peer> {
  return startRaw(t, (socket) => socket.destroy());
}

type Redirect = (response: ServerResponse) => void;

/** Runs a case for every status; the peer redirects at the moment that the case chooses. */
function everyStatus(
  what: string,
  run: (
    t: TestContext,
    redirect: Redirect,
  ) => Promise<{ readonly error: Promise<unknown>; readonly password?: string }>,
): void {
  for (const status of STATUSES) {
    test(`${what}, by ${status}`, async (t) => {
      const { port, sockets } = await elsewhere(t);
      const redirect: Redirect = (response) =>
        response.writeHead(status, { Location: `http://127.0.0.1:${port}/wsman`, "Content-Length": 0 }).end();
      const { error } = await run(t, redirect);
      const { code, message } = await failure(error);
      assert.equal(code, "WINRM_E_HTTP_STATUS");
      assert.match(message, new RegExp(`HTTP ${status}`));
      assert.doesNotMatch(message, new RegExp(ACCOUNT.password));
      assert.equal(sockets.total, 0);
    });
  }
}

/** A peer that answers the requests before the `at`th as `before` says, and redirects from then on. */
function redirecting(t: TestContext, parts: TargetParts, at: number, before: Redirect) {
  return async (redirect: Redirect) => {
    const peer = await startHttp(t, ({ response, number }) => {
      (number < at ? before : redirect)(response);
    });
    return { error: openSession(t, peer, parts).session.send("x", NEVER) };
  };
}

const ntlmChallenge: Redirect = (response) => {
  challenge(response, NTLM_CHALLENGE);
};
const digestQuestion: Redirect = (response) =>
  response.writeHead(401, { "WWW-Authenticate": DIGEST, "Content-Length": 0 }).end();
const accepted: Redirect = (response) =>
  response.writeHead(200, { "Content-Type": SOAP, "Content-Length": 2 }).end("ok");

suite("a redirect", LIMIT, () => {
  const steps = [
    ["of NTLM's first token", {}, 1, ntlmChallenge],
    ["of Basic's first request", { method: "basic" }, 1, accepted],
    ["of Digest's question", { method: "digest" }, 1, digestQuestion],
    ["of Digest's proof", { method: "digest" }, 2, digestQuestion],
  ] as const;
  for (const [what, parts, at, before] of steps)
    everyStatus(what, async (t, redirect) => redirecting(t, parts, at, before)(redirect));

  everyStatus("of a message after NTLM's logon", async (t, redirect) => {
    const peer = await startSealed(t, ({ response, protection, soap, nth }) => {
      if (nth > 1) redirect(response);
      else answer(response, sealedFrame(protection, configAnswer(soap)));
    });
    const { client } = openSession(t, peer);
    await readConfig(client, NEVER);
    return { error: readConfig(client, NEVER) };
  });

  everyStatus("of a request after Basic's first", async (t, redirect) => {
    const peer = await startHttp(t, ({ response, number }) => {
      (number === 1 ? accepted : redirect)(response);
    });
    const { session } = openSession(t, peer, { method: "basic" });
    assert.equal(await session.send("x", NEVER), "ok");
    return { error: session.send("x", NEVER) };
  });

  everyStatus("of a request with a client certificate", async (t, redirect) => {
    const certificate = certificateFor(["127.0.0.1"]);
    const pair = clientCertificate({ upn: "svc-deploy@localhost" }, authority());
    const port = await startTls(t, certificate, (response) => {
      redirect(response);
    });
    return {
      error: readConfig(openWithCertificate(t, port, { pair, tls: { ca: certificate.certPem } }).client, NEVER),
    };
  });
});

async function startTls(
  t: TestContext,
  { keyPem: key, certPem: cert }: { readonly keyPem: string; readonly certPem: string },
  onRequest: (response: ServerResponse) => void,
): Promise<number> {
  const server: Server = createServer(
    { key, cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      request.resume().on("end", () => {
        onRequest(response);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  later(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
