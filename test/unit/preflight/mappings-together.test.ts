/** The mappings of several resources of one host, judged together at preview. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { FindingsFile } from "../../../provider/contract/findings-file";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { authority, clientCertificate, thumbprint } from "../../support/hosts/client-certificates";
import { RecordedRun } from "../../support/processes/recorded-preview";
import { ADMIN, connectionTo, startHost } from "../../support/processes/recorded-process";

const CA = authority();
const CLIENT = clientCertificate({ upn: "deploy@localhost" }, CA);
const SVC = { name: "svc-deploy", password: "Mapped-7d2!Secret" } as const;
const KEY = { issuer: thumbprint(CA.certPem), userName: SVC.name, password: SVC.password } as const;

async function setUp(t: TestContext) {
  const host = await startHost(t, {
    accounts: [ADMIN, SVC],
    https: true,
    config: { "service/auth/Certificate": true },
    certificates: { authorities: [CA.certPem] },
    certMappings: [{ ...KEY, subject: "*localhost" }],
  });
  const tls = { transport: "https", port: host.https!.port, tls: { ca: host.https!.certificatePem } } as const;
  const auth = { method: "certificate", certificatePem: CLIENT.certPem, privateKeyPem: CLIENT.keyPem };
  const own = { ...connectionTo(host, tls), auth };
  const folder = mkdtempSync(join(tmpdir(), "findings-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "findings.json");
  const mapping = (name: string, args: object, more: Partial<Candidate> = {}): Candidate => ({
    ...{ resource: { name }, name, type: "CertMapping", ...more },
    inputs: { connection: own, ...KEY, ...args },
  });
  /** The errors of a preview: rule, host, resource. */
  const errors = async (candidates: readonly Candidate[]) => {
    await new RecordedRun({ "winrm:findingsFile": path }).check(candidates);
    const { findings } = JSON.parse(readFileSync(path, "utf8")) as FindingsFile;
    return findings.flatMap((one) => (one.severity === "error" ? [[one.rule, one.host, one.resource]] : []));
  };
  return { at: `127.0.0.1:${host.https!.port}`, ntlm: connectionTo(host, tls), mapping, errors };
}

/** Equally long, both for this certificate and better than the host's own: each by itself serves it, two are a tie. */
const ONE = { subject: "*@localhost" } as const;
const OTHER = { subject: "deploy@loc*" } as const;

suite("Mappings of several resources at preview", () => {
  test("that tie only together are refused, each under its host and resource", async (t) => {
    const { at, mapping, errors } = await setUp(t);
    assert.deepEqual(await errors([mapping("one", ONE)]), []);
    assert.deepEqual(await errors([mapping("other", OTHER)]), []);
    assert.deepEqual(await errors([mapping("one", ONE), mapping("other", OTHER)]), [
      ["lockout/mapping", at, "one"],
      ["lockout/mapping", at, "other"],
    ]);
  });

  test("are judged together whatever connection makes them", async (t) => {
    const { at, mapping, errors, ntlm } = await setUp(t);
    const over = { ...OTHER, connection: ntlm };
    assert.deepEqual(await errors([mapping("one", ONE), mapping("other", over)]), [
      ["lockout/mapping", at, "one"],
      ["lockout/mapping", at, "other"],
    ]);
  });

  test("are no hazard where one of them is not going to be made, or is not as good as the other", async (t) => {
    const { mapping, errors } = await setUp(t);
    const best = mapping("best", { subject: "deploy@localhost" });
    assert.deepEqual(await errors([mapping("one", ONE), best]), []);
    assert.deepEqual(await errors([mapping("one", ONE), mapping("other", OTHER, { pending: false })]), []);
  });

  test("do not excuse what would lock out before the last one is made: the order is not known", async (t) => {
    const { at, mapping, errors } = await setUp(t);
    const best = mapping("best", { subject: "deploy@localhost" });
    const wrong = mapping("wrong", { ...ONE, userName: ADMIN.name, password: ADMIN.password });
    assert.deepEqual(await errors([wrong, best]), [["lockout/mapping", at, "wrong"]]);
    assert.deepEqual(await errors([mapping("one", ONE), mapping("other", OTHER), best]), [
      ["lockout/mapping", at, "one"],
      ["lockout/mapping", at, "other"],
    ]);
  });

  test("say that the mapping in use would be disabled, or lead to another account", async (t) => {
    const { at, mapping, errors } = await setUp(t);
    const own = { subject: "*localhost" } as const;
    const changes = [{ enabled: false }, { userName: ADMIN.name, password: ADMIN.password }];
    for (const change of changes) {
      assert.deepEqual(await errors([mapping("own", { ...own, ...change })]), [["lockout/mapping", at, "own"]]);
      assert.deepEqual(await errors([mapping("own", { ...own, ...change, acceptLockout: true })]), []);
    }
    assert.deepEqual(await errors([mapping("own", own)]), []);
  });
});
