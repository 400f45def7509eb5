/** Sessions for tests: targets on loopback, closed at the end of the test, with a check that their sockets are gone. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { isWinrmError, type WinrmError } from "../../../provider/errors";
import { LogonGuard } from "../../../provider/session/guard/logon-guard";
import type { Proxy } from "../../../provider/session/transport/proxy";
import { Session } from "../../../provider/session/session";
import type { SessionTarget, TlsTrust } from "../../../provider/session/target";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { later } from "../cleanup";
import type { Sockets } from "./sockets";

/** The one account of the hosts in these tests. */
export const ACCOUNT = { name: "Administrator", password: "Winter-2031!" } as const;

/** A signal that nobody aborts. */
export const NEVER: AbortSignal = new AbortController().signal;

/** What a test says of a target; the rest is http with NTLM on 127.0.0.1. */
export interface TargetParts {
  readonly host?: string;
  readonly transport?: "http" | "https";
  readonly path?: string;
  readonly method?: "basic" | "digest" | "ntlm";
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Partial<TlsTrust>;
  readonly proxy?: Proxy;
  readonly connectTimeoutMs?: number;
  readonly operationTimeoutMs?: number;
}

/** A whole target. */
export function targetOf(port: number, parts: TargetParts = {}): SessionTarget {
  return {
    host: parts.host ?? "127.0.0.1",
    port,
    transport: parts.transport ?? "http",
    path: parts.path ?? "/wsman",
    tls: {
      ca: undefined,
      serverName: undefined,
      pinnedSha256: undefined,
      insecureSkipVerify: false,
      maxVersion: undefined,
      ...parts.tls,
    },
    auth: {
      method: parts.method ?? "ntlm",
      credential: { username: parts.username ?? ACCOUNT.name, password: parts.password ?? ACCOUNT.password },
      channelBinding: true,
    },
    proxy: parts.proxy,
    connectTimeoutMs: parts.connectTimeoutMs ?? 10_000,
    operationTimeoutMs: parts.operationTimeoutMs ?? 30_000,
  };
}

/** A peer that the client under test talks to. */
export interface Peer {
  readonly port: number;
  readonly sockets: Sockets;
}

const watched = new WeakSet<Sockets>();

/** A session with a peer. At the end of the test all of them are closed, and then none of their sockets may be left. */
export function openSession(
  t: TestContext,
  peer: Peer,
  parts: TargetParts & { readonly guard?: LogonGuard } = {},
): { session: Session; client: WsmanClient } {
  if (!watched.has(peer.sockets)) {
    watched.add(peer.sockets);
    later(t, () => peer.sockets.gone());
  }
  const session = new Session(targetOf(peer.port, parts), parts.guard ?? new LogonGuard());
  later(t, () => {
    session.close();
  });
  return { session, client: new WsmanClient(session) };
}

/** The typed error that a promise must reject with. */
export async function failure(promise: Promise<unknown>): Promise<WinrmError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  assert.ok("error" in outcome, "it must fail");
  assert.ok(isWinrmError(outcome.error), `it must fail with a typed error, not ${String(outcome.error)}`);
  return outcome.error;
}
