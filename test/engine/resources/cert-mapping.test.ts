/** CertMapping with the real CLI: what is printed, what is in state, what the host saw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates.js";
import {
  type Declared,
  connectionTo,
  hostFixture,
  PASSWORD,
  printed,
  putsOf,
  startHost,
  USERNAME,
} from "../support/hosts.js";

const CA = authority();
const SVC = { name: "svc-deploy", password: "Quokka-mapped-62815" } as const;
const OTHER = { name: "svc-other", password: "Numbat-mapped-10472" } as const;
const KEY = { subject: "deploy@localhost", issuer: thumbprint(CA.certPem) } as const;
const PATH = "service/certmapping";

test("a mapping from preview to destroy: created, unchanged, rotated, gone, replaced, removed", async (t) => {
  const host = await startHost(t, {
    accounts: [{ name: USERNAME, password: PASSWORD }, SVC],
    certificates: { authorities: [CA.certPem] },
  });
  const connection = connectionTo(host);
  const mapping = (args: object = {}): Declared => ({
    type: "CertMapping",
    name: "mapping",
    args: {
      connection,
      clientCertificatePem: clientCertificate({ upn: KEY.subject }, CA).certPem,
      issuerCertificatePem: CA.certPem,
      userName: SVC.name,
      password: { env: "MAPPED" },
      ...args,
    },
  });
  const on: Declared = { type: "AuthConfig", name: "auth", args: { connection, service: { certificate: true } } };
  const env = { MAPPED: SVC.password };
  const fixture = await hostFixture(t, { resources: [mapping()], env });
  const verbs = () => host.journal.writes().map(({ action }) => action?.split("/").at(-1));

  await t.test(
    "a preview says that the service takes no certificates, unless the program switches them on",
    async () => {
      const alone = printed(await fixture.pulumi(["preview"]));
      assert.match(alone, /warning: enabled: .*AuthConfig .*service\.certificate: true/);
      fixture.declare([on, mapping()]);
      const both = printed(await fixture.pulumi(["preview"]));
      assert.doesNotMatch(both, /warning:/);
      assert.deepEqual(host.journal.writes(), []);
    },
  );

  await t.test("up creates it, and a second up changes nothing", async () => {
    printed(await fixture.pulumi(["up", "--yes", "--skip-preview"]));
    assert.equal(host.certMappings.find(KEY)?.userName, SVC.name);
    const { id, outputs } = (await fixture.state()).resource("mapping");
    assert.match(id ?? "", /\/winrm\/certmapping\/[0-9a-f]{40}\/deploy%40localhost\/\*$/);
    assert.equal(outputs?.["mappedIssuer"], KEY.issuer);
    // The engine keeps the verifier as a secret.
    assert.doesNotMatch(JSON.stringify(outputs), /14\$/);
    host.journal.clear();
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /3 unchanged/);
    assert.deepEqual(host.journal.writes(), []);
  });

  await t.test("a new password behind the same reference is an update of the mapping alone", async () => {
    const rotated = { MAPPED: "Quokka-rotated-90311" };
    host.accounts.setPassword(SVC.name, rotated.MAPPED);
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"], { env: rotated })), /~ 1 updated/);
    assert.deepEqual(putsOf(host), [{ [`${PATH}/UserName`]: SVC.name, [`${PATH}/Password`]: "(hidden)" }]);
    // Had state kept the first password's verifier, the first password would now change nothing.
    host.accounts.setPassword(SVC.name, SVC.password);
    host.journal.clear();
    printed(await fixture.pulumi(["up", "--yes", "--skip-preview"]));
    assert.deepEqual(verbs(), ["Put"]);
  });

  await t.test("one that vanished is gone for a refresh, and made again", async () => {
    host.certMappings.remove(KEY);
    host.journal.clear();
    const text = printed(await fixture.pulumi(["up", "--yes", "--skip-preview", "--refresh"]));
    assert.match(text, /\+ 1 created/);
    assert.deepEqual(verbs(), ["Create"]);
  });

  await t.test("another certificate replaces it, the old mapping first", async () => {
    host.journal.clear();
    const clientCertificatePem = clientCertificate({ upn: "renamed@localhost" }, CA).certPem;
    fixture.declare([on, mapping({ clientCertificatePem })]);
    assert.match(printed(await fixture.pulumi(["up", "--yes", "--skip-preview"])), /1 replaced/);
    assert.deepEqual(verbs(), ["Delete", "Create"]);
    assert.deepEqual(
      host.certMappings.list().map(({ subject }) => subject),
      ["renamed@localhost"],
    );
  });

  await t.test("a wrong certificate fails the preview at its argument, without its text", async () => {
    const clientCertificatePem = clientCertificate({ upn: KEY.subject, usage: "serverAuth" }, CA).certPem;
    fixture.declare([on, mapping({ clientCertificatePem })]);
    const text = printed(await fixture.pulumi(["preview"], { expectExit: "any" }));
    assert.match(text, /property clientCertificatePem\.certificate .*1\.3\.6\.1\.5\.5\.7\.3\.2/);
    assert.doesNotMatch(text, /BEGIN CERTIFICATE/);
  });

  await t.test("destroy removes it, and no file holds a password", async () => {
    fixture.declare([]);
    const { name } = SVC;
    assert.match(printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"])), /- 3 deleted/);
    assert.deepEqual(host.certMappings.list(), []);
    assert.deepEqual(host.journal.logonFailures(), []);
    const files = fixture.rawFiles();
    assert.ok(files.includes(name), "the state was searched");
    for (const secret of [SVC.password, "Quokka-rotated-90311"]) assert.ok(!files.includes(secret));
  });
});

test("a mapping of somebody else is refused at up, and a wrong password costs one logon", async (t) => {
  const host = await startHost(t, {
    accounts: [{ name: USERNAME, password: PASSWORD }, SVC, OTHER],
    certificates: { authorities: [CA.certPem] },
    config: { "service/auth/Certificate": true },
    certMappings: [{ ...KEY, userName: OTHER.name, password: OTHER.password }],
  });
  const args = { connection: connectionTo(host), ...KEY, userName: SVC.name, password: { env: "MAPPED" } };
  const two: Declared[] = ["first", "second"].map((name) => ({
    type: "CertMapping",
    name,
    args: { ...args, subject: `${name}@localhost` },
  }));
  const fixture = await hostFixture(t, {
    resources: [{ type: "CertMapping", name: "mapping", args }],
    env: { MAPPED: SVC.password },
  });
  const refused = printed(await fixture.pulumi(["up", "--yes"], { expectExit: "any" }));
  assert.match(refused, /adopt: true.*\[WINRM_E_EXISTS\]/);
  assert.deepEqual(host.journal.writes(), []);
  fixture.declare(two);
  const wrong = printed(await fixture.pulumi(["up", "--yes"], { env: { MAPPED: "Wrong-1" }, expectExit: "any" }));
  assert.match(wrong, /WINRM_E_MAPPING_CREDENTIALS/);
  assert.equal(host.journal.logonFailures().length, 1);
  assert.doesNotMatch(wrong, /Wrong-1/);
});
