/** Logging in through a mapping that CertMapping wrote, and not cutting off the branch that one sits on. */
import { Claims } from "../../provider/lifecycle/change/claims";
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { authority, clientCertificate } from "../support/hosts/client-certificates";
import { DeployedResource } from "../support/processes/provider-calls";
import { ADMIN, connectionTo, startHost, startProcess } from "../support/processes/recorded-process";

const CA = authority();
const CLIENT = clientCertificate({ upn: "deploy@localhost" }, CA);
const SVC = { name: "svc-deploy", password: "Mapped-7d2!Secret" } as const;
const MAPPING = {
  clientCertificatePem: CLIENT.certPem,
  issuerCertificatePem: CA.certPem,
  userName: SVC.name,
  password: SVC.password,
} as const;

/** A host with a mapping that was written over NTLM, and the connection that logs in through it. */
async function setUp(t: TestContext, inputs: object = {}) {
  const host = await startHost(t, {
    accounts: [ADMIN, SVC],
    https: true,
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CA.certPem] },
  });
  const process = startProcess(t);
  const text = `exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;`;
  const mapping = new DeployedResource("m", text);
  await mapping.up(process.mappings, { connection: connectionTo(host), ...MAPPING, ...inputs });
  host.journal.clear();
  const own = {
    host: "127.0.0.1",
    port: host.https!.port,
    tls: { ca: host.https!.certificatePem },
    auth: { method: "certificate", certificatePem: CLIENT.certPem, privateKeyPem: CLIENT.keyPem },
  };
  return { host, ...process, mapping, own, text };
}

suite("a connection with a client certificate", () => {
  test("logs in through the mapping that CertMapping wrote, and reads and writes", async (t) => {
    const { host, auth, own } = await setUp(t);
    const resource = new DeployedResource("a");
    await resource.up(auth, { connection: own, client: { digest: false } });
    assert.equal(host.config.get("client/auth/Digest"), "false");
    assert.ok(host.journal.requests().every((entry) => entry.auth === "Certificate" && entry.account === SVC.name));
  });

  test("does not switch off the certificates that it logs in with", async (t) => {
    const { host, auth, own } = await setUp(t);
    const resource = new DeployedResource("a");
    await assert.rejects(resource.up(auth, { connection: own, service: { certificate: false } }), {
      message: /service\.certificate: .*\[WINRM_E_LOCKOUT\]/s,
    });
    assert.deepEqual(host.journal.writes(), []);
  });

  test("does not disable, re-point, replace or remove its own mapping, unless it is told to", async (t) => {
    const { host, mappings, own, text, process } = await setUp(t, { onDelete: "leave" });
    // The same mapping in another stack, managed through itself.
    const mapping = new DeployedResource("m", text);
    const args = { connection: own, ...MAPPING, adopt: true };
    await mapping.up(mappings, args);
    host.journal.clear();
    const refused = { message: /\[WINRM_E_LOCKOUT\]/ };
    await assert.rejects(mapping.up(mappings, { ...args, enabled: false }), refused);
    await assert.rejects(mapping.up(mappings, { ...args, userName: ADMIN.name, password: ADMIN.password }), refused);
    assert.deepEqual(host.journal.writes(), []);

    // Another run, which knows nothing of the first resource.
    process.claims = new Claims();
    const made = new DeployedResource("made", text);
    host.certMappings.add({
      subject: "*@localhost",
      issuer: host.certMappings.list()[0]!.issuer,
      ...SVC,
      userName: SVC.name,
    });
    host.certMappings.remove(host.certMappings.list()[0]!);
    await made.up(mappings, { ...args, adopt: false });
    host.certMappings.remove({ subject: "*@localhost", issuer: host.certMappings.list()[0]!.issuer });
    host.journal.clear();
    await assert.rejects(made.destroy(mappings), refused);
    await assert.rejects(made.up(mappings, { ...args, adopt: false, uri: "http://a/*" }), refused);
    assert.deepEqual(host.journal.writes(), []);
    await made.up(mappings, { ...args, adopt: false, acceptLockout: true });
    // It is gone, and with it the way in through which that could be read back.
    await assert.rejects(made.destroy(mappings), { message: /\[WINRM_E_LOGON_DENIED\]/ });
    assert.equal(host.certMappings.list().length, 0);
  });
});
