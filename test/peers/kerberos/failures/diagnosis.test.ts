/** Failures that a real KDC and a real acceptor bring about, each with the causes and the next step of docs/diagnosis.md. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, suite, test, type TestContext } from "node:test";
import type { KerberosCredential } from "../../../../provider/auth/kerberos/credentials";
import { assertTold, DOCUMENTED_SPN } from "../../../support/pages/diagnosis-table";
import {
  clientFailure,
  type ClientError,
  ClientProcess,
  GssPeer,
  type OpenRequest,
  PeerError,
  skipWithoutKerberos,
} from "../client-process";
import { HOST, PASSWORDS, Realm, REALM, type RealmEnv, SPN } from "../realm";
import { expireSince, shiftClock } from "../caches/ticket-cache";

const skip = skipWithoutKerberos();
const ALICE = { kind: "password", principal: `alice@${REALM}`, password: PASSWORDS.alice } as const;

let realm: Realm;
before(async () => {
  if (skip !== false) return;
  realm = await Realm.start();
  realm.administer(
    "addprinc -randkey +requires_preauth moved",
    `ktadd -norandkey -k ${movedKeytab()} moved`,
    "cpw -randkey moved",
    "addprinc -randkey -allow_tgs_req HTTP/closed.winrm.test",
  );
});
after(async () => {
  if (skip === false) await realm.stop();
});

const movedKeytab = (): string => `${realm.folder}/moved.keytab`;

type Options = Partial<OpenRequest["options"]>;

function client(t: TestContext, env: RealmEnv = realm.env()): ClientProcess {
  const process = new ClientProcess(env);
  t.after(() => process.stop());
  return process;
}

/** What the first step of a logon ends with: the library asked the KDC, or did not come as far. */
async function logOn(t: TestContext, options: Options, env?: RealmEnv): Promise<ClientError> {
  const ours = client(t, env);
  await ours.open({ options: { host: HOST, credential: ALICE, ...options } });
  return await clientFailure(ours.step());
}

/** What the second step ends with: MIT's acceptor refuses the ticket and says why in its token. */
async function refusedByHost(t: TestContext, options: Options, env = realm.env()): Promise<ClientError> {
  const ours = client(t, env);
  await ours.open({ options: { host: HOST, credential: ALICE, ...options } });
  const peer = await GssPeer.start("accept", env);
  t.after(() => peer.stop());
  const refusal = await peer.step((await ours.step()).token).catch((error: unknown) => error);
  assert.ok(refusal instanceof PeerError, "the host must refuse it");
  return await clientFailure(ours.step(refusal.token));
}

const as = (account: string, name = REALM): KerberosCredential => ({
  kind: "password",
  principal: `${account}@${name}`,
  password: "made-up",
});
const keytab = (account: string, path: string): KerberosCredential => ({
  kind: "keytab",
  principal: `${account}@${REALM}`,
  keytab: path,
});

/** A cache with alice's tickets, changed; the client sees it as `FILE:` of it. */
function cache(name: string, change: (path: string) => void, ticketFor?: string, options?: readonly string[]): Options {
  const path = `${realm.folder}/${name}-cache`;
  realm.kinit("alice", `FILE:${path}`, ticketFor, options);
  change(path);
  return { credential: { kind: "cache", cache: `FILE:${path}` } };
}

type Provoke = (t: TestContext) => Promise<ClientError>;

