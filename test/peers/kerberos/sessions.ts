/** Simulated hosts in a realm of MIT's KDC, and sessions of our own with them. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import type { Auth, Connection } from "../../../provider/contract/connection/connection";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { SessionPool } from "../../../provider/session/session-pool";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { SimulatedHost } from "../../../simulator";
import { Realm } from "./realm";

/** A local account of every such host. */
const LOCAL = { name: "ops", password: "A-local-password-1" };

/**
 * A realm for one test file whose own process is the client: libkrb5 reads its settings from the environment of the process,
 * and a logon never does more than read it.
 */
export function realmOfFile(skip: string | false): () => Realm {
  let realm: Realm | undefined;
  before(async () => {
    if (skip !== false) return;
    realm = await Realm.start();
    Object.assign(process.env, realm.env());
  });
  after(() => realm?.stop());
  return () => realm ?? assert.fail("the realm is not there");
}

/** A host with the realm's keytab, or without a domain; stopped at the end of the test. */
export async function hostIn(t: TestContext, realm: Realm | undefined): Promise<SimulatedHost> {
  const kerberos = realm === undefined ? {} : { kerberos: { keytab: realm.keytab } };
  const host = await SimulatedHost.start({ accounts: [LOCAL], https: true, ...kerberos });
  t.after(() => host.stop());
  return host;
}

/** The target as a program's connection gives it. */
export function targetFor(host: SimulatedHost, auth: Auth, transport: "http" | "https" = "http") {
  const port = (transport === "http" ? host.http : host.https)?.port ?? 0;
  const tls = transport === "https" ? { tls: { ca: host.https?.certificatePem ?? "" } } : {};
  const connection: Connection = { host: "localhost", port, transport, auth, ...tls };
  return resolveTarget(connection, new Settings(() => undefined, {}));
}

/** A session with the host, closed at the end of the test. */
export function session(
  t: TestContext,
  host: SimulatedHost,
  auth: Auth,
  transport: "http" | "https" = "http",
): { client: WsmanClient; pool: SessionPool } {
  const { target } = targetFor(host, auth, transport);
  const pool = new SessionPool();
  t.after(() => {
    pool.close();
  });
  return { client: new WsmanClient(pool.session(target)), pool };
}

/** Another configuration of the library, until the end of the test. */
export function useKrb5Config(t: TestContext, realm: Realm, lines: readonly string[]): void {
  const saved = process.env["KRB5_CONFIG"];
  const path = join(realm.folder, "of-one-test.conf");
  writeFileSync(path, lines.join("\n"));
  process.env["KRB5_CONFIG"] = path;
  t.after(() => {
    process.env["KRB5_CONFIG"] = saved;
  });
}
