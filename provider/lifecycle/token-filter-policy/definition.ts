import { type Check, type ValidationIssue, boolean, object } from "../../contract/checks";
import { connectionIdentity } from "../../contract/connection";
import { type Judgement, driftNote } from "../../contract/finding";
import type { HostView } from "../../host/host-view";
import { observeNow, type Plan, reconcile, restore } from "../change/reconcile";
import {
  type LifecycleContext,
  PartialFailure,
  type ResourceLifecycle,
  SCHEMA_VERSION,
  SHARED_CHECKS,
  type SharedInputs,
  type SharedOutputs,
} from "../lifecycle";
import {
  type PolicyValue,
  TOKEN_FILTER_NAME,
  type TokenFilter,
  hasValue,
  meaningOf,
  observeTokenFilter,
  formatPolicyValue,
  tokenFilterHazard,
  restorableValue,
  policyWrite,
} from "./policy";

/** Arguments of `TokenFilterPolicy`. */
export interface TokenFilterPolicyInputs extends SharedInputs {
  /**
   * `1`: local administrators get their full token over the network. `0` or `"absent"`: remote UAC filters it, except for
   * the built-in Administrator. `"absent"` deletes the value, as a fresh Windows has it.
   */
  localAccountTokenFilterPolicy: 0 | 1 | "absent";
  /** Go on although the change would lock out this connection. Default `false`. */
  acceptLockout?: boolean;
}

/** State of `TokenFilterPolicy`. */
export interface TokenFilterPolicyOutputs extends TokenFilterPolicyInputs, SharedOutputs {
  /** What the host has: a number, `absent`, or type and text of a value that is no DWORD: `REG_SZ "1"`. */
  effectiveValue: number | string;
  /** Who can administer the host over the network, in words. */
  meaning: string;
  /** What the host had before the first apply; destroy puts it back. */
  priorValue: PolicyValue;
  /** What the host had after the last apply; destroy restores only where the host still has it. */
  appliedValue: PolicyValue;
}

type PolicyRecord = Pick<TokenFilterPolicyOutputs, "priorValue" | "appliedValue">;

const PROPERTY = "localAccountTokenFilterPolicy";

const checkValue: Check = (value, property) => {
  if (value === 0 || value === 1 || value === "absent") return [];
  const shown = typeof value === "object" ? "that" : JSON.stringify(value);
  const hint = value === "0" || value === "1" || typeof value === "boolean" ? `; write ${Number(value)}` : "";
  return [{ property, reason: `must be 0, 1 or "absent", not ${shown}${hint}` }];
};

const checkArguments = object({ ...SHARED_CHECKS, [PROPERTY]: checkValue, acceptLockout: boolean() }, [
  "connection",
  PROPERTY,
]);

/** Remote UAC: whether local administrators keep their full token over the network. */
export const tokenFilterPolicy: ResourceLifecycle<TokenFilterPolicyInputs, TokenFilterPolicyOutputs, TokenFilter> = {
  type: "TokenFilterPolicy",
  computed: ["schemaVersion", "effectiveValue", "meaning", "priorValue", "appliedValue"],

  check(inputs): ValidationIssue[] {
    return checkArguments(inputs, "");
  },

  warnings(inputs) {
    if (inputs.onPolicyConflict === undefined) return [];
    return [
      "onPolicyConflict has no effect here: a Group Policy that sets this value writes it like anybody else, and the host does not tell",
    ];
  },

  canonicalInputs(inputs) {
    return inputs;
  },

  id(inputs) {
    return `${connectionIdentity(inputs.connection)}/winrm/tokenfilterpolicy`;
  },

  observe(inputs, view) {
    return observeWanted(inputs, view);
  },

  assess(inputs, { observed, host }) {
    return { findings: planPolicy(inputs, observed, host).findings, changes: new Map() };
  },

  async create(inputs, context) {
    return await applyPolicy(inputs, context);
  },

  async update(previous, inputs, context) {
    return await applyPolicy(inputs, context, previous);
  },

  async read(previous, context) {
    const observed = await observeNow(previous.connection, context, (view) =>
      observeTokenFilter(view, { wanted: undefined, expected: previous.effectiveValue }),
    );
    const live = liveInputs(previous, observed);
    return { inputs: live, outputs: outputsOf(live, observed, recordOf(previous, observed)) };
  },

  async delete(previous, context) {
    await restore(previous, context, {
      observe: (view) => observeTokenFilter(view, { wanted: previous.priorValue, expected: previous.appliedValue }),
      plan: (observed, { host }) => planRestore(previous, observed, { host, context }),
    });
  },
};

