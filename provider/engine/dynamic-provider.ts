import type * as dynamic from "@pulumi/pulumi/dynamic";
import { WinrmError, messageOf } from "../errors";
import { type ValidationIssue, isRecord } from "../contract/checks";
import { connectionIdentity } from "../contract/connection/connection";
import { SECRET_AUTH } from "../contract/connection/connection-settings";
import type { SharedInputs } from "../contract/resource-shape";
import type { LifecycleContext } from "../lifecycle/change/context";
import type { ResourceKinds } from "../lifecycle/definition";
import type { StateOperation } from "../lifecycle/state";
import { PartialFailure, type ResourceLifecycle } from "../lifecycle/lifecycle";
import type { Claim, ClaimRules } from "../lifecycle/change/claims";
import { type Released, ResourceClaims } from "../lifecycle/change/resource-claims";
import { CLAIM_RULES } from "../lifecycle/registry";
import { hasUnknown, isUnknown } from "../contract/unknown";
import { parseProxyUrl } from "../session/transport/proxy";
import type { ProviderProcess } from "./process";
import { redact } from "./redact";
import { type OperationDeadline, startDeadline } from "./deadline";
import { canonicalText, fromWire, toWire } from "./wire-values";

/** The boundary to Pulumi: the one place that knows how the engine calls and what it makes of the results. */

type Wire = Record<string, unknown>;
type Operation = "check" | "diff" | "create" | "read" | "update" | "delete";

/** No operation outlives this, whatever its host does; one Ctrl-C waits for running operations. */
const OPERATION_LIMIT_MS = 10 * 60_000;

/** The limit of operations without a host. */
const LOCAL = { timeouts: { totalSeconds: 60 } };

const STATUS_AFTER_MS = 2_000;

