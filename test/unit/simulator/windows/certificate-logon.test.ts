/** Client certificates against the simulated host: who is let in, and why somebody is not. */
import assert from "node:assert/strict";
import { request } from "node:https";
import { suite, test, type TestContext } from "node:test";
import { type CertificatePair, type CertMappingOptions, type HostOptions, SimulatedHost } from "../../../../simulator";
import { certificateFor } from "../../../support/hosts/certificates";
import {
  authority,
  type CertificateAbout,
  clientCertificate,
  thumbprint,
} from "../../../support/hosts/client-certificates";
import { getEnvelope, SOAP_TYPE } from "../wire";

const PROFILE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
const SERVER = certificateFor(["127.0.0.1"]);
const CA = authority();
const ISSUER = thumbprint(CA.certPem);
const SVC = { name: "svc-deploy", password: "Autumn-2032!" } as const;
const MAPPING = {
  subject: "svc-deploy@localhost",
  issuer: ISSUER,
  userName: SVC.name,
  password: SVC.password,
} as const;
const CLIENT = clientCertificate({ upn: MAPPING.subject }, CA);

function start(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const base: HostOptions = {
    accounts: [SVC],
    http: false,
    https: { certificate: SERVER },
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CA.certPem] },
    certMappings: [MAPPING],
  };
  const started = SimulatedHost.start({ ...base, ...options });
  t.after(async () => (await started).stop());
  return started;
}

interface Ask {
  readonly client?: CertificatePair;
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  readonly header?: string;
  /** Sent with the certificate. */
  readonly chain?: readonly string[];
}

/** One Get of service/auth; 0 if the connection broke. */
function ask(
  host: SimulatedHost,
  { client = CLIENT, maxVersion = "TLSv1.2", header = PROFILE, chain = [] }: Ask = {},
): Promise<number> {
  const body = getEnvelope("/service/auth");
  return new Promise((resolve) => {
    const options = {
      method: "POST",
      agent: false,
      ca: host.https!.certificatePem,
      key: client.keyPem,
      cert: [client.certPem, ...chain].join("\n"),
      maxVersion,
      headers: { "Content-Type": SOAP_TYPE, "Content-Length": Buffer.byteLength(body), Authorization: header },
    } as const;
    const outgoing = request(host.https!.url, options, (incoming) => {
      incoming.resume().on("end", () => {
        resolve(incoming.statusCode ?? 0);
      });
    });
    outgoing.on("error", () => {
      resolve(0);
    });
    outgoing.end(body);
  });
}

const refusalOf = (host: SimulatedHost): string | undefined => host.journal.at(-1)?.refusal;

