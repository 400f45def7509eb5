/** What `check` says to wrong arguments that all resources share, and to those that no other table holds. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { assertWording } from "../../support/pages/golden";

type Args = Readonly<Record<string, unknown>>;
type Row = readonly [args: Args, property: string];

const HOST = { host: "web01" };
/** Right arguments of each resource. */
const RIGHT: Readonly<Record<ResourceType, Args>> = {
  AuthConfig: { connection: HOST },
  TrustedHosts: { connection: HOST, entries: [] },
  CertMapping: {
    connection: HOST,
    subject: "deploy@localhost",
    issuer: "0123456789ABCDEF0123456789ABCDEF01234567",
    userName: "svc",
    password: { env: "PW" },
  },
  GroupMembership: { connection: HOST, members: ["ops"] },
  TokenFilterPolicy: { connection: HOST, localAccountTokenFilterPolicy: 1 },
};

const auth = (value: unknown): Args => ({ connection: { ...HOST, auth: value } });
const kerberos = (value: unknown): Args => auth({ kerberos: value });
const tls = (value: unknown): Args => ({ connection: { ...HOST, tls: value } });
const timeouts = (value: unknown): Args => ({ connection: { ...HOST, timeouts: value } });

/** Refused by every resource. */
const SHARED: readonly Row[] = [
  [{ connection: undefined }, "connection"],
  [{ connection: 5986 }, "connection"],
  [{ connection: { host: "web01/wsman" } }, "connection.host"],
  [{ connection: { host: "ops@web01" } }, "connection.host"],
  [{ connection: { host: ["web01"] } }, "connection.host"],
  [{ connection: { ...HOST, port: -1 } }, "connection.port"],
  [{ connection: { ...HOST, path: "/ws man" } }, "connection.path"],
  [{ connection: { ...HOST, proxy: true } }, "connection.proxy"],
  [{ connection: { ...HOST, user: "ops" } }, "connection.user"],
  [auth({ method: "NTLM" }), "connection.auth.method"],
  [auth({ username: "ops;x" }), "connection.auth.username"],
  [auth({ certificatePem: 1 }), "connection.auth.certificatePem"],
  [auth({ privateKeyPem: "" }), "connection.auth.privateKeyPem"],
  [auth({ privateKeyPem: { path: "key.pem" } }), "connection.auth.privateKeyPem"],
  [auth({ pfx: { file: "" } }), "connection.auth.pfx.file"],
  [auth({ passphrase: ["Planted-5e1!"] }), "connection.auth.passphrase"],
  [kerberos(true), "connection.auth.kerberos"],
  [kerberos({ cache: "/tmp/krb5cc_0" }), "connection.auth.kerberos.cache"],
  [kerberos({ cache: "DIR:" }), "connection.auth.kerberos.cache"],
  [kerberos({ keytab: 3 }), "connection.auth.kerberos.keytab"],
  [kerberos({ realm: "CORP EXAMPLE" }), "connection.auth.kerberos.realm"],
  [kerberos({ service: "http" }), "connection.auth.kerberos.service"],
  [kerberos({ host: "HTTP/web01" }), "connection.auth.kerberos.host"],
  [kerberos({ spn: "HTTP/web01" }), "connection.auth.kerberos.spn"],
  [tls({ maxVersion: "1.2" }), "connection.tls.maxVersion"],
  [tls({ ca: { url: "https://ca" } }), "connection.tls.ca"],
  [tls({ rejectUnauthorized: false }), "connection.tls.rejectUnauthorized"],
  [timeouts({ totalSeconds: 601 }), "connection.timeouts.totalSeconds"],
  [timeouts({ connectSeconds: "10" }), "connection.timeouts.connectSeconds"],
  [timeouts({ readSeconds: 10 }), "connection.timeouts.readSeconds"],
  [{ onDelete: true }, "onDelete"],
  [{ onPolicyConflict: "warning" }, "onPolicyConflict"],
  [{ conection: HOST }, "conection"],
  [{ connection: HOST, port: 5986 }, "port"],
  [{ connection: HOST, auth: { username: "ops" } }, "auth"],
  [{ connection: { ...HOST, username: "ops" } }, "connection.username"],
  [{ connection: { ...HOST, ca: "x" } }, "connection.ca"],
];

