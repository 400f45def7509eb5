import type { AuthConfigOutputs } from "../../contract/auth-config";
import type { LeafValue } from "../../host/config";
import { leavesOf } from "../winrm-config/leaves";

/** What state remembers of the host. */
export type AuthRecord = Pick<AuthConfigOutputs, "priorValues" | "appliedValues">;

/** What each managed setting had before the first apply and after the last one; state holds only what differs. */
export function recordedLeaves(
  state: AuthConfigOutputs,
): ReadonlyMap<string, { readonly prior: LeafValue; readonly applied: LeafValue }> {
  // Nothing is recorded if the resource is only read (`AuthConfig.get`).
  const record: Partial<AuthRecord> = state;
  const [prior, applied] = [leavesOf(record.priorValues ?? {}), leavesOf(record.appliedValues ?? {})];
  return new Map(
    [...leavesOf(state)].map(([path, value]) => {
      const last = applied.get(path) ?? value;
      return [path, { prior: prior.get(path) ?? last, applied: last }];
    }),
  );
}
