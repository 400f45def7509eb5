/** The matrix of lockouts for operators who get in with Kerberos: tickets of MIT's KDC, the keytab at the simulated host. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Auth, Connection } from "../../../provider/contract/connection/connection";
import type { HostOptions, SimulatedHost } from "../../../simulator";
import { CHANGES } from "../../support/lockouts/lockout-changes";
import { cellsOf, runCells } from "../../support/lockouts/lockout-matrix";
import { ADMINISTRATORS, STRANGER, SVC, type Way } from "../../support/lockouts/lockout-ways";
import { certificateFor } from "../../support/hosts/certificates";
import { skipWithoutKerberos } from "./client-process";
import { HOST, PASSWORDS, REALM } from "./realm";
import { realmOfFile } from "./sessions";

const skip = skipWithoutKerberos();
const realm = realmOfFile(skip);
const SERVER = certificateFor(["localhost"]);
const DOMAIN = {
  name: "WINRM",
  dnsName: "winrm.test",
  users: [{ name: "alice", password: PASSWORDS.alice }],
  groups: { Deploy: ["alice"], Operators: ["Deploy"], Unrelated: [] },
};
const ALICE = `alice@${REALM}`;
const TICKET: Auth = {
  method: "kerberos",
  username: ALICE,
  password: PASSWORDS.alice,
  kerberos: { host: HOST, realm: REALM },
};

function way(
  name: string,
  of: Way["of"],
  connection: (host: SimulatedHost) => Omit<Connection, "host">,
  principal = "WINRM\\alice",
): Way {
  return {
    name,
    of,
    get host(): HostOptions {
      return {
        accounts: [{ name: "Administrator", password: "Winter-2031!" }, STRANGER, SVC],
        https: { certificate: SERVER },
        config: { "service/auth/Basic": true, "service/AllowUnencrypted": true },
        quickConfig: true,
        domain: DOMAIN,
        kerberos: { keytab: realm().keytab },
        groups: { [ADMINISTRATORS]: [principal] },
      };
    },
    self: "WINRM\\alice",
    connections: (host) => [{ host: "localhost", ...connection(host) }],
  };
}

const overHttp = (host: SimulatedHost) => ({ transport: "http" as const, port: host.http!.port, auth: TICKET });
const overHttps = (host: SimulatedHost) => ({
  transport: "https" as const,
  port: host.https!.port,
  auth: TICKET,
  tls: { ca: SERVER.certPem },
});

const WAYS: readonly Way[] = [
  way("kerberos over http", ["method", "account"], overHttp),
  way("kerberos over https", ["method"], overHttps),
  way("kerberos over https without binding", ["method"], (host) => ({
    ...overHttps(host),
    auth: { ...TICKET, channelBinding: false },
  })),
  way("negotiate with tickets over http", ["method"], (host) => ({
    ...overHttp(host),
    auth: { ...TICKET, method: "negotiate" },
  })),
  way("kerberos, through a group", ["account"], overHttp, "WINRM\\Deploy"),
  way("kerberos, through a group in a group", ["account"], overHttp, "WINRM\\Operators"),
  way("kerberos, through Authenticated Users", ["account"], overHttp, "S-1-5-11"),
];

suite("The lockout matrix, with Kerberos", { skip }, () => {
  for (const way of WAYS) {
    const cells = cellsOf(way, CHANGES);
    test(`${way.name}: the operator is out in none of ${cells.length} cells, and refused without need in none`, async (t) => {
      assert.deepEqual(await runCells(t, way, cells), { out: [], alarms: [] });
    });
  }
});