/** A line break would end a header, a request line or a name on the wire. */
const BROKEN = "a\r\nX-Evil: 1";
const WITH_LINE_BREAKS: readonly Row[] = [
  [{ connection: { host: BROKEN } }, "connection.host"],
  [{ connection: { ...HOST, path: `/wsman${BROKEN}` } }, "connection.path"],
  [{ connection: { ...HOST, proxy: `http://u:p@h${BROKEN}:3128` } }, "connection.proxy"],
  [auth({ method: BROKEN }), "connection.auth.method"],
  [auth({ username: BROKEN }), "connection.auth.username"],
  [kerberos({ cache: `FILE:${BROKEN}` }), "connection.auth.kerberos.cache"],
  [kerberos({ keytab: BROKEN }), "connection.auth.kerberos.keytab"],
  [kerberos({ realm: BROKEN }), "connection.auth.kerberos.realm"],
  [kerberos({ service: BROKEN }), "connection.auth.kerberos.service"],
  [kerberos({ host: BROKEN }), "connection.auth.kerberos.host"],
  [tls({ serverName: BROKEN }), "connection.tls.serverName"],
  [tls({ pinnedSha256: BROKEN }), "connection.tls.pinnedSha256"],
];

/** Refused by one. */
const OWN: readonly (readonly [ResourceType, ...Row])[] = [
  ["AuthConfig", { service: { kerberos: null, negotiate: "on" } }, "service.negotiate"],
  ["AuthConfig", { service: { cbtHardeningLevel: true } }, "service.cbtHardeningLevel"],
  ["AuthConfig", { service: { ntlm: true } }, "service.ntlm"],
  ["AuthConfig", { client: { trustedHosts: "*" } }, "client.trustedHosts"],
  ["AuthConfig", { client: "kerberos" }, "client"],
  ["TrustedHosts", { entries: { web01: true } }, "entries"],
  ["TrustedHosts", { entries: ["fe80::1"] }, "entries[0]"],
  ["TrustedHosts", { entries: ["[web01]"] }, "entries[0]"],
  ["TrustedHosts", { entries: ["web01:5985"] }, "entries[0]"],
  ["TrustedHosts", { entries: ["*.lab.*"] }, "entries[0]"],
  ["TrustedHosts", { entries: ["web*01"] }, "entries[0]"],
  ["TrustedHosts", { entries: ["web;01"] }, "entries[0]"],
  ["TrustedHosts", { entries: [], mode: ["exclusive"] }, "mode"],
  ["CertMapping", { issuer: "0".repeat(39) }, "issuer"],
  ["CertMapping", { password: { env: "A", file: "b" } }, "password"],
  ["CertMapping", { password: { env: "" } }, "password.env"],
  ["CertMapping", { userName: ".\\svc" }, "userName"],
  ["CertMapping", { uri: 5 }, "uri"],
  ["GroupMembership", { members: [null] }, "members[0]"],
  ["GroupMembership", { members: ["ops", "kim", "KIM"] }, "members[2]"],
  ["GroupMembership", { group: "" }, "group"],
  ["GroupMembership", { group: "Remote\tManagement" }, "group"],
  ["GroupMembership", { mode: true }, "mode"],
  ["TokenFilterPolicy", { localAccountTokenFilterPolicy: null }, "localAccountTokenFilterPolicy"],
  ["TokenFilterPolicy", { filterAdministratorToken: 0 }, "filterAdministratorToken"],
];

/** Taken by every resource. */
const TAKEN: readonly Args[] = [
  ...["FILE:/tmp/krb5cc_0", "DIR:/run/tickets", "KEYRING:persistent:0", "KCM:", "KCM:0:1"].map((cache) =>
    kerberos({ cache }),
  ),
];

suite("wrong arguments", () => {
  for (const type of Object.keys(RIGHT) as ResourceType[]) {
    test(`${type} takes right ones`, () => {
      for (const args of [{}, ...TAKEN]) {
        assert.deepEqual(LIFECYCLES[type].check({ ...RIGHT[type], ...args }), [], JSON.stringify(args));
      }
    });
    for (const [args, property] of [
      ...SHARED,
      ...WITH_LINE_BREAKS,
      ...OWN.flatMap(([own, ...row]) => (own === type ? [row] : [])),
    ]) {
      test(`${type} refuses ${JSON.stringify(args)} at ${property}`, (t) => {
        const problems = LIFECYCLES[type].check({ ...RIGHT[type], ...args });
        assert.deepEqual(
          problems.map((problem) => problem.property),
          [property],
        );
        const shared = SHARED.some(([shared]) => shared === args);
        if (!shared || type === "AuthConfig") assertWording(t, problems[0]!.reason);
        assert.doesNotMatch(JSON.stringify(problems), /Planted/);
      });
    }
  }
});
