/** The wording of what a run tells while it changes a host: a change that is confirmed, one whose proof fails, a wrong password. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AuthConfigInputs } from "../../../provider/contract/auth-config";
import { Settings } from "../../../provider/contract/settings";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import type { HostOptions } from "../../../simulator";
import { assertGolden } from "../../support/pages/golden";
import { ADMIN, connectionTo, startHost } from "../../support/processes/recorded-process";

/** What the log of one create is told, and how it ends. */
async function told(
  t: TestContext,
  args: Omit<AuthConfigInputs, "connection">,
  { password = ADMIN.password, options = {} }: { readonly password?: string; readonly options?: HostOptions } = {},
): Promise<string> {
  const host = await startHost(t, { name: "WEB01", config: { "service/auth/Basic": true }, ...options });
  const pool = new SessionPool();
  t.after(() => {
    pool.close();
  });
  const lines: string[] = [];
  const say = (severity: string) => (text: string) => void lines.push(`  ${severity}: ${text}`);
  const log = { warn: say("warning"), note: say("note"), progress: say("progress") };
  const context = { pool, settings: new Settings(() => undefined, {}), signal: new AbortController().signal, log };
  const connection = connectionTo(host, { auth: { method: "ntlm", username: "WEB01\\ops", password } });
  await LIFECYCLES.AuthConfig.create({ connection, ...args }, context).then(
    () => lines.push("  created"),
    (error: unknown) => lines.push(`  failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  return lines.join("\n").replaceAll(String(host.http!.port), "5985");
}

test("what a run tells is as test/golden/run.txt has it", async (t) => {
  const parts = {
    "a change that is confirmed": await told(t, { service: { basic: false } }),
    "a change without a way back": await told(t, { service: { basic: false }, confirm: false }),
    "a change that widens access": await told(t, { service: { certificate: true } }),
    "a host without WMI's classes of scheduled tasks": await told(
      t,
      { service: { basic: false } },
      { options: { scheduler: { classes: "missing" } } },
    ),
    "a host that cannot restore": await told(
      t,
      { service: { basic: false } },
      { options: { scheduler: { classes: "missing" }, programs: { powershell: "blocked" } } },
    ),
    "a wrong password": await told(t, { service: { basic: false } }, { password: "Wrong-1!" }),
    "Group Policy owns it, and it is left": await told(
      t,
      { client: { digest: false }, onPolicyConflict: "warn" },
      { options: { policy: { "client/auth/Digest": true } } },
    ),
  };
  const text = Object.entries(parts).map(([what, lines]) => `${what}\n${lines}\n`);
  assert.doesNotMatch(text.join(""), /Planted-9c1/);
  assertGolden("run.txt", text.join("\n"));
});
