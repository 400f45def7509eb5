import { CONFIRM, MODEL, UNSEEN, listed } from "./assumption";

/** WMI, the registry, messages and commands. */
export const MESSAGES = listed(MODEL, {
  "enumerate-one": "without `MaxElements` a response holds one item",
  "pull-repeats": {
    says: "Pull must repeat `MaxElements` and `MaxEnvelopeSize` of Enumerate",
    unseen: UNSEEN.neverSent,
  },
  "dmtf-class": "a class that is not in the namespace of the DMTF's prefix is an unknown resource URI",
  "registry-absent": {
    says: "a registry read whose value is not there returns 1, or what `absentRegistryValueReturns` says",
    features: ["TokenFilterPolicy"],
  },
  "registry-subkeys": "deleting a key with subkeys returns 5",
  "registry-parameters": "a missing parameter of a method is a fault of the WMI provider",
  "header-order": {
    says: "header rules are applied in a fixed order; only a Receive waits for `OperationTimeout`",
    unseen: UNSEEN.neverSent,
  },
  "short-timeouts": {
    says: "a short `OperationTimeout` is raised to 0.5 s also by newer releases",
    unseen: UNSEEN.neverSent,
  },
  garbage: {
    says: "garbage, a DOCTYPE, a processing instruction, more than 100 nested elements, a wrong charset, and a sealed message that cannot be opened get an empty 400, and the connection ends",
    unseen: UNSEEN.neverSent,
  },
  "fault-texts": {
    says: "fault texts are this model's own words, in English or German. Match on codes",
    unseen: UNSEEN.madeUp,
  },
  "cmd-order": {
    says: "cmd: `|` binds before `&&`, that before `||`, and that before `&`; `exit` in a block ends the whole line",
    features: CONFIRM,
  },
  "cmd-limits": {
    says: "cmd has no `for`, `if`, batch files or delayed expansion; only `nul` can be written to",
    unseen: UNSEEN.madeUp,
  },
  "sc-state": { says: "`sc query` shows the state as `: 4 ` and `: 1 ` in every language", features: CONFIRM },
  "shell-ids": { says: "a shell id that the client chooses is taken", features: ["GroupMembership"] },
  "shell-others": {
    says: "shells of others look like none; the output code page of a shell is one of 437, 850, 1252, 20127, 28591 and 65001",
    unseen: UNSEEN.secondAccount,
  },
  "shell-output": {
    says: "output comes in one piece for each text that a program writes, at most 32 KiB at a time. A silent program makes Receive wait for the operation timeout",
    unseen: "a client cannot tell the pieces apart",
  },
  "shell-signals": {
    says: "`ctrl_c` ends a program with 3221225786; a terminated command is unknown afterwards. Any input ends a program that waits",
    unseen: UNSEEN.neverSent,
  },
  "powershell-output": { says: "programs under `powershell` write standard error as it is", unseen: UNSEEN.neverSent },
});
