/** What the service does on its connections: on one that is logged on, and on one that is not. */

import { randomUUID } from "node:crypto";
import { readConfig } from "../../../host/config";
import { LogonGuard } from "../../../session/guard/logon-guard";
import { offeredSchemes } from "../../../session/logon/challenge";
import { logOn } from "../../../session/logon/logon";
import { Connection } from "../../../session/transport/connection";
import { SOAP_TYPE, passwordOf, targetUrl } from "../../../session/target";
import { buildIdentify, buildRequest } from "../../../wsman/envelope";
import { ACTIONS, CONFIG_URI } from "../../../wsman/uris";
import { isWinrmError } from "../../../errors";
import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, row, seen } from "../row";
import { type TriedSetting, ownPaths, stillOpen, triedSettings } from "../window";
import { whilePut } from "./store";

const MAX_SKEW_SECONDS = 60;
const EMPTY = Buffer.alloc(0);
const SOAP = { "content-type": SOAP_TYPE };
const FAILS = "it fails";

/** Nothing is changed by these. */
export const CONNECTION_ROWS: readonly Row[] = [
  row("date", { expected: `within ${MAX_SKEW_SECONDS} s of this machine's time` }, async (host) => {
    const { target, signal, clock } = host;
    const connection = await Connection.open(target, signal);
    const response = await connection.post(SOAP, EMPTY, signal).finally(() => {
      connection.close();
    });
    const { date } = response.headers;
    const skew = typeof date === "string" ? Math.round((Date.parse(date) - clock.wallMs()) / 1000) : Number.NaN;
    if (Number.isNaN(skew)) return "no Date";
    return seen(`${skew} s from this machine's time`, Math.abs(skew) <= MAX_SKEW_SECONDS);
  }),
  row("empty-post", { expected: "401 with the schemes, and the connection ends" }, (host) =>
    loggedOn(host, async (connection) => {
      const { status, headers } = await connection.post(SOAP, EMPTY, host.signal);
      const schemes = offeredSchemes(headers["www-authenticate"]);
      const end = headers["connection"] === "close" ? "ends" : "stays";
      return `${status} with ${schemes.length > 0 ? "the schemes" : "no scheme"}, and the connection ${end}`;
    }),
  ),
  row("unencrypted-status", { expected: "500 without a body" }, async (host) => {
    const { target, signal } = host;
    if (target.transport === "https") throw new Unchecked("needs a connection over http");
    if (host.value("service/AllowUnencrypted") === "true") throw new Unchecked("AllowUnencrypted is on");
    return await loggedOn(host, async (connection, sealed) => {
      if (!sealed) throw new Unchecked("needs a connection that seals its messages");
      const { status, body } = await connection.post(SOAP, harmlessRead(host), signal);
      return `${status} ${body.length === 0 ? "without a body" : "with a body"}`;
    });
  }),
];

/** The host is armed. */
export const PUT_ROWS: readonly Row[] = [
  row("put-counts", { expected: "at once, also on an open connection", needs: ["rehearsal"] }, (host) => {
    stillOpen(host);
    const setting = offeredSetting(host);
    const scheme = setting.path.slice(setting.path.lastIndexOf("/") + 1);
    return loggedOn(host, (connection) =>
      whilePut(host, setting, async () => {
        const { headers } = await connection.post(SOAP, EMPTY, host.signal);
        const offered = offeredSchemes(headers["www-authenticate"]);
        if (offered.length === 0) throw new Unchecked("the open connection does not list the schemes");
        const counts = offered.includes(scheme) === (setting.other === "true");
        return counts ? "at once, also on an open connection" : "not on an open connection";
      }),
    );
  }),
  row("put-connections", { expected: "the open connection is open", needs: ["rehearsal"] }, async (host) => {
    stillOpen(host);
    return await host.fresh(async (client, open) => {
      await readConfig(client, host.signal);
      return await whilePut(host, offeredSetting(host), async () => {
        await host.readFresh();
        return `the open connection is ${open.connected ? "open" : "closed"}`;
      });
    });
  }),
  localRow("local-service", "service/auth/Negotiate"),
];

