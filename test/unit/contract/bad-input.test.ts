/** What `check` says to wrong arguments that all resources share, and to those that no other table holds. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";

type Args = Readonly<Record<string, unknown>>;
type Row = readonly [args: Args, property: string, reason: RegExp];

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
  [{ connection: undefined }, "connection", /is required/],
  [{ connection: 5986 }, "connection", /must be an object, not a number/],
  [{ connection: { host: "web01/wsman" } }, "connection.host", /DNS name or an IP address/],
  [{ connection: { host: "ops@web01" } }, "connection.host", /DNS name or an IP address/],
  [{ connection: { host: ["web01"] } }, "connection.host", /must be a string, not a list/],
  [{ connection: { ...HOST, port: -1 } }, "connection.port", /1 to 65535, not -1/],
  [{ connection: { ...HOST, path: "/ws man" } }, "connection.path", /a path such as \/wsman/],
  [{ connection: { ...HOST, proxy: true } }, "connection.proxy", /\{ env: "NAME" \}/],
  [{ connection: { ...HOST, user: "ops" } }, "connection.user", /is not an argument/],
  [auth({ method: "NTLM" }), "connection.auth.method", /"ntlm" or/],
  [auth({ username: "ops;x" }), "connection.auth.username", /MACHINE\\user/],
  [auth({ certificatePem: 1 }), "connection.auth.certificatePem", /\{ file: "path" \}/],
  [auth({ privateKeyPem: "" }), "connection.auth.privateKeyPem", /must not be empty/],
  [auth({ privateKeyPem: { path: "key.pem" } }), "connection.auth.privateKeyPem", /\{ file: "path" \}/],
  [auth({ pfx: { file: "" } }), "connection.auth.pfx.file", /must not be empty/],
  [auth({ passphrase: ["Planted-5e1!"] }), "connection.auth.passphrase", /\{ env: "NAME" \}/],
  [kerberos(true), "connection.auth.kerberos", /must be an object, not a boolean/],
  [kerberos({ cache: "/tmp/krb5cc_0" }), "connection.auth.kerberos.cache", /a ticket cache such as FILE:/],
  [kerberos({ cache: "DIR:" }), "connection.auth.kerberos.cache", /a ticket cache such as FILE:/],
  [kerberos({ keytab: 3 }), "connection.auth.kerberos.keytab", /must be a string/],
  [kerberos({ realm: "CORP EXAMPLE" }), "connection.auth.kerberos.realm", /a realm such as/],
  [kerberos({ service: "http" }), "connection.auth.kerberos.service", /"HTTP" or "HOST" or "WSMAN"/],
  [kerberos({ host: "HTTP/web01" }), "connection.auth.kerberos.host", /a DNS name/],
  [kerberos({ spn: "HTTP/web01" }), "connection.auth.kerberos.spn", /is not an argument/],
  [tls({ maxVersion: "1.2" }), "connection.tls.maxVersion", /"TLSv1\.2" or "TLSv1\.3"/],
  [tls({ ca: { url: "https://ca" } }), "connection.tls.ca", /\{ file: "path" \}/],
  [tls({ rejectUnauthorized: false }), "connection.tls.rejectUnauthorized", /is not an argument/],
  [timeouts({ totalSeconds: 601 }), "connection.timeouts.totalSeconds", /1 to 600 seconds/],
  [timeouts({ connectSeconds: "10" }), "connection.timeouts.connectSeconds", /whole number/],
  [timeouts({ readSeconds: 10 }), "connection.timeouts.readSeconds", /is not an argument/],
  [{ onDelete: true }, "onDelete", /"restore" or "leave", not true/],
  [{ onPolicyConflict: "warning" }, "onPolicyConflict", /"fail" or "warn", not "warning"/],
  [{ conection: HOST }, "conection", /is not an argument/],
  [{ connection: HOST, port: 5986 }, "port", /did you mean connection\.port\?/],
  [{ connection: HOST, auth: { username: "ops" } }, "auth", /did you mean connection\.auth\?/],
  [{ connection: { ...HOST, username: "ops" } }, "connection.username", /did you mean auth\.username\?/],
  [{ connection: { ...HOST, ca: "x" } }, "connection.ca", /did you mean tls\.ca\?/],
];

/** A line break would end a header, a request line or a name on the wire. */
const BROKEN = "a\r\nX-Evil: 1";
const NO_BREAK = /must not contain line breaks or other control characters$/;
const WITH_LINE_BREAKS: readonly Row[] = [
  [{ connection: { host: BROKEN } }, "connection.host", NO_BREAK],
  [{ connection: { ...HOST, path: `/wsman${BROKEN}` } }, "connection.path", NO_BREAK],
  [{ connection: { ...HOST, proxy: `http://u:p@h${BROKEN}:3128` } }, "connection.proxy", /the URL of an HTTP proxy/],
  [auth({ method: BROKEN }), "connection.auth.method", /not "a\\r\\nX-Evil: 1"$/],
  [auth({ username: BROKEN }), "connection.auth.username", NO_BREAK],
  [kerberos({ cache: `FILE:${BROKEN}` }), "connection.auth.kerberos.cache", NO_BREAK],
  [kerberos({ keytab: BROKEN }), "connection.auth.kerberos.keytab", NO_BREAK],
  [kerberos({ realm: BROKEN }), "connection.auth.kerberos.realm", NO_BREAK],
  [kerberos({ service: BROKEN }), "connection.auth.kerberos.service", /not "a\\r\\nX-Evil: 1"$/],
  [kerberos({ host: BROKEN }), "connection.auth.kerberos.host", NO_BREAK],
  [tls({ serverName: BROKEN }), "connection.tls.serverName", NO_BREAK],
  [tls({ pinnedSha256: BROKEN }), "connection.tls.pinnedSha256", NO_BREAK],
];

