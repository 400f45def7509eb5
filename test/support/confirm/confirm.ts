/** Risky changes of a simulated host, whose clock the client shares: minutes pass in no time. */
import type { TestContext } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { isWinrmError, type WinrmError } from "../../../provider/errors";
import { putLeaves, readConfig } from "../../../provider/host/config";
import { setDword } from "../../../provider/host/registry";
import { changeMember } from "../../../provider/host/accounts/local-group-commands";
import { withShell } from "../../../provider/host/shell";
import { HostSnapshot } from "../../../provider/host/host-view";
import type { Clock } from "../../../provider/lifecycle/change/confirm/clock";
import { confirmedChange } from "../../../provider/lifecycle/change/confirm/window";
import { type HostChange, riskOf } from "../../../provider/lifecycle/safety/risk";
import { SessionPool } from "../../../provider/session/session-pool";
import type { SessionTarget } from "../../../provider/session/target";
import { WsmanClient } from "../../../provider/session/wsman-client";
import {
  type HostOptions,
  ManualClock,
  type MisbehaviourRule,
  SimulatedHost,
  SYSTEM_POLICIES_KEY,
} from "../../../simulator";
import { authority, clientCertificate, thumbprint } from "../hosts/client-certificates";
import { ACCOUNT, targetOf } from "../hosts/sessions";

/** Seconds; the shortest that is allowed. */
export const WINDOW_SECONDS = 60;
/** The window, the restart, and the second look. */
export const SETTLED_MS = (WINDOW_SECONDS + 75 + 65) * 1000;

/** A clock of the simulated host, as the provider takes one. */
export function clockOf(clock: ManualClock): Clock {
  return { wallMs: () => clock.now(), steadyMs: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) };
}

/** A kind of risky change, and a way of logging in. */
export interface Scenario {
  readonly title: string;
  readonly https?: boolean;
  /** With Kerberos a test makes the stage itself, since it has the realm. */
  readonly method: "basic" | "ntlm" | "negotiate" | "certificate" | "kerberos";
  readonly channelBinding?: boolean;
  /** Name of the account; default the built-in Administrator. */
  readonly account?: string;
  readonly config?: Readonly<Record<string, string | boolean>>;
  /** What else the host is made of. */
  readonly host?: HostOptions;
  readonly changes: readonly HostChange[];
  /** With the new values this way of logging in is closed. */
  readonly locksOut: boolean;
}

const setting = (path: string, from: string, to: string): HostChange => ({ kind: "setting", path, from, to });

const OPS = { ...ACCOUNT, name: "ops" };
const AUTHENTICATED_USERS = "NT AUTHORITY\\Authenticated Users";
const removal = (member: string): HostChange => ({
  kind: "removal",
  group: "Administrators",
  member,
  mayBeCaller: true,
});

/** Each kind of risky change that can be restored, where it goes well and where it locks out. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: "Basic off, over NTLM",
    method: "ntlm",
    config: { "service/auth/Basic": true },
    changes: [setting("service/auth/Basic", "true", "false")],
    locksOut: false,
  },
  {
    title: "Basic off, over Basic",
    https: true,
    method: "basic",
    config: { "service/auth/Basic": true },
    changes: [setting("service/auth/Basic", "true", "false"), setting("service/auth/CredSSP", "false", "true")],
    locksOut: true,
  },
  {
    title: "Negotiate and Kerberos off, over NTLM",
    method: "ntlm",
    changes: [setting("service/auth/Kerberos", "true", "false"), setting("service/auth/Negotiate", "true", "false")],
    locksOut: true,
  },
  {
    title: "Strict, over NTLM with a channel binding",
    https: true,
    method: "ntlm",
    changes: [setting("service/auth/CbtHardeningLevel", "Relaxed", "Strict")],
    locksOut: false,
  },
  {
    title: "Strict, over NTLM without a channel binding",
    https: true,
    method: "ntlm",
    channelBinding: false,
    changes: [setting("service/auth/CbtHardeningLevel", "Relaxed", "Strict")],
    locksOut: true,
  },
  {
    title: "LocalAccountTokenFilterPolicy deleted, as a local administrator",
    method: "ntlm",
    account: "ops",
    changes: [{ kind: "token-filter", from: 1, to: 0 }],
    locksOut: true,
  },
  {
    title: "Certificate off, over a certificate",
    https: true,
    method: "certificate",
    config: { "service/auth/Certificate": true },
    changes: [setting("service/auth/Certificate", "true", "false")],
    locksOut: true,
  },
  {
    title: "Basic off, over a certificate",
    https: true,
    method: "certificate",
    config: { "service/auth/Certificate": true, "service/auth/Basic": true },
    changes: [setting("service/auth/Basic", "true", "false")],
    locksOut: false,
  },
  {
    title: "Authenticated Users leave Administrators, as one of them",
    method: "ntlm",
    account: "ops",
    host: { groups: { Administrators: [AUTHENTICATED_USERS] }, accounts: [{ ...OPS, administrator: false }] },
    changes: [removal(AUTHENTICATED_USERS)],
    locksOut: true,
  },
  {
    title: "Authenticated Users leave Administrators, as a direct member",
    method: "ntlm",
    account: "ops",
    host: { groups: { Administrators: [AUTHENTICATED_USERS] } },
    changes: [removal(AUTHENTICATED_USERS)],
    locksOut: false,
  },
];

/** A host for a scenario. */
export interface Stage {
  readonly host: SimulatedHost;
  readonly clock: ManualClock;
  readonly target: SessionTarget;
  readonly scenario: Scenario;
}

