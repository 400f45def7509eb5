/** What lies in state: constant texts, sizes, ids. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientCertificate, thumbprint } from "../support/hosts/client-certificates.js";
import { type Declared, PASSWORD, USERNAME, connectionTo, hostFixture, startHost } from "./support/hosts.js";

/** Bytes of compact JSON: `auth` manages every leaf and changed all but one of them. */
const LIMITS = { auth: 2_500, trusted: 1_500, uac: 1_500, mapping: 1_500, members: 1_500 };

/** Frozen: states written by any release hold these texts, and the engine runs them. */
const PROVIDER_TEXTS = {
  auth: 'exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;',
  trusted: 'exports.handler=()=>require("pulumi-winrm/runtime").TrustedHosts;',
  uac: 'exports.handler=()=>require("pulumi-winrm/runtime").TokenFilterPolicy;',
  mapping: 'exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;',
  members: 'exports.handler=()=>require("pulumi-winrm/runtime").GroupMembership;',
};

test("state holds the constant provider text, plain ids, and little else", async (t) => {
  const { certPem } = clientCertificate({ upn: "deploy@localhost" });
  const { certPem: otherPem } = clientCertificate({ upn: "other@localhost" });
  const host = await startHost(t, {
    config: { "client/TrustedHosts": "kept.example.com" },
    certificates: { authorities: [certPem, otherPem] },
    domain: { name: "CORP", users: ["deploy"], groups: { "Web Operators": ["deploy"] } },
    quickConfig: true,
  });
  const connection = connectionTo(host);
  const flags = { basic: true, kerberos: false, certificate: true, credSSP: true, allowUnencrypted: true };
  const resources: Declared[] = [
    {
      type: "AuthConfig",
      name: "auth",
      args: {
        connection,
        service: { ...flags, negotiate: true, cbtHardeningLevel: "Strict" },
        client: { ...flags, negotiate: false, digest: false, basic: false, certificate: false },
      },
    },
    {
      type: "TrustedHosts",
      name: "trusted",
      args: { connection, entries: ["lab-01.example.com", "*.lab.example.com"] },
    },
    { type: "TokenFilterPolicy", name: "uac", args: { connection, localAccountTokenFilterPolicy: 1 } },
    {
      type: "CertMapping",
      name: "mapping",
      args: {
        connection,
        subject: "deploy@localhost",
        issuer: thumbprint(certPem),
        userName: USERNAME,
        password: { env: "WINRM_PASSWORD" },
      },
    },
    {
      type: "CertMapping",
      name: "pem",
      args: { connection, clientCertificatePem: otherPem, userName: USERNAME, password: { env: "WINRM_PASSWORD" } },
    },
    {
      type: "GroupMembership",
      name: "members",
      args: { connection, group: "Remote Management Users", members: ["CORP\\Web Operators", "CORP\\deploy"] },
    },
  ];
  const fixture = await hostFixture(t, { resources });
  await fixture.apply();
  const state = await fixture.state();
  for (const [name, text] of Object.entries(PROVIDER_TEXTS)) {
    const resource = state.resource(name);
    assert.equal(resource.outputs?.["__provider"], text);
    assert.ok(Buffer.byteLength(text) <= 100);
    assert.equal(resource.inputs?.["__urn"], undefined);
    assert.equal(resource.outputs["__urn"], undefined);
    assert.equal(resource.outputs["schemaVersion"], 1);
  }
  const prefix = `127.0.0.1:${host.http!.port}`;
  assert.equal(state.resource("auth").id, `${prefix}/winrm/auth`);
  assert.equal(state.resource("trusted").id, `${prefix}/winrm/trustedhosts`);
  assert.equal(state.resource("uac").id, `${prefix}/winrm/tokenfilterpolicy`);

  assert.equal(
    state.resource("mapping").id,
    `${prefix}/winrm/certmapping/${thumbprint(certPem).toLowerCase()}/deploy%40localhost/*`,
  );
  assert.equal(state.resource("members").id, `${prefix}/winrm/groups/s-1-5-32-580`);
  assert.ok(!JSON.stringify(state).includes(PASSWORD));

  // A certificate lies in the inputs and in the outputs.
  const limits = { ...LIMITS, pem: LIMITS.mapping + 2 * sizeOf(otherPem) };
  for (const [name, limit] of Object.entries(limits)) {
    const resource = state.resource(name);
    const whole = sizeOf(resource);
    // The SDK adds the program's call stack, whose length is the program's own.
    const { stackTrace, sourcePosition, ...rest } = resource as typeof resource & Record<string, unknown>;
    const own = sizeOf(rest);
    t.diagnostic(`state of ${name}: ${whole} bytes, ${own} without the call stack, limit ${limit}`);
    assert.notEqual(stackTrace ?? sourcePosition, undefined);
    assert.ok(own <= limit, `${name} takes ${own} bytes`);
  }
});

function sizeOf(value: object | string): number {
  return Buffer.byteLength(JSON.stringify(value));
}