/** Refused by one. */
const OWN: readonly (readonly [ResourceType, ...Row])[] = [
  ["AuthConfig", { service: { kerberos: null, negotiate: "on" } }, "service.negotiate", /true or false, not "on"/],
  ["AuthConfig", { service: { cbtHardeningLevel: true } }, "service.cbtHardeningLevel", /"Relaxed" or "Strict"/],
  ["AuthConfig", { service: { ntlm: true } }, "service.ntlm", /is not an argument/],
  ["AuthConfig", { client: { trustedHosts: "*" } }, "client.trustedHosts", /is not an argument/],
  ["AuthConfig", { client: "kerberos" }, "client", /must be an object/],
  ["TrustedHosts", { entries: { web01: true } }, "entries", /must be a list, not an object/],
  ["TrustedHosts", { entries: ["fe80::1"] }, "entries[0]", /in brackets: \[fe80::1\]/],
  ["TrustedHosts", { entries: ["[web01]"] }, "entries[0]", /IPv6 address in brackets/],
  ["TrustedHosts", { entries: ["web01:5985"] }, "entries[0]", /port or a scheme/],
  ["TrustedHosts", { entries: ["*.lab.*"] }, "entries[0]", /one \* at the most/],
  ["TrustedHosts", { entries: ["web*01"] }, "entries[0]", /at the start or at the end/],
  ["TrustedHosts", { entries: ["web;01"] }, "entries[0]", /must be a host name/],
  ["TrustedHosts", { entries: [], mode: ["exclusive"] }, "mode", /"entries" or "exclusive"/],
  ["CertMapping", { issuer: "0".repeat(39) }, "issuer", /40 hex digits/],
  ["CertMapping", { password: { env: "A", file: "b" } }, "password", /\{ env: "NAME" \} or/],
  ["CertMapping", { password: { env: "" } }, "password.env", /must not be empty/],
  ["CertMapping", { userName: ".\\svc" }, "userName", /bare name of a local account/],
  ["CertMapping", { uri: 5 }, "uri", /must be a string/],
  ["GroupMembership", { members: [null] }, "members[0]", /must be set/],
  ["GroupMembership", { members: ["ops", "kim", "KIM"] }, "members[2]", /the same member as members\[1\]/],
  ["GroupMembership", { group: "" }, "group", /must not be empty/],
  ["GroupMembership", { group: "Remote\tManagement" }, "group", /control characters/],
  ["GroupMembership", { mode: true }, "mode", /"members" or "exclusive", not true/],
  ["TokenFilterPolicy", { localAccountTokenFilterPolicy: null }, "localAccountTokenFilterPolicy", /is required/],
  ["TokenFilterPolicy", { filterAdministratorToken: 0 }, "filterAdministratorToken", /is not an argument/],
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
    for (const [args, property, reason] of [
      ...SHARED,
      ...WITH_LINE_BREAKS,
      ...OWN.flatMap(([own, ...row]) => (own === type ? [row] : [])),
    ]) {
      test(`${type} refuses ${JSON.stringify(args)} at ${property}`, () => {
        const problems = LIFECYCLES[type].check({ ...RIGHT[type], ...args });
        assert.deepEqual(
          problems.map((problem) => problem.property),
          [property],
        );
        assert.match(problems[0]!.reason, reason);
        assert.doesNotMatch(JSON.stringify(problems), /Planted/);
      });
    }
  }
});
