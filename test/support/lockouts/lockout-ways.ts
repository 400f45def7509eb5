/** Every way in which an operator gets in to a simulated host, for the matrix of lockouts. */
import type { TestContext } from "node:test";
import type { Connection } from "../../../provider/contract/connection/connection";
import type { HostOptions, SimulatedHost } from "../../../simulator";
import { certificateFor } from "../hosts/certificates";
import { authority, clientCertificate, thumbprint } from "../hosts/client-certificates";
import { startTlsRelay } from "../hosts/tls-relay";

/** How one operator gets in. */
export interface Way {
  readonly name: string;
  readonly host: HostOptions;
  /** What it is a way of its own for: ways that differ in the account alone see every setting alike. */
  readonly of: readonly ("method" | "account" | "mapping")[];
  /** The operator as a member of a group. */
  readonly self: string;
  /** What is set by hand on the host before anything is applied. */
  readonly prepare?: (host: SimulatedHost) => void;
  /** The operator's connections; the first makes the change. */
  readonly connections: (host: SimulatedHost, t: TestContext) => Promise<Connection[]> | Connection[];
}

const OPS = { name: "ops", password: "Spring-2031!" } as const;
const OTHER = { name: "other", password: "Other-2031!" } as const;
const ADMINISTRATOR = { name: "Administrator", password: "Winter-2031!" } as const;
const ANN = { name: "ann", password: "Summer-2031!" } as const;
/** The account of the operator's mapping. */
export const SVC = { name: "svc", password: "Autumn-2031!" } as const;
/** An administrator who is not the operator. */
export const STRANGER = OTHER;

const CA = authority();
/** Issuer of the operator's certificate. */
export const ISSUER = thumbprint(CA.certPem);
const CLIENT = clientCertificate({ upn: "deploy@localhost" }, CA);
const SERVER = certificateFor(["localhost", "127.0.0.1"]);
const MIDDLE = certificateFor(["localhost", "127.0.0.1"]);
/** The built-in group. */
export const ADMINISTRATORS = "S-1-5-32-544";

const CORP = {
  name: "CORP",
  users: [ANN],
  groups: { Deploy: ["ann"], Operators: ["Deploy"], Access: ["Operators"], Unrelated: [] },
  domainLocal: ["Access"],
} as const;

/** A host on which every method is on, and every right is there. */
function hostWith(over: HostOptions = {}, operator: Partial<{ administrator: boolean }> = {}): HostOptions {
  return {
    accounts: [ADMINISTRATOR, { ...OPS, ...operator }, OTHER, SVC],
    https: { certificate: SERVER, clientCertificates: "handshake" },
    config: { "service/auth/Basic": true, "service/auth/Certificate": true, "service/AllowUnencrypted": true },
    certificates: { authorities: [CA.certPem] },
    certMappings: [{ subject: "*@localhost", issuer: ISSUER, userName: SVC.name, password: SVC.password }],
    quickConfig: true,
    ...over,
  };
}

type Password = { readonly name: string; readonly password: string };

function over(
  transport: "http" | "https",
  method: "basic" | "ntlm" | "negotiate",
  { name, password }: Password,
  more: object = {},
) {
  return (host: SimulatedHost): Connection[] => [
    {
      host: "127.0.0.1",
      transport,
      port: transport === "http" ? host.http!.port : host.https!.port,
      auth: { method, username: name, password },
      ...(transport === "https" ? { tls: { ca: SERVER.certPem } } : {}),
      ...(method === "basic" && transport === "http" ? { allowUnencrypted: true } : {}),
      ...more,
    },
  ];
}

const local = (account: Password): Password => ({ ...account, name: `WEB01\\${account.name}` });
const ntlmOps = over("http", "ntlm", local(OPS));

/** The operator is in Administrators through a principal only. */
function through(name: string, principal: string): Way {
  return {
    name: `ntlm, through ${name}`,
    of: ["account"],
    host: hostWith({ groups: { [ADMINISTRATORS]: [principal] } }, { administrator: false }),
    self: "ops",
    connections: ntlmOps,
  };
}