suite("a client certificate on the simulated host", () => {
  test("logs in as the mapped account, asked for within the connection under TLS 1.2", async (t) => {
    const host = await start(t);
    assert.equal(await ask(host), 200);
    assert.deepEqual(
      host.journal.entries().map(({ auth, account, phase }) => [auth, account, phase]),
      [["Certificate", SVC.name, "request"]],
    );
  });

  test("has its connection broken under TLS 1.3, as Windows does, unless the handshake asks for it", async (t) => {
    const host = await start(t);
    assert.equal(await ask(host, { maxVersion: "TLSv1.3" }), 0);
    assert.match(refusalOf(host)!, /TLS 1\.3/);
    const asking = await start(t, { https: { certificate: SERVER, clientCertificates: "handshake" } });
    assert.equal(await ask(asking, { maxVersion: "TLSv1.3" }), 200);
    assert.equal(await ask(asking, { maxVersion: "TLSv1.2" }), 200);
  });

  test("is not asked for, and not looked at, without the header", async (t) => {
    const host = await start(t, { https: { certificate: SERVER, clientCertificates: "handshake" } });
    assert.equal(await ask(host, { header: "Basic eDp5" }), 401);
    assert.equal(refusalOf(host), "Basic is off");
  });

  test("is not accepted over http", async (t) => {
    const host = await start(t, { http: true });
    const answer = await fetch(host.http!.url, {
      method: "POST",
      headers: { Authorization: PROFILE },
      body: getEnvelope(),
    });
    assert.deepEqual([answer.status, refusalOf(host)], [401, "certificates need https"]);
  });

  const selfSigned = clientCertificate({ upn: "own@localhost" });
  const intermediate = authority("Test CA 2", CA);
  const accepted: readonly (readonly [
    string,
    CertificatePair,
    Partial<CertMappingOptions>,
    Ask?,
    (readonly string[])?,
  ])[] = [
    ["by its DNS name", clientCertificate({ dns: "runner.example" }, CA), { subject: "runner.example" }],
    ["by a pattern with a star before", CLIENT, { subject: "*@localhost" }],
    ["by a pattern with a star behind", CLIENT, { subject: "svc-*" }],
    ["without regard to case", CLIENT, { subject: "SVC-Deploy@LOCALHOST", issuer: ISSUER.toLowerCase() }],
    ["for the resource that the mapping names", CLIENT, { uri: "http://schemas.microsoft.com/wbem/wsman/1/config/*" }],
    [
      "that signed itself, if the host trusts it",
      selfSigned,
      { subject: "own@localhost", issuer: thumbprint(selfSigned.certPem) },
      {},
      [selfSigned.certPem],
    ],
    [
      "of an intermediate authority that the host has",
      clientCertificate({ upn: MAPPING.subject }, intermediate),
      { issuer: thumbprint(intermediate.certPem) },
      {},
      [intermediate.certPem],
    ],
  ];
  for (const [what, client, mapping, how = {}, trusted = []] of accepted) {
    test(`is accepted ${what}`, async (t) => {
      const host = await start(t, {
        certificates: { authorities: [CA.certPem, ...trusted] },
        certMappings: [{ ...MAPPING, ...mapping }],
      });
      assert.equal(await ask(host, { client, ...how }), 200, refusalOf(host));
    });
  }

  const about = (extra: CertificateAbout): CertificatePair => clientCertificate({ upn: MAPPING.subject, ...extra }, CA);
  const stranger = authority("Another CA");
  const refused: readonly (readonly [string, RegExp, CertificatePair, ((host: SimulatedHost) => void)?])[] = [
    ["its name is not mapped", /no mapping/, clientCertificate({ upn: "other@localhost" }, CA)],
    ["it has no name", /no mapping/, clientCertificate({ commonName: "svc-deploy@localhost" }, CA)],
    ["it is not for client authentication", /not for client/, about({ usage: "serverAuth" })],
    ["it is expired", /expired/, about({ days: [-9, -1] })],
    ["it is not valid yet", /not valid yet/, about({ days: [1, 9] })],
    ["its issuer is a stranger", /not trusted/, clientCertificate({ upn: MAPPING.subject }, stranger)],
    ["it is longer than 16 KB", /16 KB/, about({ padding: 17_000 })],
    [
      "Certificate is off",
      /Certificate is off/,
      CLIENT,
      (host) => {
        host.config.set("service/auth/Certificate", false);
      },
    ],
    [
      "the mapping is disabled",
      /disabled/,
      CLIENT,
      (host) => {
        host.certMappings.change(MAPPING, { enabled: false });
      },
    ],
    [
      "the mapping is gone",
      /no mapping/,
      CLIENT,
      (host) => {
        host.certMappings.remove(MAPPING);
      },
    ],
    [
      "its authority is no longer trusted",
      /not trusted/,
      CLIENT,
      (host) => {
        host.certMappings.distrust(ISSUER);
      },
    ],
    [
      "two mappings match equally well",
      /two mappings/,
      CLIENT,
      (host) => {
        host.certMappings.remove(MAPPING);
        host.certMappings.add({ ...MAPPING, subject: "svc-deploy@*" });
        host.certMappings.add({ ...MAPPING, subject: "*y@localhost" });
      },
    ],
    [
      "the mapping is for another resource",
      /no mapping/,
      CLIENT,
      (host) => {
        host.certMappings.remove(MAPPING);
        host.certMappings.add({ ...MAPPING, uri: "http://schemas.microsoft.com/wbem/wsman/1/wmi/*" });
      },
    ],
  ];
  for (const [what, why, client, change] of refused) {
    test(`is refused with 401 because ${what}, and that is no failed logon`, async (t) => {
      const host = await start(t);
      change?.(host);
      assert.equal(await ask(host, { client }), 401);
      assert.match(refusalOf(host)!, why);
      assert.equal(host.journal.logonFailures().length, 0);
    });
  }

  test("is refused after the password of its account was changed, and that is a failed logon", async (t) => {
    const host = await start(t);
    host.accounts.setPassword(SVC.name, "Another-2032!");
    assert.equal(await ask(host), 401);
    assert.deepEqual(
      host.journal.logonFailures().map(({ auth, account }) => [auth, account]),
      [["Certificate", SVC.name]],
    );
  });

  test("goes by the longest subject, then by the longest URI", async (t) => {
    const [one, two, three] = ["one", "two", "three"].map((name) => ({ name, password: SVC.password })) as [
      typeof SVC,
      typeof SVC,
      typeof SVC,
    ];
    const config = "http://schemas.microsoft.com/wbem/wsman/1/config/service/auth";
    const host = await start(t, {
      accounts: [one, two, three],
      certMappings: [
        { ...MAPPING, subject: "*@localhost", userName: one.name, uri: config },
        { ...MAPPING, userName: two.name },
        { ...MAPPING, userName: three.name, uri: config },
      ],
    });
    await ask(host);
    assert.equal(host.journal.at(-1)?.account, "three");
    host.certMappings.remove({ ...MAPPING, uri: config });
    await ask(host);
    assert.equal(host.journal.at(-1)?.account, "two");
    host.certMappings.remove(MAPPING);
    await ask(host);
    assert.equal(host.journal.at(-1)?.account, "one");
  });

  test("K5: a revoked certificate, or one of a revoked issuer, logs nobody in", async (t) => {
    const host = await start(t);
    assert.equal(await ask(host), 200);
    host.certMappings.revoke(thumbprint(CLIENT.certPem));
    assert.equal(await ask(host), 401);
    assert.equal(host.journal.at(-1)?.refusal, "the client certificate or an issuer is revoked");
    const other = clientCertificate({ upn: MAPPING.subject }, CA);
    assert.equal(await ask(host, { client: other }), 200);
    host.certMappings.revoke(ISSUER);
    assert.equal(await ask(host, { client: other }), 401);
  });

  test("N2: after the service's account changed, mappings log nobody in until their password is written anew", async (t) => {
    const host = await start(t);
    host.certMappings.changeServiceAccount();
    assert.equal(await ask(host), 401);
    assert.equal(host.journal.at(-1)?.logonFailure, false);
    const { userName, password, ...key } = MAPPING;
    host.certMappings.change(key, { userName, password: "" });
    assert.equal(await ask(host), 401, "an empty password leaves it void");
    host.certMappings.change(key, { userName, password });
    assert.equal(await ask(host), 200);
  });
});
