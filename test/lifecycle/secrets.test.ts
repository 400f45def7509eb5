/** A planted password, from every place it can come from, must not leave the process in anything but the logon. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { SimulatedHost } from "../../simulator";
import { DeployedResource, type Provider } from "../support/processes/provider-calls";
import { ADMIN, type Surroundings, startHost, startProcess } from "../support/processes/recorded-process";

const FORMS = [
  ADMIN.password,
  Buffer.from(ADMIN.password).toString("base64"),
  Buffer.from(ADMIN.password, "utf16le").toString("base64"),
  encodeURIComponent(ADMIN.password),
];

interface Origin {
  readonly password?: unknown;
  readonly surroundings: Surroundings;
}

function origins(t: TestContext): Readonly<Record<string, Origin>> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-winrm-secret-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, "password");
  writeFileSync(file, `${ADMIN.password}\n`, { mode: 0o600 });
  return {
    "the argument": { password: ADMIN.password, surroundings: {} },
    "a reference to the environment": { password: { env: "PW" }, surroundings: { env: { PW: ADMIN.password } } },
    "a reference to a file": { password: { file }, surroundings: {} },
    "stack configuration": { surroundings: { config: { "winrm:password": ADMIN.password } } },
    "the environment": { surroundings: { env: { WINRM_PASSWORD: ADMIN.password } } },
  };
}

function connection(host: SimulatedHost, origin: Origin, over: object = {}) {
  return {
    host: "127.0.0.1",
    transport: "http",
    port: host.http!.port,
    auth: { username: `WEB01\\${ADMIN.name}`, password: origin.password ?? null },
    ...over,
  };
}

/** Runs a resource through success and every kind of failure, and collects all that comes out. */
async function everything(t: TestContext, origin: Origin, pick: "auth" | "hosts"): Promise<string[]> {
  const host = await startHost(t, { policy: { "service/auth/CredSSP": true } });
  const { lines, ...process } = startProcess(t, origin.surroundings);
  const provider: Provider = process[pick];
  const said: string[] = [];
  const note = (value: unknown) => said.push(typeof value === "string" ? value : JSON.stringify(value));
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      note((await act()) ?? "done");
    } catch (error) {
      assert.ok(error instanceof Error);
      // The properties of a partial failure are outputs, and noted as such.
      note([error.message, error.stack, String(error), Object.entries(error).filter(([key]) => key !== "properties")]);
    }
  };
  const resource = new DeployedResource("a");
  const wanted = (index: number) =>
    pick === "auth" ? { service: { basic: index % 2 === 1 } } : { entries: [`web0${index}`] };
  const target = connection(host, origin);
  const settle = () => {
    const { connection: given, ...outputs } = resource.outputs;
    note(outputs);
    // What is given by value stays an input, which Pulumi keeps as a secret; what is a reference stays one.
    if (typeof origin.password !== "string") note(given ?? "");
  };

  await attempt(() => resource.up(provider, { connection: target, ...wanted(1) }));
  settle();
  await attempt(() => resource.refresh(provider));
  settle();
  host.injectFault({ on: "get", nth: 2, action: "fault", code: 5 });
  await attempt(() => resource.up(provider, { connection: target, ...wanted(2) }));
  settle();
  for (const action of ["reset", "truncate", "plain", "tamper-signature", "html"] as const) {
    host.injectFault({ on: "get", action });
    await attempt(() => resource.refresh(provider).then(() => "read"));
  }
  const conflict = pick === "auth" ? { service: { credSSP: false } } : { entries: ["*", "a"] };
  await attempt(() => resource.up(provider, { connection: target, ...conflict }));
  await attempt(async () => {
    const { failures } = await resource.check(provider, { connection: { ...target, port: "x", user: "x" } });
    return failures;
  });
  const elsewhere = { ...resource.outputs, connection: { ...target, host: "127.0.0.9", port: 1 } };
  await attempt(() => provider.read("x", elsewhere).then(() => "read"));
  await attempt(() => provider.read("x", { connection: { ...target, transport: "https" } }).then(() => "read"));
  host.accounts.setPassword(ADMIN.name, "Another-1!password");
  const fresh = startProcess(t, origin.surroundings);
  await attempt(() => fresh[pick].read("x", { connection: target, entries: [] }).then(() => "read"));
  await attempt(() => fresh[pick].delete("x", { ...resource.outputs }));
  for (const line of [...lines, ...fresh.lines]) note(line);
  note(host.journal.entries());
  return said;
}

suite("a planted password", () => {
  for (const pick of ["auth", "hosts"] as const) {
    for (const place of [
      "the argument",
      "a reference to the environment",
      "a reference to a file",
      "stack configuration",
      "the environment",
    ]) {
      test(`from ${place} is in no output, error or log line of ${pick}`, async (t) => {
        const said = await everything(t, origins(t)[place]!, pick);
        assert.ok(said.some((text) => text.includes("WINRM_E_LOGON_DENIED")));
        assert.ok(said.some((text) => text.includes("schemaVersion")));
        for (const text of said) for (const form of FORMS) assert.equal(text.includes(form), false, text);
      });
    }
  }
});