function inDomain(name: string, principal: string): Way {
  return {
    name: `ntlm of a domain, ${name}`,
    of: ["account"],
    host: hostWith({ domain: CORP, groups: { [ADMINISTRATORS]: [principal] } }),
    self: "CORP\\ann",
    connections: over("http", "ntlm", { ...ANN, name: "CORP\\ann" }),
  };
}

/** Certificate logon over https. */
function byCertificate(host: SimulatedHost): Connection[] {
  return [
    {
      host: "127.0.0.1",
      port: host.https!.port,
      tls: { ca: SERVER.certPem },
      auth: { method: "certificate", certificatePem: CLIENT.certPem, privateKeyPem: CLIENT.keyPem },
    },
  ];
}

/** Every way. */
export const WAYS: readonly Way[] = [
  {
    name: "basic over https",
    of: ["method", "account"],
    host: hostWith(),
    self: "ops",
    connections: over("https", "basic", local(OPS)),
  },
  {
    name: "basic over http",
    of: ["method"],
    host: hostWith(),
    self: "ops",
    connections: over("http", "basic", local(OPS)),
  },
  { name: "ntlm over http", of: ["method", "account", "mapping"], host: hostWith(), self: "ops", connections: ntlmOps },
  {
    name: "ntlm over https",
    of: ["method"],
    host: hostWith(),
    self: "ops",
    connections: over("https", "ntlm", local(OPS)),
  },
  {
    name: "ntlm over https without binding",
    of: ["method"],
    host: hostWith(),
    self: "ops",
    connections: (host) => {
      const [connection] = over("https", "ntlm", local(OPS))(host);
      return [{ ...connection!, auth: { ...connection!.auth, channelBinding: false } }];
    },
  },
  {
    name: "negotiate over https",
    of: ["method"],
    host: hostWith(),
    self: "ops",
    connections: over("https", "negotiate", local(OPS)),
  },
  {
    name: "ntlm of the built-in Administrator",
    of: ["account"],
    host: hostWith(),
    self: "Administrator",
    connections: over("http", "ntlm", local(ADMINISTRATOR)),
  },
  {
    name: "ntlm where no token is filtered",
    of: ["account"],
    host: hostWith(),
    self: "ops",
    prepare: ({ registry }) => {
      registry.set("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableLUA", 0);
    },
    connections: ntlmOps,
  },
  through("Everyone", "S-1-1-0"),
  through("NETWORK", "S-1-5-2"),
  through("Authenticated Users", "S-1-5-11"),
  through("Local account", "S-1-5-113"),
  inDomain("a direct member", "CORP\\ann"),
  inDomain("through a group", "CORP\\Deploy"),
  inDomain("through a group in a group", "CORP\\Operators"),
  inDomain("through a domain local group", "CORP\\Access"),
  {
    name: "a certificate",
    of: ["method", "account", "mapping"],
    host: hostWith(),
    self: SVC.name,
    connections: byCertificate,
  },
  {
    name: "basic and ntlm",
    of: ["method", "account"],
    host: hostWith(),
    self: "ops",
    connections: (host) => [...over("https", "basic", local(OPS))(host), ...over("https", "ntlm", local(OTHER))(host)],
  },
  {
    name: "ntlm over http, and basic over https",
    of: ["method"],
    host: hostWith(),
    self: "ops",
    connections: (host) => [...ntlmOps(host), ...over("https", "basic", local(OTHER))(host)],
  },
  {
    name: "ntlm through somebody who terminates TLS",
    of: ["method"],
    host: hostWith({
      config: { "service/auth/Basic": true, "service/auth/CbtHardeningLevel": "None" },
    }),
    self: "ops",
    connections: async (host, t) => {
      const { port } = await startTlsRelay(t, MIDDLE, host.https!.port);
      return over("https", "ntlm", local(OPS), { port, tls: { ca: MIDDLE.certPem } })(host);
    },
  },
];