/** Starts the host of a scenario. */
export async function stageOf(
  t: TestContext | undefined,
  scenario: Scenario,
  options: HostOptions = {},
): Promise<Stage> {
  const clock = new ManualClock();
  const account = { ...ACCOUNT, name: scenario.account ?? ACCOUNT.name };
  const certificates = scenario.method === "certificate" ? mapped(account) : {};
  const clientCertificates = scenario.method === "certificate" ? ({ clientCertificates: "handshake" } as const) : {};
  const host = await SimulatedHost.start({
    accounts: [account],
    clock,
    ...(scenario.https === true ? { https: { ...(await tls()), ...clientCertificates } } : {}),
    ...certificates,
    ...scenario.host,
    ...options,
    config: { ...scenario.config, ...options.config },
  });
  t?.after(() => host.stop());
  const https = scenario.https === true;
  const base = targetOf(https ? host.https!.port : host.http!.port, {
    transport: https ? "https" : "http",
    ...(scenario.method === "basic" ? { method: scenario.method } : {}),
    username: account.name,
    ...(https ? { tls: { ca: host.https!.certificatePem, serverName: "localhost" } } : {}),
  });
  if (scenario.method === "certificate" || scenario.method === "negotiate") {
    const { certPem, keyPem } = client();
    const { auth } = resolveTarget(
      {
        ...{ host: "127.0.0.1", transport: "https" },
        auth:
          scenario.method === "certificate"
            ? { method: "certificate", certificatePem: certPem, privateKeyPem: keyPem }
            : { method: "negotiate", username: `WEB01\\${account.name}`, password: account.password },
      },
      new Settings(() => undefined, {}),
    ).target;
    return { host, clock, scenario, target: { ...base, auth } };
  }
  const auth = { ...base.auth, channelBinding: scenario.channelBinding ?? true };
  return { host, clock, scenario, target: { ...base, auth } };
}

let authorities: ReturnType<typeof authority> | undefined;
let clients: ReturnType<typeof clientCertificate> | undefined;
function client(): ReturnType<typeof clientCertificate> {
  authorities ??= authority();
  clients ??= clientCertificate({ upn: "deploy@localhost" }, authorities);
  return clients;
}

function mapped(account: { readonly name: string; readonly password: string }): HostOptions {
  client();
  const { certPem } = authorities!;
  return {
    certificates: { authorities: [certPem] },
    certMappings: [
      { subject: "*@localhost", issuer: thumbprint(certPem), userName: account.name, password: account.password },
    ],
  };
}

/** One certificate for all hosts: making one takes longer than a test. */
let certificate: Promise<{ certPem: string; keyPem: string }> | undefined;
async function tls() {
  certificate ??= import("../../../simulator/windows/certificate.js").then(({ selfSignedCertificate }) =>
    selfSignedCertificate("WEB01"),
  );
  return { certificate: await certificate };
}

/** What the client says in the end. */
export type Said = "confirmed" | "again" | "restored" | "left" | (string & {});

