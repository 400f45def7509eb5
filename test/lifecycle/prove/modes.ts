/** Modes of simulated hosts in which rows of `prove` differ. */
import type { AssumptionName } from "../../../provider/cli/prove/assumptions";
import type { HostOptions } from "../../../simulator";

/** A policy that blocks processes which WMI starts. */
export const BLOCKING_RULE: HostOptions = {
  registry: {
    "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules": {
      "d1e49aac-8f56-4280-b9ba-993a6d77406c": "1",
    },
  },
};

/** A host on which every row can be checked, by one way to log in or another. */
export const FITTING: HostOptions = {
  ...BLOCKING_RULE,
  policy: { "client/auth/Kerberos": true },
  publicNetwork: true,
};

/** Each mode of a host, and the rows that it makes differ; all others hold, or need one of these to hold. */
export const MODES: readonly (readonly [mode: HostOptions, differs: readonly AssumptionName[]])[] = [
  [{ scheduler: { startDelayMs: "never" } }, ["task-first-run"]],
  [{ scheduler: { startDelayMs: 30_000 } }, ["task-first-run"]],
  [{ scheduler: { startDelayMs: 3_000 } }, []],
  [{ scheduler: { classes: "missing" } }, ["task-register"]],
  [{ scheduler: { classes: "denied" } }, ["task-register"]],
  [{ scheduler: { reports: "return-value" } }, ["task-errors"]],
  [{ scheduler: { ignores: ["second-trigger-of-a-kind"] } }, ["task-triggers"]],
  [{ scheduler: { ignores: ["repetition"] } }, ["task-repetition"]],
  [{ scheduler: { ignores: ["boot-trigger"] } }, ["task-restart"]],
  [{ storedDefaults: "absent" }, ["store-defaults"]],
  [{ store: "elsewhere" }, ["store-names"]],
  [{ service: { storeEditsCount: "at-once" } }, ["store-edits"]],
  [{ service: { putCounts: "new-connections" } }, ["put-counts"]],
  [{ service: { stopsThatHang: 1 } }, ["restart-time"]],
  [{ service: { stopAndConnections: "keeps" } }, ["restart-connections"]],
  [{ service: { stopAndConnections: "keeps-logons" } }, ["restart-connections", "late-requests"]],
  [{ date: false }, ["date"]],
  [{ unencryptedResponse: 401 }, ["unencrypted-status"]],
  [{ absentRegistryValueReturns: 2 }, ["registry-absent"]],
  [{ configPuts: "whole" }, ["put-partial"]],
  [{ configPuts: "writable" }, ["put-partial"]],
  [{ filteredAdministrators: "access-denied" }, ["filtered-logon"]],
  [{ remoteWmiUsersGroup: true }, ["wmi-users-group"]],
  [{ osVersion: "6.2.9200", remoteWmiUsersGroup: false }, ["wmi-users-group"]],
  [{ programs: { findstr: "does-nothing" } }, ["rehearsal"]],
  [{ programs: { schtasks: "blocked" } }, ["task-shell", "rehearsal"]],
  [{ programs: { sc: "does-nothing" } }, ["sc-state", "rehearsal"]],
  [{ programs: { reg: "blocked" } }, ["task-first-run"]],
  [{ programs: { winrm: "does-nothing" } }, ["local-client"]],
  [{ programs: { net: "does-nothing" } }, ["net-numbers", "net-output", "rights-at-logon", "rehearsal"]],
  [{ language: "de-DE" }, []],
  [{ osVersion: "6.2.9200" }, []],
  [{ publicNetwork: true }, []],
  [{ publicNetwork: "local-puts" }, ["public-network"]],
  [{ policy: { "client/auth/Digest": false } }, []],
  [{ policy: { "client/auth/Digest": false }, policyFault: "access-denied" }, ["policy-fault"]],
];
