import { CONFIRM, MODEL, listed } from "./assumption";

/** Scheduled tasks, the way back, and the service with its store. */
export const WAY_BACK = listed(CONFIRM, {
  "task-register":
    "`RegisterByXml` of `PS_ScheduledTask` takes a definition in plain WS-Management; a name that is taken is 0x800700B7",
  "task-errors": {
    says: "what Task Scheduler refuses comes in a fault (`scheduler.reports`): a missing task is 0x80070002",
    features: MODEL,
  },
  "task-definition": {
    says: "a definition that is not well-formed, or declares another encoding, is 0x8004131A; an unknown element 0x80041316, a wrong value 0x80041318, a missing element 0x80041319",
    features: MODEL,
  },
  "task-info": { says: "`GetInfoByName` tells 0x41303 of a task that never ran", features: MODEL },
  "task-delete":
    "Get and Delete of `MSFT_ScheduledTask` go by `TaskName` and `TaskPath`; one that is missing is not found",
  "task-shell":
    "without WMI's classes of scheduled tasks (`scheduler.classes`) PowerShell reaches Task Scheduler's COM object, whose `RegisterTask` with `TASK_CREATE` fails with 0x800700B7 for a name that is taken; `schtasks /Query /XML` prints the definition as it was registered",
  "task-first-run": "a task starts within ten seconds of its registration (`scheduler.startDelayMs`)",
  "task-account": "a task for S-1-5-18 runs as SYSTEM",
  "task-triggers":
    "a definition may hold two triggers of one kind, and the second starts the task after its delay, to the second",
  "task-repetition": "a repetition beside a delay starts the task each minute",
  "task-restart": "a restart of Windows loses delays that have begun, and the trigger at boot starts the task",
  "task-policies": "policies that block processes which WMI starts (attack surface reduction) leave tasks alone",
  rehearsal:
    "cmd, reg, findstr, sc, net and schtasks do as SYSTEM what the restoration needs, in the language of the host",
  "net-numbers":
    "`net` names the number of what it refuses in every language: 2182 a service that runs already, 1378 an account that is a member already",
  "confirmed-declines": "a confirmed task declines when it is started, and deletes itself",
  restores:
    "a change that is not confirmed is restored: the registry is edited, the service is restarted, and the task deletes itself",
  "restart-time": "the service is back within 30 seconds of the end of the window",
  "restart-connections": {
    says: "a stop of the service drops connections and their logons (`service.stopAndConnections`)",
    features: MODEL,
  },
  "late-requests":
    "a logon does not outlive a restart of the service: what arrives later on its connection is not carried out (`service.stopAndConnections`)",
  "stop-hangs": {
    says: "a stop can hang, and `net stop` fails then (`service.stopsThatHang`)",
    unseen: "cannot be brought about",
  },
  "store-names":
    "the service keeps its settings in `HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN\\Service`, as DWORDs `auth_basic` and so on; a Put changes its own entry only",
  "store-channel-binding": "`cbt_hardening_level` is a REG_SZ that holds the word",
  "store-defaults": { says: "a Put of a default leaves an entry (`storedDefaults`)", features: MODEL },
  "store-edits": "an edit of the store does not count before the service starts again (`service.storeEditsCount`)",
  "put-counts": {
    says: "changes of `service/auth` bite at once, for all requests that follow (`service.putCounts`)",
    features: ["commit-confirm", "AuthConfig"],
  },
  "put-connections": { says: "a Put of `service/auth` leaves open connections open", features: ["AuthConfig"] },
  "negotiate-off": {
    says: "a connection that is logged on with NTLM ends when `Negotiate` and `Kerberos` are both off; a new handshake needs `Negotiate`",
    features: MODEL,
    unseen: "locks the connection out",
  },
  "local-client": "`winrm get` on the host itself fails while `client/auth/Negotiate` is off",
  "local-service": "`winrm get` on the host itself fails while `service/auth/Negotiate` is off",
});