/** Settings of the client side cannot lock out anyone. */
export const LOCAL_CLIENT_ROW = localRow("local-client", "client/auth/Negotiate");

function localRow(assumption: "local-client" | "local-service", path: string): Row {
  const service = assumption === "local-service";
  return row(assumption, { expected: FAILS, needs: service ? ["rehearsal"] : [] }, async (host) => {
    if (host.isOwnedByPolicy(path)) throw new Unchecked(`Group Policy owns ${path}`);
    if (service) {
      stillOpen(host);
      if (ownPaths(host).includes(path))
        throw new Unchecked(
          "needs a connection with a certificate, or with Basic over https: this one needs Negotiate",
        );
    }
    const local = async () => (await host.shell((run) => run("winrm get winrm/config/winrs"))).exitCode;
    const off = { path, old: "true", other: "false" };
    if (host.value(path) === "true" && (await local()) !== 0) throw new Unchecked("winrm get fails anyway");
    const code = host.value(path) === "true" ? await whilePut(host, off, local) : await local();
    return code === 0 ? "it works" : FAILS;
  });
}

const NAMES = "user, .\\user and HOST\\user";

/** Basic is switched on for this; the host is armed. Over https only, because it shows the password. */
export const BASIC_ROW = row("basic-names", { expected: NAMES, needs: ["rehearsal"] }, async (host) => {
  const { target, signal } = host;
  const password = passwordOf(target.auth);
  if (target.transport === "http") throw new Unchecked("needs a connection over https: Basic shows the password");
  if (password === undefined || target.auth.method === "certificate") throw new Unchecked("needs a password");
  stillOpen(host);
  const user = await host.account();
  const [authority = "", name = ""] = user.split("\\");
  const computer = (await host.shell((run) => run("hostname"))).stdout.trim();
  if (authority.toLowerCase() !== computer.toLowerCase()) throw new Unchecked("needs an account of the host itself");
  const taken = async () => {
    for (const [shown, username] of [
      ["user", name],
      [".\\user", `.\\${name}`],
      ["HOST\\user", user],
    ] as const) {
      const auth = { method: "basic", credential: { username, password }, channelBinding: true } as const;
      try {
        await host.fresh((client) => readConfig(client, signal), { ...target, auth });
      } catch (error) {
        // Once more could lock the account.
        if (isWinrmError(error) && error.code === "WINRM_E_LOGON_DENIED") return `not ${shown}`;
        throw error;
      }
    }
    return NAMES;
  };
  const basic = triedSettings(host).find(({ path }) => path === "service/auth/Basic");
  if (basic === undefined) throw new Unchecked("the host shows no Basic");
  return basic.old === "true" ? await taken() : await whilePut(host, basic, taken);
});

/** A scheme that a 401 lists, and that this connection can be without. */
function offeredSetting(host: ProvenHost): TriedSetting {
  const own = ownPaths(host);
  const found = triedSettings(host).find(
    ({ path }) =>
      ["service/auth/Basic", "service/auth/Negotiate"].includes(path) &&
      !own.includes(path) &&
      !host.isOwnedByPolicy(path),
  );
  if (found === undefined) throw new Unchecked("Group Policy owns the schemes that could be switched");
  return found;
}

/** One connection that is logged on, in hand. */
async function loggedOn<T>(host: ProvenHost, use: (connection: Connection, sealed: boolean) => Promise<T>): Promise<T> {
  const { target, signal } = host;
  const connection = await Connection.open(target, signal);
  try {
    const security = await logOn(connection, { target, guard: new LogonGuard(), signal });
    try {
      // Where the credential comes with each message, the first one is the logon.
      if (security.kind === "plain") await security.post(Buffer.from(buildIdentify()), signal);
      return await use(connection, security.kind === "sealed");
    } finally {
      security.dispose();
    }
  } finally {
    connection.close();
  }
}

function harmlessRead({ target }: ProvenHost): Buffer {
  const about = { to: targetUrl(target), messageId: `uuid:${randomUUID().toUpperCase()}`, operationTimeoutMs: 30_000 };
  return Buffer.from(buildRequest({ action: ACTIONS.get, resourceUri: `${CONFIG_URI}/winrs`, ...about }));
}
