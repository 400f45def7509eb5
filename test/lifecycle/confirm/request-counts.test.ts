/** What confirming costs: nothing where a change is not risky, and at most six requests where it is. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { Settings } from "../../../provider/contract/settings";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import type { ResourceLifecycle } from "../../../provider/lifecycle/lifecycle";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import { SessionPool } from "../../../provider/session/session-pool";
import { ManualClock, SYSTEM_POLICIES_KEY } from "../../../simulator";
import { clockOf, WINDOW_SECONDS } from "../../support/confirm/confirm";
import { startHost } from "../../support/hosts/hosts";
import { ACCOUNT, NEVER } from "../../support/hosts/sessions";

const MOST = 6;
const ADMINISTRATORS = "S-1-5-32-544";
const GROUP = { group: ADMINISTRATORS, mode: "exclusive" } as const;
const OPERATIONS = ["create", "update", "delete"] as const;

interface Kind {
  readonly title: string;
  readonly type: ResourceType;
  /** Arguments under which the host stays as it is started. */
  readonly as: object;
  readonly wanted: object;
  /** What state remembers of the host before the resource, so that destroy makes the change. */
  readonly prior: object;
  readonly risky: boolean;
}

const service = (name: string, from: boolean | string, to: boolean | string, risky: boolean): Kind => ({
  title: `${name}: ${to}`,
  ...{ type: "AuthConfig", as: { service: { [name]: from } }, wanted: { service: { [name]: to } }, risky },
  prior: { priorValues: { service: { [name]: to }, client: {} } },
});

const KINDS: readonly Kind[] = [
  ...["basic", "certificate", "credSSP", "kerberos", "allowUnencrypted"].map((name) =>
    service(name, true, false, true),
  ),
  service("cbtHardeningLevel", "None", "Relaxed", true),
  service("cbtHardeningLevel", "None", "Strict", true),
  {
    ...{ title: "digest of the client", type: "AuthConfig", risky: false },
    ...{ as: { client: { digest: true } }, wanted: { client: { digest: false } } },
    prior: { priorValues: { service: {}, client: { digest: false } } },
  },
  {
    ...{ title: "tokens filtered", type: "TokenFilterPolicy", risky: true },
    ...{
      as: { localAccountTokenFilterPolicy: 1 },
      wanted: { localAccountTokenFilterPolicy: 0 },
      prior: { priorValue: 0 },
    },
  },
  {
    ...{ title: "a principal leaves", type: "GroupMembership", risky: true },
    as: { ...GROUP, members: ["Administrator", "S-1-5-11"] },
    wanted: { ...GROUP, members: ["Administrator"] },
    prior: { priorMembers: ["built-in"] },
  },
  {
    ...{ title: "a stranger joins", type: "GroupMembership", risky: false },
    as: { ...GROUP, members: ["Administrator", "S-1-5-11"] },
    wanted: { ...GROUP, members: ["Administrator", "S-1-5-11", "other"] },
    prior: { priorMembers: ["built-in", "S-1-5-11", "other"] },
  },
  {
    ...{ title: "another list", type: "TrustedHosts", risky: false },
    ...{ as: { entries: ["a"] }, wanted: { entries: ["b"] }, prior: {} },
  },
];

async function requests(
  t: TestContext,
  kind: Kind,
  how: { operation: (typeof OPERATIONS)[number]; confirm: number | false },
) {
  const clock = new ManualClock();
  const names = ["Basic", "Certificate", "CredSSP"].map((name) => [`service/auth/${name}`, true] as const);
  const host = await startHost(t, {
    accounts: [ACCOUNT, { name: "other", password: "Other-2031!", administrator: false }],
    clock,
    config: {
      ...Object.fromEntries(names),
      ...{ "service/AllowUnencrypted": true, "service/auth/CbtHardeningLevel": "None", "client/TrustedHosts": "a" },
    },
    groups: { Administrators: ["S-1-5-11"] },
  });
  assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, "LocalAccountTokenFilterPolicy"), 1);
  const pool = new SessionPool((ms, end) => clock.sleep(ms, end));
  t.after(() => {
    pool.close();
  });
  const log = { warn: () => undefined, note: () => undefined, progress: () => undefined };
  const context = { pool, log, signal: NEVER, clock: clockOf(clock), settings: new Settings(() => undefined, {}) };
  const auth = { method: "ntlm", username: ACCOUNT.name, password: ACCOUNT.password } as const;
  const shared = {
    confirm: how.confirm,
    connection: { host: "127.0.0.1", transport: "http", port: host.http!.port, auth },
  };
  const lifecycle: ResourceLifecycle = LIFECYCLES[kind.type];
  const wanted = { ...kind.wanted, ...shared } as never;
  if (how.operation === "create") await lifecycle.create(wanted, context);
  else {
    const state = await lifecycle.create({ ...kind.as, ...shared } as never, context);
    host.journal.clear();
    const members = (kind.prior as { priorMembers?: readonly string[] }).priorMembers?.map((member) =>
      member === "built-in" ? host.groups.sidOf("Administrator") : host.groups.sidOf(member),
    );
    const prior = { ...state, ...kind.prior, ...(members === undefined ? {} : { priorMembers: members }) };
    if (how.operation === "update") await lifecycle.update(state, wanted, context);
    else await lifecycle.delete(prior, context);
  }
  const writes = host.journal.writes().length;
  assert.ok(
    writes > 0 || (kind.type === "TrustedHosts" && how.operation === "delete"),
    `${kind.title} ${how.operation}`,
  );
  return host.journal.requests().length;
}

suite("Confirming", () => {
  for (const kind of KINDS) {
    for (const operation of OPERATIONS) {
      const cost = kind.risky ? `at most ${MOST} requests` : "nothing";
      test(`costs ${cost}: ${kind.title} (${kind.type}, ${operation})`, async (t) => {
        const plain = await requests(t, kind, { operation, confirm: false });
        const confirmed = await requests(t, kind, { operation, confirm: WINDOW_SECONDS });
        if (kind.risky) assert.ok(confirmed > plain && confirmed <= plain + MOST, `${plain} and ${confirmed}`);
        else assert.equal(confirmed, plain);
      });
    }
  }
});
