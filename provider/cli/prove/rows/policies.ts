/** Policies that keep programs from running. */

import { getDword, getString } from "../../../host/registry";
import { type Row, Unchecked } from "../row";

/** "Block process creations originating from PSExec and WMI commands". */
const RULE = "d1e49aac-8f56-4280-b9ba-993a6d77406c";
const KEYS = [
  "SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules",
  "SOFTWARE\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules",
];
const BLOCKS = "1";

/** The task has run already when this is asked. */
export const POLICY_ROW: Row = {
  assumption: "task-policies",
  expected: "the task runs",
  needs: ["rehearsal"],
  ask: async ({ client, signal }) => {
    for (const key of KEYS) {
      const at = { key, name: RULE };
      const value = (await getString(client, at, signal)) ?? (await getDword(client, at, signal));
      if (String(value) === BLOCKS) return "the task runs";
    }
    throw new Unchecked(`the rule ${RULE} of attack surface reduction does not block on this host`);
  },
};
