import { type Judgement, type Rule, driftNote, notRestored } from "../../contract/finding";
import type {
  PolicyValue,
  TokenFilterPolicyInputs,
  TokenFilterPolicyOutputs,
} from "../../contract/token-filter-policy";
import { lockoutFinding } from "../safety/hazards/hazard";
import type { Plan } from "../change/plan";
import type { Prior, Situation } from "../definition";
import type { HostChange } from "../safety/risk";
import { TOKEN_FILTER_NAME, type TokenFilter, formatPolicyValue, hasValue, policyWrite, policyHazard } from "./policy";

/** What `TokenFilterPolicy` would do to a host, what stands in the way, and what destroy restores. */

const property = "localAccountTokenFilterPolicy";
const NOTHING: Plan<TokenFilter> = { findings: [], writes: [] };

/** The value to write, unless the host has it. */
export function planPolicy(
  inputs: TokenFilterPolicyInputs,
  { observed, host }: Situation<TokenFilter>,
): Plan<TokenFilter> {
  const wanted = inputs.localAccountTokenFilterPolicy;
  const { policy } = observed;
  if (hasValue(policy, wanted)) return NOTHING;
  const findings: Judgement[] = [driftNote(property, formatPolicyValue(policy), wanted)];
  if (policy.kind === "other") {
    findings.push({
      rule: "token-filter/wrong-type",
      severity: "warning",
      property,
      message: `on ${host} ${TOKEN_FILTER_NAME} is ${formatPolicyValue(policy)}, and Windows looks for a REG_DWORD, so it counts as absent`,
      remedy: "it is replaced, and destroy does not bring it back",
    });
  }
  findings.push(...hazardFindings(wanted, { observed, host }, inputs.acceptLockout));
  return { findings, writes: [policyWrite(wanted)] };
}

/** The value as wanted, where state does not know of it; in a preview, that it is absent as on a fresh Windows says nothing. */
export function alreadySet(
  { localAccountTokenFilterPolicy: wanted }: TokenFilterPolicyInputs,
  prior: Prior<TokenFilterPolicyOutputs>,
  { policy }: TokenFilter,
): HostChange[] {
  const known = prior.kind === "state" ? prior.state.appliedValue : prior.kind === "unknown" ? "absent" : undefined;
  if (!hasValue(policy, wanted) || known === wanted) return [];
  return [{ kind: "token-filter", from: 1, to: wanted === "absent" ? undefined : wanted }];
}

function hazardFindings(
  to: PolicyValue,
  { observed, host }: Situation<TokenFilter>,
  accepted: boolean | undefined,
): Judgement[] {
  const hazard = policyHazard(observed, to);
  if (hazard === undefined) return [];
  return [lockoutFinding(hazard, { host, property, change: `${TOKEN_FILTER_NAME} = ${to}`, accepted })];
}

/** Only over what was last applied, and into a lockout only where that is accepted; then it is named. */
export function planPolicyDestroy(
  { priorValue, appliedValue, acceptLockout }: TokenFilterPolicyOutputs,
  { observed, host }: Situation<TokenFilter>,
): Plan<TokenFilter> {
  const { policy } = observed;
  if (hasValue(policy, priorValue)) return NOTHING;
  const stays = (rule: Rule, message: string): Plan<TokenFilter> => ({
    findings: [notRestored(rule, property, message)],
    writes: [],
  });
  if (!hasValue(policy, appliedValue)) {
    const fact = `stays ${formatPolicyValue(policy)} on ${host}: it was changed after the last apply`;
    return stays("restore/changed-since", fact);
  }
  const hazard = policyHazard(observed, priorValue);
  if (hazard !== undefined && acceptLockout !== true) {
    const why = `${hazard.message}; ${hazard.remedy}`;
    const fact = `is not restored to ${priorValue} on ${host}, because that would lock out this connection: ${why}`;
    return stays(hazard.rule, fact);
  }
  return { findings: hazardFindings(priorValue, { observed, host }, true), writes: [policyWrite(priorValue)] };
}