/** By the symptom of the row, and what brings it about where there are several ways. */
const SCENARIOS: readonly (readonly [symptom: string, way: string, provoke: Provoke])[] = [
  ["Kerberos: wrong password (24)", "alice's", (t) => logOn(t, { credential: as("alice") })],
  [
    "Kerberos: keytab with an old key (24)",
    "made before the last change",
    (t) => logOn(t, { credential: keytab("moved", movedKeytab()) }),
  ],
  ["Kerberos: unknown account (6)", "nobody", (t) => logOn(t, { credential: as("nobody") })],
  [
    "Kerberos: account locked, disabled or expired (18)",
    "that gets no tickets",
    (t) => logOn(t, { credential: as("locked") }),
  ],
  ["Kerberos: account expired (1)", "in 2001", (t) => logOn(t, { credential: as("expired") })],
  ["Kerberos: password expired (23)", "in 2001", (t) => logOn(t, { credential: as("stale") })],
  [
    "Kerberos: logon restricted by policy (12)",
    "no ticket for this service",
    (t) => logOn(t, { host: "closed.winrm.test" }),
  ],
  ["Kerberos: unknown realm (154)", "NOWHERE.TEST", (t) => logOn(t, { credential: as("alice", "NOWHERE.TEST") })],
  ["Kerberos: no KDC responds (156)", "at its port", (t) => logOn(t, { credential: as("alice", "DOWN.TEST") })],
  ["Kerberos: unknown SPN (7)", "nobody's", (t) => logOn(t, { host: "nobody.winrm.test" })],
  ["Kerberos: unknown SPN (7)", "of another service", (t) => logOn(t, { spn: { service: "WSMAN" } })],
  [
    "Kerberos: encryption type not supported (14)",
    "the service has RC4 only",
    (t) => logOn(t, { host: "rc4-hmac.winrm.test" }, realm.env({ enctypes: "aes256-sha1" })),
  ],
  ["Kerberos: no ticket (141)", "by default", (t) => logOn(t, { credential: { kind: "default" } })],
  [
    "Kerberos: no ticket (141)",
    "of this account",
    (t) => logOn(t, { credential: { kind: "cache", principal: `bob@${REALM}` } }),
  ],
  [
    "Kerberos: ticket expired (32)",
    "an hour ago",
    (t) => {
      const from = Math.floor(Date.now() / 1000);
      return logOn(
        t,
        cache("expired", (path) => {
          expireSince(path, from);
        }),
      );
    },
  ],
  [
    "Kerberos: ticket expired (32)",
    "of a named account",
    (t) => {
      const from = Math.floor(Date.now() / 1000);
      const options = cache("expired-too", (path) => {
        expireSince(path, from);
      });
      return logOn(t, { credential: { ...options.credential, principal: ALICE.principal } as KerberosCredential });
    },
  ],
  [
    "Kerberos: ticket not valid yet (33)",
    "in two hours",
    (t) =>
      logOn(
        t,
        cache("postdated", () => undefined, undefined, ["-s", "2h"]),
      ),
  ],
  ["Kerberos: clock skew (37)", "that the domain finds", (t) => logOn(t, cache("skewed", offByAnHour))],
  ["Kerberos: clock skew (37)", "that the host finds", (t) => refusedByHost(t, cache("host-skewed", offByAnHour, SPN))],
  [
    "Kerberos: keytab missing, unreadable or without the principal (181)",
    "missing",
    (t) => logOn(t, { credential: keytab("alice", `${realm.folder}/none`) }),
  ],
  [
    "Kerberos: keytab missing, unreadable or without the principal (181)",
    "without the principal",
    (t) => logOn(t, { credential: keytab("alice", realm.keytab) }),
  ],
  [
    "Kerberos: keytab missing, unreadable or without the principal (181)",
    "no keytab at all",
    (t) => {
      const path = `${realm.folder}/text.keytab`;
      writeFileSync(path, "this is no keytab");
      return logOn(t, { credential: keytab("alice", path) });
    },
  ],
  [
    "Kerberos: krb5.conf missing or malformed (136)",
    "malformed",
    (t) => {
      const path = `${realm.folder}/malformed.conf`;
      writeFileSync(path, "[realms\n");
      return logOn(t, {}, { ...realm.env(), KRB5_CONFIG: path });
    },
  ],
  [
    "Kerberos: krb5.conf missing or malformed (136)",
    "without the default_realm that a bare name needs",
    (t) => {
      const path = `${realm.folder}/empty.conf`;
      writeFileSync(path, "[libdefaults]\n dns_lookup_realm = false\n");
      const credential = { ...ALICE, principal: "alice" };
      return logOn(t, { credential }, { ...realm.env(), KRB5_CONFIG: path });
    },
  ],
  [
    "Kerberos: SPN of another account (41)",
    "that the host has no key of",
    (t) => refusedByHost(t, { host: "other.winrm.test" }),
  ],
];

function offByAnHour(path: string): void {
  shiftClock(path, 3600);
}

suite("a failure that MIT Kerberos brings about has the row of docs/diagnosis.md", { skip }, () => {
  for (const [symptom, way, provoke] of SCENARIOS) {
    test(`${symptom}: ${way}`, async (t) => {
      const error = await provoke(t);
      assertTold(symptom, error, spnIn(error.message));
    });
  }
});

/** The SPN as the error has it. */
function spnIn(message: string): string {
  return /(?:HTTP|WSMAN)\/[\w.-]*[\w]/.exec(message)?.[0] ?? DOCUMENTED_SPN;
}