function observeWanted(inputs: TokenFilterPolicyInputs, view: HostView): Promise<TokenFilter> {
  const wanted = inputs.localAccountTokenFilterPolicy;
  return observeTokenFilter(view, { wanted, expected: wanted });
}

function planPolicy(inputs: TokenFilterPolicyInputs, observed: TokenFilter, host: string): Plan<TokenFilter> {
  const wanted = inputs.localAccountTokenFilterPolicy;
  const { policy } = observed;
  if (hasValue(policy, wanted)) return { findings: [], writes: [] };
  const findings: Judgement[] = [driftNote(PROPERTY, formatPolicyValue(policy), wanted)];
  if (policy.kind === "other") {
    findings.push({
      rule: "token-filter/wrong-type",
      severity: "warning",
      property: PROPERTY,
      message: `on ${host} ${TOKEN_FILTER_NAME} is ${formatPolicyValue(policy)}, and Windows looks for a REG_DWORD, so it counts as absent`,
      remedy: "it is replaced, and destroy does not bring it back",
    });
  }
  const hazard = tokenFilterHazard(observed, wanted);
  if (hazard !== undefined) {
    findings.push({
      rule: hazard.rule,
      severity: inputs.acceptLockout === true ? "warning" : "error",
      property: PROPERTY,
      message: `on ${host} ${TOKEN_FILTER_NAME} = ${wanted} would lock out its operator: ${hazard.message}`,
      remedy: `${hazard.remedy}, or set acceptLockout: true`,
    });
  }
  return { findings, writes: [policyWrite(wanted)] };
}

async function applyPolicy(
  inputs: TokenFilterPolicyInputs,
  context: LifecycleContext,
  previous?: TokenFilterPolicyOutputs,
): Promise<TokenFilterPolicyOutputs> {
  const { before, after, failure } = await reconcile(inputs.connection, context, {
    observe: (view) => observeWanted(inputs, view),
    plan: (observed, { host }) => planPolicy(inputs, observed, host),
  });
  const record: PolicyRecord = {
    priorValue: previous?.priorValue ?? restorableValue(before.policy),
    appliedValue: restorableValue(after.policy),
  };
  if (failure === undefined) return outputsOf(inputs, after, record);
  const outputs = outputsOf(liveInputs(inputs, after), after, record);
  throw new PartialFailure(tokenFilterPolicy.id(inputs), outputs, failure);
}

/** What was recorded; nothing was if the resource is only read (`TokenFilterPolicy.get`). */
function recordOf(previous: Partial<PolicyRecord>, { policy }: TokenFilter): PolicyRecord {
  const live = restorableValue(policy);
  return { priorValue: previous.priorValue ?? live, appliedValue: previous.appliedValue ?? live };
}

function outputsOf(
  inputs: TokenFilterPolicyInputs,
  { policy }: TokenFilter,
  record: PolicyRecord,
): TokenFilterPolicyOutputs {
  return {
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    effectiveValue: formatPolicyValue(policy),
    meaning: meaningOf(policy),
    ...record,
  };
}

/** The arguments as the host has them; a refresh shows also what nobody may write: another number, another type. */
function liveInputs(inputs: TokenFilterPolicyInputs, { policy }: TokenFilter): TokenFilterPolicyInputs {
  const live = formatPolicyValue(policy) as TokenFilterPolicyInputs["localAccountTokenFilterPolicy"];
  return { ...inputs, localAccountTokenFilterPolicy: live };
}

/** What destroy puts back: only over what was last applied, and never into a lockout. */
function planRestore(
  { priorValue, appliedValue, acceptLockout }: TokenFilterPolicyOutputs,
  observed: TokenFilter,
  { host, context }: { readonly host: string; readonly context: LifecycleContext },
): Plan<TokenFilter> {
  const { policy } = observed;
  const nothing: Plan<TokenFilter> = { findings: [], writes: [] };
  if (hasValue(policy, priorValue)) return nothing;
  if (!hasValue(policy, appliedValue)) {
    context.log.warn(
      `${TOKEN_FILTER_NAME} of ${host} stays ${formatPolicyValue(policy)}: it was changed after the last apply`,
    );
    return nothing;
  }
  const hazard = tokenFilterHazard(observed, priorValue);
  if (hazard !== undefined && acceptLockout !== true) {
    context.log.warn(
      `${TOKEN_FILTER_NAME} of ${host} is not restored to ${priorValue}, because that would lock out its operator: ${hazard.message}; ${hazard.remedy}`,
    );
    return nothing;
  }
  return { findings: [], writes: [policyWrite(priorValue)] };
}