/** A `pulumi.dynamic.ResourceProvider` for a resource's lifecycle. */
export function dynamicProviderFor<Kinds extends ResourceKinds>(
  lifecycle: ResourceLifecycle<Kinds>,
  provider: ProviderProcess,
): Required<dynamic.ResourceProvider<Wire, Wire>> {
  const { type } = lifecycle;
  // The engine hands back what passed `check`.
  const inputsOf = (wire: Wire) => fromWire(wire) as unknown as Kinds["Inputs"];
  const outputsOf = (wire: Wire, operation: StateOperation) => lifecycle.stateOf(fromWire(wire), operation);
  const keyOf = (inputs: object) => `${type} ${canonicalText(inputs)}`;
  const claims = claimsOf(lifecycle, provider);
  // Equal arguments of two resources have one key, and then both want the same anyway.
  const claimant = (inputs: object) => {
    const urn = provider.urnOf(keyOf(withoutComputed(inputs, lifecycle.computed)));
    return { key: urn ?? "", urn };
  };

  const warnOf = (forgetful: readonly Claim[]) => {
    for (const { urn, inputs } of forgetful) provider.warn(memoryLost(inputs.connection.host, urn), urn);
  };

  async function run<T>(operation: Operation, wire: Wire, body: (context: LifecycleContext) => Promise<T>): Promise<T> {
    const inputs = fromWire(wire);
    for (const name of lifecycle.computed) Reflect.deleteProperty(inputs, name);
    const urn = provider.urnOf(keyOf(inputs));
    const secrets = secretsIn(inputs, lifecycle.secrets);
    const hide = (text: string) => redact(text, [...secrets, ...provider.settings.secrets, ...provider.pool.secrets()]);
    const status = slowStatus((text) => {
      provider.log.progress(text, urn);
    });
    const contextUntil = (limit: AbortSignal): LifecycleContext => ({
      pool: provider.pool,
      settings: provider.settings,
      signal: AbortSignal.any([provider.stopping, limit]),
      log: {
        warn: (text) => {
          provider.warn(hide(text), urn);
        },
        note: (text) => {
          provider.log.note(hide(text), urn);
        },
        progress: (text) => {
          status.show(hide(text));
        },
      },
    });
    let limit: OperationDeadline | undefined;
    try {
      // Of an operation that stays in this process the arguments may still be wrong or unknown.
      const local = operation === "check" || operation === "diff";
      const { connection } = inputs as Partial<SharedInputs>;
      limit = startDeadline(local ? LOCAL : connection, provider.settings, OPERATION_LIMIT_MS);
      return await body(contextUntil(limit.signal));
    } catch (thrown) {
      throw thrown instanceof PartialFailure
        ? partialError(thrown, wire["__provider"], hide)
        : plainError(thrown, `winrm:${type} ${operation}`, hide);
    } finally {
      limit?.clear();
      status.end();
      await provider.log.flush();
    }
  }

  return {
    configure({ config }) {
      provider.configure(config);
      return Promise.resolve();
    },

    check(olds, news) {
      return run("check", news, () => {
        const inputs = fromWire(news);
        const problems = lifecycle.check(inputs);
        const urn = typeof news["__urn"] === "string" ? news["__urn"] : undefined;
        // The delete of a replacement comes with the old arguments.
        const known = [fromWire(olds), inputs].filter((one) => Object.keys(one).length > 0);
        for (const one of known) if (urn !== undefined) provider.rememberUrn(keyOf(one), urn);
        if (problems.length === 0 && !hasUnknown(inputs)) {
          const valid = inputs as unknown as Kinds["Inputs"];
          if (urn !== undefined) claims?.checked(valid, { key: urn, urn });
          lifecycle.announce?.(valid, provider);
          for (const remark of lifecycle.warnings(valid)) provider.log.warn(remark, urn);
        }
        return Promise.resolve({ inputs: toWire(inputs), failures: problems.map(checkFailure) });
      });
    },

    diff(_id, olds, news) {
      return run<dynamic.DiffResult>("diff", news, async (context) => {
        const { settings } = context;
        const previous = outputsOf(olds, "diff");
        const inputs = inputsOf(news);
        const { key, urn } = claimant(inputs);
        claims?.diffed(previous, inputs, { key, urn });
        const replaces = [
          ...(targetsDifferentHost(previous, inputs) ? ["connection"] : []),
          ...(lifecycle.replaceOnChanges?.(previous, inputs) ?? []),
        ];
        // A refresh compares, too, and changes nothing: there nothing was checked.
        const applies = urn !== undefined && !replaces.includes("connection") && !hasUnknown(inputs);
        const refuseEarly = async (replacement: boolean) => {
          if (applies) await lifecycle.refuseEarly(previous, inputs, { replacement, context });
        };
        if (replaces.length > 0) {
          if (claims?.isKept(previous, { key }) !== true) await refuseEarly(true);
          return { replaces, deleteBeforeReplace: true };
        }
        if (olds["__provider"] !== news["__provider"]) return { changes: true };
        const before = withoutComputed(previous, lifecycle.computed);
        const same =
          !hasUnknown(inputs) &&
          canonicalText(lifecycle.canonicalInputs(before)) === canonicalText(lifecycle.canonicalInputs(inputs));
        // Without a verdict the engine compares the inputs itself and shows each property that differs.
        if (!same) return {};
        const stale = (await lifecycle.hasHiddenChange?.(previous, inputs, settings)) ?? false;
        // Where the inputs do not differ the engine would find nothing.
        const visible = canonicalText(before) !== canonicalText(inputs);
        if (stale) await refuseEarly(false);
        return stale && visible ? {} : { changes: stale };
      });
    },

    create(news) {
      return run("create", news, async (context) => {
        const inputs = inputsOf(news);
        const { state: inherited, replaces } = claims?.continued(inputs, claimant(inputs)) ?? NOTHING;
        const outputs =
          inherited === undefined
            ? await lifecycle.create(inputs, context)
            : await lifecycle.update(inherited, inputs, context).catch((error: unknown) => {
                // What destroy needs is in no state any more, and the host is as the old one left it.
                const isLost = replaces === true && error instanceof WinrmError;
                throw isLost ? new PartialFailure(lifecycle.id(inputs), inherited, error) : error;
              });
        claims?.applied(inputs, outputs);
        return { id: lifecycle.id(inputs), outs: toWire(outputs) };
      });
    },

    read(id, props = {}) {
      return run("read", props, async (context) => {
        const found = await lifecycle.read(outputsOf(props, "read"), context);
        // An empty id tells the engine that the resource is gone.
        if (found === undefined) return { id: "", props: {} };
        const { inputs, outputs } = found;
        return { id, props: toWire(outputs), inputs: toWire(withoutComputed(inputs, lifecycle.computed)) };
      });
    },

    update(_id, olds, news) {
      return run("update", news, async (context) => {
        const inputs = inputsOf(news);
        const state = outputsOf(olds, "update");
        const continued = claims?.continued(inputs, claimant(inputs), state);
        warnOf(continued?.forgetful ?? []);
        const outputs = await lifecycle.update(continued?.state ?? state, inputs, context);
        claims?.applied(inputs, outputs);
        return { outs: toWire(outputs) };
      });
    },

    delete(_id, props) {
      return run("delete", props, async (context) => {
        const previous = outputsOf(props, "delete");
        const released: Released<Kinds["Inputs"], Kinds["State"]> = claims?.released(previous, claimant(previous)) ?? {
          state: previous,
          forgetful: [],
        };
        warnOf(released.forgetful);
        if (released.state === undefined) return;
        const made = await lifecycle.delete(released.state, context, released.successor);
        if (made !== undefined) claims?.madeAhead(made);
      });
    },
  };
}