interface ChangeOptions {
  readonly signal?: AbortSignal;
  readonly onFailure?: (error: WinrmError) => void;
}

/** Makes the change of a scenario. @param program of the clock's; it leaves when it is done. */
export async function makeChange(
  stage: Stage,
  pool: SessionPool,
  { signal = new AbortController().signal, onFailure }: ChangeOptions = {},
): Promise<Said> {
  const { clock, target, scenario } = stage;
  const { restored, old } = riskOf(scenario.changes)!;
  const session = pool.session(target);
  const client = new WsmanClient(session);
  try {
    await readConfig(client, signal);
    const { kind } = await confirmedChange({
      ...{ session, host: "web01", pool, signal, restored, old },
      clock: clockOf(clock),
      log: { warn: () => undefined, progress: () => undefined },
      windowSeconds: WINDOW_SECONDS,
      apply: async (mayWrite) => {
        try {
          mayWrite();
          await write(client, scenario.changes, signal);
          return { failure: undefined, touched: true };
        } catch (error) {
          const uncertain = isWinrmError(error) && error.context.outcomeUnknown === true;
          const touched = uncertain || scenario.changes.some(({ kind }) => kind === "removal");
          return { failure: error as Error, touched };
        }
      },
      look: (fresh) => new HostSnapshot(fresh).view(signal).read(readConfig),
    });
    return kind;
  } catch (error) {
    if (!isWinrmError(error)) throw error;
    onFailure?.(error);
    if (error.code !== "WINRM_E_CONFIRM_FAILED") return error.code;
    return error.context.outcomeUnknown === true ? "left" : "restored";
  }
}

async function write(client: WsmanClient, changes: readonly HostChange[], signal: AbortSignal): Promise<void> {
  for (const resource of ["service", "service/auth"] as const) {
    const leaves = changes.flatMap((change) => {
      if (change.kind !== "setting") return [];
      const slash = change.path.lastIndexOf("/");
      return change.path.slice(0, slash) === resource ? [[change.path.slice(slash + 1), change.to] as const] : [];
    });
    if (leaves.length > 0) await putLeaves(client, { resource, leaves: new Map(leaves) }, signal);
  }
  for (const change of changes) {
    if (change.kind === "removal" || change.kind === "addition") {
      const { group, member } = change;
      const action = change.kind === "removal" ? "remove" : "add";
      await withShell(client, signal, (run) => changeMember(run, { group, member, action }));
    }
    if (change.kind !== "token-filter") continue;
    const key = SYSTEM_POLICIES_KEY.replace("HKLM\\", "");
    await setDword(client, { key, name: "LocalAccountTokenFilterPolicy", value: change.to ?? 0 }, signal);
  }
}

/** What a host has of a scenario's changes: all old, all new, or a mix. */
export function valuesOn({ host, scenario }: Stage): "old" | "new" | "mix" {
  const states = scenario.changes.map((change) => {
    if (change.kind === "removal" || change.kind === "addition") {
      const isMember = host.groups.get(change.group).members.includes(change.member);
      return isMember === (change.kind === "removal") ? "old" : "new";
    }
    const now =
      change.kind === "setting"
        ? host.config.get(change.path)
        : host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy");
    return now === change.from ? "old" : now === change.to ? "new" : "mix";
  });
  const [first = "mix"] = states;
  return states.every((state) => state === first) ? first : "mix";
}

/** Lets the host come to rest, whatever a client has left there. */
export function settle({ host, clock }: Pick<Stage, "host" | "clock">): void {
  host.cutNetwork(false);
  clock.advance(SETTLED_MS);
}

/** Runs a scenario with something going wrong. */
export async function runWith(
  stage: Stage,
  rules: readonly MisbehaviourRule[],
): Promise<{ said: Said; fired: boolean; failure: WinrmError | undefined }> {
  let failure: WinrmError | undefined;
  const pool = new SessionPool((ms, signal) => stage.clock.sleep(ms, signal));
  const injected = rules.map((rule) => stage.host.injectFault(rule));
  try {
    const said = await makeChange(stage, pool, { onFailure: (error) => (failure = error) });
    return { said, fired: injected.every(({ fired }) => fired), failure };
  } finally {
    for (const fault of injected) fault.cancel();
    pool.close();
  }
}
