/** Several risky changes of one simulated host, by one run or by several. */
import { Settings } from "../../../provider/contract/settings";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import type { ResourceLog } from "../../../provider/lifecycle/change/context";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { ManualClock, SimulatedHost, SYSTEM_POLICIES_KEY } from "../../../simulator";
import { certificateFor } from "../hosts/certificates";
import { NEVER } from "../hosts/sessions";
import { clockOf, WINDOW_SECONDS } from "./confirm";

/** The operator. */
export const ADMINISTRATOR = { name: "Administrator", password: "Winter-2031!" } as const;
const CERTIFICATE = certificateFor(["localhost", "127.0.0.1"]);
const EVERYONE_IN = "S-1-5-11";

/** Three risky changes, each of another resource. */
export const CHANGES: readonly (readonly [ResourceType, object])[] = [
  ["AuthConfig", { service: { certificate: false, credSSP: false } }],
  ["TokenFilterPolicy", { localAccountTokenFilterPolicy: 0 }],
  ["GroupMembership", { group: "S-1-5-32-544", mode: "exclusive", members: ["Administrator"] }],
];

/** A host with everything that the changes take away, two connections to it, and runs that share its clock. */
export async function severalOn(t: { after(end: () => void | Promise<void>): void }) {
  const clock = new ManualClock();
  const host = await SimulatedHost.start({
    accounts: [ADMINISTRATOR],
    clock,
    https: { certificate: CERTIFICATE },
    config: { "service/auth/Basic": true, "service/auth/Certificate": true, "service/auth/CredSSP": true },
    groups: { Administrators: [EVERYONE_IN] },
    quickConfig: true,
  });
  t.after(() => host.stop());
  const credential = { username: ADMINISTRATOR.name, password: ADMINISTRATOR.password };
  const tls = { ca: CERTIFICATE.certPem };
  const overHttp = { transport: "http", port: host.http!.port, auth: { method: "ntlm", ...credential } } as const;
  const overHttps = {
    transport: "https",
    port: host.https!.port,
    tls,
    auth: { method: "basic", ...credential },
  } as const;
  const connections = [overHttp, overHttps].map((connection) => ({ host: "127.0.0.1", ...connection }));
  /** A run of its own. */
  const run = (signal = NEVER) => {
    const pool = new SessionPool((ms, end) => clock.sleep(ms, end));
    t.after(() => {
      pool.close();
    });
    const log: ResourceLog = { warn: () => undefined, note: () => undefined, progress: () => undefined };
    return { pool, log, signal, clock: clockOf(clock), settings: new Settings(() => undefined, {}) };
  };
  return { clock, host, connections, run };
}

/** Such a host. */
export type Several = Awaited<ReturnType<typeof severalOn>>;

/** Makes one of the changes. */
export function create(stage: Several, index: number, { through = 0, over = {}, context = stage.run() } = {}) {
  const [type, wanted] = CHANGES[index]!;
  const lifecycle: ResourceLifecycle = LIFECYCLES[type];
  const connection = stage.connections[through]!;
  return lifecycle.create({ ...wanted, connection, confirm: WINDOW_SECONDS, ...over }, context);
}

/** Whether the host has the old or the new value of each change. */
export function valuesOn({ host }: Several): string[] {
  return [
    host.config.get("service/auth/Certificate") === "true" || host.config.get("service/auth/CredSSP") === "true",
    host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy") === 1,
    host.groups.memberSids("S-1-5-32-544").includes(EVERYONE_IN),
  ].map((old) => (old ? "old" : "new"));
}
