/** What the state corpus of a release holds. A new resource type, or a new shape of state, is an entry more in this list. */
import type { HostOptions } from "../../simulator";
import { MAPPING_ENTRIES } from "./cert-mapping-entries";
import { BY_VALUE, type CorpusEntry, connected } from "./entry";
import { GROUP_ENTRIES } from "./group-membership-entries";
import { FILTER_ENTRIES } from "./token-filter-entries";

const BASIC_ON = { config: { "service/auth/Basic": true } };
const DIGEST_OFF = { config: { "client/auth/Digest": false } };
const NO_DIGEST = "client: { digest: false }";
const LIST = (entries: string): HostOptions => ({ config: { "client/TrustedHosts": entries } });
const EVERY_LEAF = {
  "service/auth/Basic": true,
  "service/auth/Kerberos": false,
  "service/auth/Certificate": true,
  "service/auth/CredSSP": true,
  "service/auth/CbtHardeningLevel": "Strict",
  "service/AllowUnencrypted": true,
  "client/auth/Basic": false,
  "client/auth/Digest": false,
  "client/auth/Kerberos": false,
  "client/auth/Negotiate": false,
  "client/auth/Certificate": false,
  "client/auth/CredSSP": true,
  "client/AllowUnencrypted": true,
} as const;

/** Everything that the corpus of the release at hand holds. */
export const CORPUS_ENTRIES: readonly CorpusEntry[] = [
  {
    name: "everyleaf",
    type: "AuthConfig",
    after: { config: EVERY_LEAF },
    args: `service: { basic: true, kerberos: false, negotiate: true, certificate: true, credSSP: true,
        allowUnencrypted: true, cbtHardeningLevel: "Strict" },
      client: { basic: false, digest: false, kerberos: false, negotiate: false, certificate: false, credSSP: true,
        allowUnencrypted: true }, onDelete: "restore", onPolicyConflict: "fail", acceptLockout: true`,
  },
  { name: "adopted", type: "AuthConfig", before: DIGEST_OFF, after: DIGEST_OFF, args: NO_DIGEST },
  { name: "nosettings", type: "AuthConfig", after: {} },
  {
    name: "left",
    type: "AuthConfig",
    before: BASIC_ON,
    after: {},
    end: {},
    args: 'service: { basic: false }, onDelete: "leave"',
  },
  {
    name: "policy",
    type: "AuthConfig",
    before: { policy: { "service/auth/Basic": true } },
    after: { policy: { "service/auth/Basic": true }, ...DIGEST_OFF },
    args: `service: { basic: false }, ${NO_DIGEST}, onPolicyConflict: "warn"`,
  },
  {
    name: "drifted",
    type: "AuthConfig",
    before: BASIC_ON,
    after: { config: { "client/auth/Digest": true } },
    end: BASIC_ON,
    args: `service: { basic: false }, ${NO_DIGEST}`,
    edits: ({ config }) => {
      config.set("client/auth/Digest", true);
    },
    step: "update",
  },
  {
    name: "partial",
    type: "AuthConfig",
    before: BASIC_ON,
    after: { config: { ...BASIC_ON.config, ...DIGEST_OFF.config } },
    end: BASIC_ON,
    args: `service: { basic: false }, ${NO_DIGEST}`,
    misbehave: { on: "put", nth: 2, action: "fault", code: 5 },
    step: "update",
    refreshes: true,
  },
  {
    name: "byvalue",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    connection: connected("byvalue", `auth: { method: "ntlm", username: "ops", password: ${BY_VALUE} }`),
  },
  {
    name: "byenv",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    connection: connected(
      "byenv",
      `path: "/wsman", preflight: "error", timeouts: { connectSeconds: 9, operationSeconds: 29 },
      auth: { method: "negotiate", username: "ops", password: { env: "CORPUS_PASSWORD" }, channelBinding: true }`,
    ),
  },
  {
    name: "byfile",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    connection: connected("byfile", 'auth: { password: { file: "password.txt" } }'),
  },
  {
    // The whole connection is one secret, so no port can be replaced in it: it comes from the environment.
    name: "whole",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    connection: `pulumi.output({ host: "127.0.0.1", transport: "http", auth: { username: "ops", password: ${BY_VALUE} } })`,
  },
  {
    name: "overtls",
    type: "AuthConfig",
    before: { https: true, http: false },
    after: { https: true, http: false, config: { ...DIGEST_OFF.config, "service/auth/CbtHardeningLevel": "Strict" } },
    args: `${NO_DIGEST}, service: { cbtHardeningLevel: "Strict" }`,
    connection: '{ host: "127.0.0.1", port: ports.overtls, tls: { ca: { file: "overtls.pem" } } }',
  },
  {
    name: "basic",
    type: "AuthConfig",
    before: { https: true, http: false, ...BASIC_ON },
    after: { https: true, http: false, config: { ...BASIC_ON.config, ...DIGEST_OFF.config } },
    args: NO_DIGEST,
    connection:
      '{ host: "127.0.0.1", port: ports.basic, auth: { method: "basic" }, tls: { serverName: "localhost", ca: { file: "basic.pem" } } }',
  },
  {
    name: "child",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    prelude: 'const group = new pulumi.ComponentResource("my:site:Group", "group");',
    options: "{ parent: group, protect: false }",
  },
  {
    name: "sited",
    type: "AuthConfig",
    after: DIGEST_OFF,
    args: NO_DIGEST,
    connection: '{ host: "127.0.0.1" }',
    prelude: `const site = new winrm.Provider("site",
  { username: "ops", password: ${BY_VALUE}, transport: "http", port: ports.sited }, { envVarMappings: { NOT_SET: "ALSO_NOT_SET" } });`,
    options: "{ provider: site }",
  },
  { name: "authread", type: "AuthConfig", after: BASIC_ON, before: BASIC_ON, get: true, step: "read" },

  {
    name: "added",
    type: "TrustedHosts",
    before: LIST("kept.example.com"),
    after: LIST("kept.example.com,lab-01,*.LAB.example.com"),
    args: 'entries: ["lab-01", "*.LAB.example.com"]',
  },
  {
    name: "there",
    type: "TrustedHosts",
    before: LIST("lab-01,kept"),
    after: LIST("lab-01,kept"),
    args: 'entries: ["LAB-01"], mode: "entries"',
  },
  {
    name: "exactly",
    type: "TrustedHosts",
    before: LIST("old-01,old-02"),
    after: LIST("10.0.0.1,[fe80::1],<local>,web*"),
    args: 'entries: ["10.0.0.1", "[fe80::1]", "<local>", "web*"], mode: "exclusive"',
  },
  {
    name: "emptied",
    type: "TrustedHosts",
    before: LIST("old-01"),
    after: {},
    end: {},
    args: 'entries: [], mode: "exclusive", onDelete: "leave"',
  },
  {
    name: "listpolicy",
    type: "TrustedHosts",
    before: { policy: { "client/TrustedHosts": "by-policy" } },
    after: { policy: { "client/TrustedHosts": "by-policy" } },
    args: 'entries: ["lab-01"], onPolicyConflict: "warn"',
  },
  {
    name: "listdrifted",
    type: "TrustedHosts",
    before: LIST("kept"),
    after: LIST("kept,lab-02"),
    end: LIST("kept"),
    args: 'entries: ["lab-01", "lab-02"]',
    edits: ({ config }) => {
      config.set("client/TrustedHosts", "kept,lab-02");
    },
    step: "update",
  },
  {
    name: "exactlydrifted",
    type: "TrustedHosts",
    before: LIST("old"),
    after: LIST("by-hand"),
    end: LIST("by-hand"),
    args: 'entries: ["lab-01"], mode: "exclusive"',
    edits: ({ config }) => {
      config.set("client/TrustedHosts", "by-hand");
    },
    step: "update",
  },
  { name: "listread", type: "TrustedHosts", after: LIST("one,two"), before: LIST("one,two"), get: true, step: "read" },

  ...MAPPING_ENTRIES,
  ...GROUP_ENTRIES,
  ...FILTER_ENTRIES,
];
