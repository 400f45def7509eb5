/** CertMapping against a simulated host, called as the engine calls it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { HostOptions, SimulatedHost } from "../../simulator";
import { authority, clientCertificate, thumbprint } from "../support/hosts/client-certificates";
import { DeployedResource, isInitFailure } from "../support/processes/provider-calls";
import {
  ADMIN,
  connectionTo,
  startHost,
  startProcess,
  type Surroundings,
  writesTo,
} from "../support/processes/recorded-process";

const CA = authority();
const ISSUER = thumbprint(CA.certPem);
const SVC = { name: "svc-deploy", password: "Mapped-7d2!Secret" } as const;
const OTHER = { name: "svc-other", password: "Other-7d2!Secret" } as const;
const KEY = { subject: "deploy@localhost", issuer: ISSUER } as const;
const ARGS = { ...KEY, userName: SVC.name, password: SVC.password } as const;
const PATH = "service/certmapping";
const CREDENTIALS = { [`${PATH}/UserName`]: SVC.name, [`${PATH}/Password`]: "(hidden)" } as const;
const CREATED = { ...CREDENTIALS, [`${PATH}/Enabled`]: "true" } as const;

async function setUp(t: TestContext, options: HostOptions = {}, surroundings: Surroundings = {}) {
  const host = await startHost(t, {
    accounts: [ADMIN, SVC, OTHER],
    certificates: { authorities: [CA.certPem] },
    ...options,
  });
  const { mappings, warnings, process } = startProcess(t, surroundings);
  const text = `exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;`;
  const connection = connectionTo(host);
  return { host, mappings, warnings, process, resource: new DeployedResource("m", text), connection };
}

const verbs = (host: SimulatedHost): string[] => host.journal.writes().map(({ action }) => action!.split("/").at(-1)!);
const messages = (host: SimulatedHost): number => host.journal.requests().length;

suite("CertMapping on a host", () => {
  test("is created in one request, read back in one, and is no change after that", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "created");
    assert.deepEqual(writesTo(host), [CREATED]);
    assert.equal(messages(host), 3);
    assert.deepEqual(host.certMappings.list(), [
      { uri: "*", ...KEY, userName: SVC.name, enabled: true, passCertToPlugin: false },
    ]);
    assert.equal(
      resource.id,
      `127.0.0.1:${host.http!.port}/winrm/certmapping/${ISSUER.toLowerCase()}/deploy%40localhost/*`,
    );
    const { mappedSubject, mappedIssuer, appliedMapping, priorMapping } = resource.outputs;
    // State repeats no argument.
    assert.deepEqual([mappedSubject, mappedIssuer, appliedMapping, priorMapping], Array(4).fill(undefined));
    const seen = host.journal.length;
    assert.equal(await resource.up(mappings, { connection, ...ARGS, enabled: true, uri: "*" }), "unchanged");
    assert.equal(host.journal.length, seen);
    await resource.refresh(mappings);
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "unchanged");
    assert.equal(host.journal.writes().length, 1);
  });

  test("is made from certificates, and a renewed certificate of the same name is no change", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    const args = (days: readonly [number, number]) => ({
      connection,
      clientCertificatePem: clientCertificate({ upn: KEY.subject, days }, CA).certPem,
      issuerCertificatePem: CA.certPem,
      userName: SVC.name,
      password: SVC.password,
    });
    await resource.up(mappings, args([-9, 40]));
    assert.equal(host.certMappings.find(KEY)?.userName, SVC.name);
    const { mappedSubject, mappedIssuer } = resource.outputs;
    assert.deepEqual([mappedSubject, mappedIssuer], [KEY.subject, ISSUER]);
    assert.equal(await resource.up(mappings, args([-1, 90])), "unchanged");
    // The same mapping by its name and thumbprint is the same mapping.
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "unchanged");
    assert.equal(host.journal.writes().length, 1);
  });

  test("with an expired certificate is refused before anything is written, and one that expires soon is warned about", async (t) => {
    const { host, mappings, resource, connection, warnings } = await setUp(t);
    const args = (days: readonly [number, number]) => ({
      connection,
      clientCertificatePem: clientCertificate({ upn: KEY.subject, days }, CA).certPem,
      issuerCertificatePem: CA.certPem,
      userName: SVC.name,
      password: SVC.password,
    });
    await assert.rejects(resource.up(mappings, args([-9, -1])), { message: /clientCertificatePem: expired on \d{4}-/ });
    await assert.rejects(resource.up(mappings, args([2, 9])), { message: /clientCertificatePem: .*\d{4}-/ });
    assert.deepEqual(host.journal.writes(), []);
    await resource.up(mappings, args([-1, 9]));
    assert.match(warnings().join("\n"), /clientCertificatePem: .* expires on \d{4}-.*WINRM_E_CERTIFICATE_EXPIRES/);
  });

  test("sends only Enabled when only that changes, and name and password together when one of them does", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    assert.equal(await resource.up(mappings, { connection, ...ARGS, enabled: false }), "updated");
    assert.equal(host.certMappings.find(KEY)?.enabled, false);
    const other = { connection, ...ARGS, userName: OTHER.name, password: OTHER.password, enabled: false };
    assert.equal(await resource.up(mappings, other), "updated");
    host.accounts.setPassword(OTHER.name, "Changed-7d2!Secret");
    assert.equal(await resource.up(mappings, { ...other, password: "Changed-7d2!Secret" }), "updated");
    assert.equal(await resource.up(mappings, { ...other, password: "Changed-7d2!Secret" }), "unchanged");
    const renamed = { [`${PATH}/UserName`]: OTHER.name, [`${PATH}/Password`]: "(hidden)" };
    assert.deepEqual(writesTo(host), [CREATED, { [`${PATH}/Enabled`]: "false" }, renamed, renamed]);
    assert.deepEqual(verbs(host), ["Create", "Put", "Put", "Put"]);
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("sees a password behind a reference change by its verifier, and stores neither of them", async (t) => {
    const env: NodeJS.ProcessEnv = { DEPLOY: SVC.password };
    const { host, mappings, resource, connection } = await setUp(t, {}, { env });
    const args = { connection, ...ARGS, password: { env: "DEPLOY" } };
    await resource.up(mappings, args);
    assert.equal(await resource.up(mappings, args), "unchanged");
    assert.match(String(resource.outputs["passwordVerifier"]), /^14\$[\w+/]{16}\$[\w+/]{22}$/);
    assert.doesNotMatch(JSON.stringify([resource.outputs, resource.inputs]), /Mapped-7d2/);
    env["DEPLOY"] = "Renewed-7d2!Secret";
    host.accounts.setPassword(SVC.name, env["DEPLOY"]);
    assert.equal(await resource.up(mappings, args), "updated");
    assert.deepEqual(writesTo(host), [CREATED, CREDENTIALS]);
    assert.equal(await resource.up(mappings, args), "unchanged");
    // A preview without the variable does not fail, and does not announce anything.
    delete env["DEPLOY"];
    const { inputs } = await resource.check(mappings, args);
    assert.equal(await resource.diff(mappings, inputs), "unchanged");
    // The same password in another place is no change either.
    env["ELSEWHERE"] = "Renewed-7d2!Secret";
    assert.equal(await resource.up(mappings, { ...args, password: { env: "ELSEWHERE" } }), "unchanged");
    await assert.rejects(resource.up(mappings, { ...args, enabled: false }), { message: /WINRM_E_SECRET_REFERENCE/ });
  });

  const keys: readonly (readonly [string, object, HostOptions?])[] = [
    ["subject", { subject: "*@localhost" }],
    ["uri", { uri: "http://schemas.microsoft.com/wbem/wsman/1/config/*" }],
    ["issuer", { issuer: "second" }],
  ];
  for (const [name, change] of keys) {
    test(`is replaced, deleted first, when its ${name} changes`, async (t) => {
      const second = clientCertificate({ upn: "own@localhost" });
      const { host, mappings, resource, connection } = await setUp(t, {
        certificates: { authorities: [CA.certPem, second.certPem] },
      });
      await resource.up(mappings, { connection, ...ARGS });
      const next = name === "issuer" ? { issuer: thumbprint(second.certPem) } : change;
      const { inputs } = await resource.check(mappings, { connection, ...ARGS, ...next });
      const verdict = await mappings.diff("", resource.outputs, inputs);
      assert.deepEqual(verdict, { replaces: [name], deleteBeforeReplace: true });
      assert.equal(await resource.up(mappings, { connection, ...ARGS, ...next }), "replaced");
      assert.deepEqual(verbs(host), ["Create", "Delete", "Create"]);
      assert.equal(host.certMappings.list().length, 1);
    });
  }

  test("spelled otherwise is the same mapping", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    const spelled = {
      subject: "DEPLOY@localhost",
      issuer: ISSUER.toLowerCase().replace(/..(?!$)/g, "$&:"),
      userName: SVC.name.toUpperCase(),
    };
    assert.equal(await resource.up(mappings, { connection, ...ARGS, ...spelled }), "unchanged");
    assert.equal(host.journal.writes().length, 1);
  });

  test("shows on refresh which account it was given by hand, and gives it back", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    host.certMappings.change(KEY, { userName: OTHER.name, password: OTHER.password });
    await resource.refresh(mappings);
    assert.equal(resource.inputs["userName"], OTHER.name);
    assert.equal(resource.inputs["enabled"], undefined);
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "updated");
    assert.deepEqual(writesTo(host), [CREATED, CREDENTIALS]);
    assert.equal(host.certMappings.find(KEY)?.userName, SVC.name);
  });

  test("shows on refresh that it was disabled by hand, and enables it with one leaf", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    host.certMappings.change(KEY, { enabled: false });
    await resource.refresh(mappings);
    assert.equal(resource.inputs["enabled"], false);
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "updated");
    assert.deepEqual(writesTo(host).at(-1), { [`${PATH}/Enabled`]: "true" });
  });

  test("that vanished is gone after a refresh, and comes back; without a refresh the next update makes it", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    host.certMappings.remove(KEY);
    const seen = await mappings.read(resource.id!, resource.outputs);
    assert.equal(seen.id, "");
    assert.equal(await resource.up(mappings, { connection, ...ARGS, enabled: false }), "updated");
    assert.equal(host.certMappings.find(KEY)?.enabled, false);
    assert.deepEqual(verbs(host), ["Create", "Create"]);
  });

  test("is read by its key alone, as .get does it, and one that is not there is no resource", async (t) => {
    const { host, mappings, connection } = await setUp(t, {
      certMappings: [{ ...KEY, userName: OTHER.name, password: OTHER.password, enabled: false }],
    });
    const { props } = await mappings.read("winrm/certmapping", { connection, ...KEY });
    assert.deepEqual(
      [props!["userName"], props!["enabled"], props!["subject"], props!["passwordVerifier"]],
      [OTHER.name, false, KEY.subject, ""],
    );
    const absent = await mappings.read("winrm/certmapping", { connection, ...KEY, subject: "nobody@localhost" });
    assert.equal(absent.id, "");
    assert.deepEqual(host.journal.writes(), []);
  });

  test("is removed by destroy, and one that is gone already is a success", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    const foreign = { ...KEY, subject: "foreign@localhost", userName: OTHER.name, password: OTHER.password };
    host.certMappings.add(foreign);
    await resource.up(mappings, { connection, ...ARGS });
    await resource.destroy(mappings);
    assert.deepEqual(
      host.certMappings.list().map(({ subject }) => subject),
      [foreign.subject],
    );
    await resource.up(mappings, { connection, ...ARGS });
    host.certMappings.remove(KEY);
    await resource.destroy(mappings);
    assert.deepEqual(verbs(host), ["Create", "Delete", "Create"]);
  });

  test("stays with onDelete leave, and the host is not even asked", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS, onDelete: "leave" });
    const seen = host.journal.length;
    await resource.destroy(mappings);
    assert.equal(host.journal.length, seen);
    assert.equal(host.certMappings.list().length, 1);
  });

  test("that was given to another account since stays on destroy, also after a refresh, with a warning", async (t) => {
    for (const refresh of [false, true]) {
      const { host, mappings, resource, connection, warnings } = await setUp(t);
      await resource.up(mappings, { connection, ...ARGS });
      host.certMappings.change(KEY, { userName: OTHER.name, password: OTHER.password });
      if (refresh) await resource.refresh(mappings);
      await resource.destroy(mappings);
      assert.equal(host.certMappings.find(KEY)?.userName, OTHER.name);
      assert.match(warnings().join("\n"), /svc-other.*\[WINRM_E_DRIFT\]/);
    }
  });

  test("that somebody else made is refused, and taken over with adopt", async (t) => {
    const { host, mappings, resource, connection, warnings } = await setUp(t, {
      certMappings: [{ ...KEY, userName: OTHER.name, password: OTHER.password, enabled: false }],
    });
    await assert.rejects(resource.up(mappings, { connection, ...ARGS }), {
      message: /for svc-other.*adopt: true.*\[WINRM_E_EXISTS\]/s,
    });
    assert.deepEqual(host.journal.writes(), []);
    assert.equal(await resource.up(mappings, { connection, ...ARGS, adopt: true }), "created");
    assert.deepEqual(writesTo(host), [CREATED]);
    assert.deepEqual(verbs(host), ["Put"]);
    assert.deepEqual(resource.outputs["priorMapping"], { userName: OTHER.name, enabled: false });
    await resource.destroy(mappings);
    // The account cannot be put back without its password; whether it lets anybody in can.
    assert.deepEqual(host.certMappings.find(KEY), {
      uri: "*",
      ...KEY,
      userName: SVC.name,
      enabled: false,
      passCertToPlugin: false,
    });
    assert.match(warnings().join("\n"), /password.*svc-other.*\[WINRM_E_EXISTS\]/);
  });
});

suite("a CertMapping that goes wrong", () => {
  test("tries a wrong password once, and never again for another mapping of the account in the same run", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    const args = { connection, ...ARGS, password: "Wrong-7d2!Secret" };
    await assert.rejects(resource.up(mappings, args), (error: Error) => {
      assert.match(error.message, /WINRM_E_MAPPING_CREDENTIALS/);
      assert.match(error.message, /2150859092 \(0x80338154\)/);
      assert.equal(isInitFailure(error), false);
      return true;
    });
    const second = new DeployedResource("m2", resource.text);
    await assert.rejects(second.up(mappings, { ...args, subject: "second@localhost" }), {
      message: /svc-deploy.*\[WINRM_E_LOGON_SUPPRESSED\]/s,
    });
    assert.equal(host.journal.logonFailures().length, 1);
    assert.deepEqual(host.certMappings.list(), []);
    await resource.up(mappings, { connection, ...ARGS });
    assert.equal(host.certMappings.list().length, 1);
  });

  test("keeps what it was when an update has a wrong password", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    const before = { ...resource.outputs };
    await assert.rejects(resource.up(mappings, { connection, ...ARGS, password: "Wrong-7d2!Secret" }));
    assert.deepEqual(resource.outputs, before);
    assert.equal(host.journal.logonFailures().length, 1);
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "unchanged");
  });

  test("explains an issuer that the host does not trust", async (t) => {
    const { mappings, resource, connection } = await setUp(t, { certificates: { authorities: [] } });
    await assert.rejects(resource.up(mappings, { connection, ...ARGS }), {
      message: /2150859106.*LocalMachine\\Root.*certutil -addstore Root/s,
    });
  });

  test("looks before it repeats a Create that nobody answered, in any language of the host", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t, { language: "de-DE" });
    host.injectFault({ on: "create", action: "reset-after-apply" });
    await resource.up(mappings, { connection, ...ARGS });
    assert.deepEqual(verbs(host), ["Create"]);
    host.certMappings.remove(KEY);
    host.journal.clear();
    host.injectFault({ on: "create", action: "reset" });
    await resource.up(mappings, { connection, ...ARGS, enabled: false });
    assert.deepEqual(verbs(host), ["Create", "Create"]);
    assert.equal(host.certMappings.list().length, 1);
  });

  test("repeats a Put of a password that nobody answered once, because no reading tells which one the host has", async (t) => {
    for (const action of ["reset", "reset-after-apply"] as const) {
      const { host, mappings, resource, connection } = await setUp(t);
      await resource.up(mappings, { connection, ...ARGS });
      host.accounts.setPassword(SVC.name, OTHER.password);
      host.injectFault({ on: "put", action });
      await resource.up(mappings, { connection, ...ARGS, password: OTHER.password });
      assert.deepEqual(verbs(host), ["Create", "Put", "Put"]);
      assert.equal(host.journal.logonFailures().length, 0);
    }
  });

  test("does not repeat a Put of Enabled, nor a Delete, that took effect without an answer", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    await resource.up(mappings, { connection, ...ARGS });
    host.injectFault({ on: "put", action: "reset-after-apply" });
    await resource.up(mappings, { connection, ...ARGS, enabled: false });
    host.injectFault({ on: "delete", action: "reset-after-apply" });
    await resource.destroy(mappings);
    assert.deepEqual(verbs(host), ["Create", "Put", "Delete"]);
  });

  test("is kept in state when nobody knows whether the Create took effect, and the next up settles it", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t);
    host.injectFault({ on: "create", action: "reset-after-apply" });
    for (const nth of [2, 3]) host.injectFault({ on: "get", nth, action: "status", status: 500 });
    await assert.rejects(resource.up(mappings, { connection, ...ARGS }), isInitFailure);
    assert.equal(resource.outputs["passwordVerifier"], "");
    assert.equal(await resource.up(mappings, { connection, ...ARGS }), "updated");
    assert.deepEqual(verbs(host), ["Create", "Put"]);
    await resource.destroy(mappings);
    assert.deepEqual(host.certMappings.list(), []);
  });

  test("is refused for a caller who may not write", async (t) => {
    const { host, mappings, resource, connection } = await setUp(t, {
      accounts: [{ ...ADMIN, administrator: false }, SVC],
    });
    await assert.rejects(resource.up(mappings, { connection, ...ARGS }), { message: /WINRM_E_ACCESS_DENIED/ });
    assert.deepEqual(host.journal.writes(), []);
  });
});

suite("the secret of a CertMapping", () => {
  const forms = [SVC.password, Buffer.from(SVC.password).toString("base64"), encodeURIComponent(SVC.password)];

  test("is in no error, log line, id, state by reference, journal or verifier", async (t) => {
    const { host, mappings, resource, connection, process } = await setUp(t, {}, { env: { DEPLOY: SVC.password } });
    const said: unknown[] = [];
    const password = { env: "DEPLOY" };
    const attempt = async (act: () => Promise<unknown>) => {
      await act().catch((error: unknown) => {
        assert.ok(error instanceof Error);
        said.push(error.message, error.stack, Object.entries(error));
      });
      said.push(resource.id, resource.inputs, resource.outputs);
    };
    await attempt(() => resource.up(mappings, { connection, ...ARGS, password, issuer: "0".repeat(40) }));
    await attempt(() => resource.up(mappings, { connection, ...ARGS, password, userName: "nobody" }));
    host.injectFault({ on: "create", action: "fault", code: 5 });
    await attempt(() => resource.up(mappings, { connection, ...ARGS, password }));
    await attempt(() => resource.up(mappings, { connection, ...ARGS, password }));
    host.injectFault({ on: "put", action: "truncate" });
    await attempt(() => resource.up(mappings, { connection, ...ARGS, password, enabled: false }));
    await attempt(() => resource.refresh(mappings));
    await attempt(() => resource.destroy(mappings));
    const texts = JSON.stringify([said, process.lines, host.journal.entries()]);
    assert.ok(texts.includes("WINRM_E_MAPPING_CREDENTIALS"), "the wrong account was refused");
    for (const form of forms) assert.ok(!texts.includes(form), "the password came out");
  });

  test("by value is in no error and no log line", async (t) => {
    const { host, mappings, resource, connection, process } = await setUp(t);
    const errors: string[] = [];
    const attempt = (args: object) =>
      resource
        .up(mappings, { connection, ...ARGS, ...args })
        .catch((error: unknown) => errors.push((error as Error).message));
    await attempt({ issuer: "0".repeat(40) });
    await attempt({ userName: "nobody" });
    await attempt({ password: ` ${" ".repeat(3)}` });
    await attempt({ password: SVC.password.repeat(20) });
    assert.equal(errors.length, 4);
    const texts = JSON.stringify([errors, process.lines, host.journal.entries()]);
    for (const form of forms) assert.ok(!texts.includes(form));
  });
});