/** The claims of a type, if it has any. */
function claimsOf<Kinds extends ResourceKinds>(
  { type }: Pick<ResourceLifecycle<Kinds>, "type">,
  provider: ProviderProcess,
): ResourceClaims<Kinds["Inputs"], Kinds["State"]> | undefined {
  // The registry has under a type's name the rules of that type.
  const all: Readonly<Record<string, unknown>> = CLAIM_RULES;
  const rules = all[type] as ClaimRules<Kinds["Inputs"], Kinds["State"]> | undefined;
  return rules === undefined ? undefined : new ResourceClaims(type, rules, provider);
}

const NOTHING: { readonly state?: undefined; readonly replaces?: undefined } = {};

/** The engine applied one resource before it deleted another one, or the old one of a replacement, with the same settings. */
function memoryLost(host: string, urn: string | undefined): string {
  const name = urn?.split("::").at(-1) ?? "it";
  return `${name} keeps settings of ${host} that another resource gave up: they stay as they are, but what the host had before the first apply is forgotten, so that destroying ${name} does not put it back; where ${name} has another name or parent than before, aliases: [{ name: "the old name" }] or [{ parent: … }] would have kept it, and where it was replaced, leaving out deleteBeforeReplace: false`;
}

/** Status lines only for operations that take long: most are over before a person could read one. */
function slowStatus(show: (text: string) => void): { show(text: string): void; end(): void } {
  let latest: string | undefined;
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    if (latest !== undefined) show(latest);
  }, STATUS_AFTER_MS);
  return {
    show: (text) => {
      latest = text;
      if (slow) show(text);
    },
    end: () => {
      clearTimeout(timer);
    },
  };
}

function withoutComputed<T extends object>(value: T, computed: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !computed.includes(key))) as T;
}

function targetsDifferentHost(previous: SharedInputs, inputs: SharedInputs): boolean {
  const { connection } = inputs;
  if (isUnknown(connection) || isUnknown(connection.host) || isUnknown(connection.port)) return false;
  return connectionIdentity(previous.connection) !== connectionIdentity(inputs.connection);
}

/**
 * The engine prints the value of a failing argument by itself, unless the path is nested. Any of them may hold a secret,
 * by mistake or because the program says so, so a failure of the whole is moved into it.
 */
function checkFailure({ property, reason }: ValidationIssue): dynamic.CheckFailure {
  if (/[.[]/.test(property)) return { property, reason };
  return { property: property === "connection" ? "connection.host" : `${property}.value`, reason };
}

/** Secrets that are in the arguments themselves, in whatever shape, also beside the place where they belong. */
function secretsIn(inputs: Wire, names: readonly string[]): string[] {
  const { connection } = inputs;
  const { auth, proxy } = isRecord(connection) ? connection : { auth: connection, proxy: undefined };
  const atProxy = typeof proxy === "string" ? parseProxyUrl(proxy)?.credential?.password : undefined;
  const among = (value: unknown) => (isRecord(value) ? SECRET_AUTH.map((name) => value[name]) : value);
  return leavesOf([
    atProxy,
    ...[auth, connection, inputs["auth"], inputs].map(among),
    names.map((name) => inputs[name]),
  ]);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/** Outcomes of create and update: the engine shows the reasons only, and keeps the properties as they are. */
function partialError(failure: PartialFailure, text: unknown, hide: (text: string) => string): Error {
  const message = hide(failure.message);
  const error = new Error(message);
  error.stack = message;
  return Object.assign(error, {
    id: failure.id,
    properties: { ...toWire(failure.outputs), __provider: text },
    reasons: [message],
  });
}

/** Whatever was thrown, as an Error whose printed form is one line: the SDK prints it beside the engine's own report. */
function plainError(thrown: unknown, title: string, hide: (text: string) => string): Error {
  const error = new Error(hide(messageOf(thrown)));
  error.stack = "failed, as reported below";
  error.toString = () => title;
  return error;
}
