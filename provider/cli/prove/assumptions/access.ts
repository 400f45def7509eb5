import { MODEL, UNSEEN, listed } from "./assumption";

/** Logons and rights. */
export const LOGONS = listed(["connections"], {
  date: { says: "every response says what time it is, also a 401 (`date`)", features: ["doctor"] },
  "empty-post": {
    says: "an empty POST without credentials gets the closing 401 on a connection that is logged on, too: a Go client (masterzen/winrm), which works with Windows, sends one before each message",
    features: MODEL,
  },
  "unencrypted-status":
    "a message over http that is authenticated but not encrypted gets an empty 500 while `AllowUnencrypted` is off, also with Basic; `unencryptedResponse: 401` makes it the 401 that one recording shows",
  "basic-names": "Basic takes `user`, `.\\user` and `HOST\\user`",
  "basic-utf8": { says: "Basic is read as UTF-8", unseen: UNSEEN.secondAccount },
  "stranger-code": {
    says: "a stranger gets code 5 with Basic as with NTLM. Windows is also reported to respond with 401 (diyan/pywinrm#114)",
    unseen: UNSEEN.secondAccount,
  },
  "network-logon-right": {
    says: "Basic and certificate logons need the right to log on over the network, as NTLM and Kerberos do. Their refusal is a 401",
    unseen: "needs a change of user rights, which locks the connection out",
  },
  "lockout-order": {
    says: "a locked account is refused before its password is looked at, which does not prolong the lock; the 401 to a wrong password does not wait (`logonFailureDelayMs`)",
    unseen: UNSEEN.secondAccount,
  },
  "lockout-everyone": {
    says: "every account can be locked, also the built-in Administrator; a disabled account whose password is right does not count",
    features: MODEL,
    unseen: UNSEEN.secondAccount,
  },
  "removed-accounts": {
    says: "removing an account or changing its password does not end connections that are logged on",
    features: MODEL,
    unseen: UNSEEN.secondAccount,
  },
  "kerberos-refusal": {
    says: "a domain member that refuses a ticket lists the schemes again, with the token that says why after the scheme that was tried, and closes the connection",
    unseen: UNSEEN.domain,
  },
  "kerberos-scheme": {
    says: "`service/auth/Kerberos` governs the scheme `Kerberos` only: a ticket under `Negotiate` needs `Negotiate`",
    features: ["AuthConfig"],
    unseen: UNSEEN.domain,
  },
  "token-filter": {
    says: "`LocalAccountTokenFilterPolicy` counts from the next logon of a local administrator on",
    features: ["TokenFilterPolicy", "commit-confirm"],
  },
  "filtered-logon": {
    says: 'a filtered administrator gets a 401 at the logon, or with `filteredAdministrators: "access-denied"` code 5 at each request',
    features: ["TokenFilterPolicy"],
  },
  "rights-at-logon": {
    says: "rights are those of the moment of the logon; a request after a change of groups does not fail once with 2150859177",
    features: ["GroupMembership", "commit-confirm"],
  },
});

/** Accounts and groups. */
export const GROUPS = listed(["GroupMembership"], {
  "wmi-users-group":
    "`WinRMRemoteWMIUsers__` is there with `osVersion` 6.2 and 6.3, not on newer releases and not on a plain 6.1 (`remoteWmiUsersGroup`)",
  "wmi-users-rights": {
    says: "WMI's namespace grants the members of `WinRMRemoteWMIUsers__` Enable Account and Remote Enable; they see no memberships, as other callers without administrator rights",
    features: MODEL,
    unseen: UNSEEN.secondAccount,
  },
  "local-administrators-sid": {
    says: "S-1-5-114 counts as a member of local groups that hold it, once an account is in Administrators",
    unseen: UNSEEN.secondAccount,
  },
  "wmi-domain": "`Domain` of built-in groups and well-known principals in WMI is the computer's name",
  "wmi-sid": "`Win32_SID` of a SID without an account is not found",
  "wmi-sids": { says: "the instances of `Win32_SID` can be enumerated", features: MODEL, unseen: UNSEEN.neverSent },
  "nameless-members": {
    says: "members without a name are left out of every response",
    unseen: "needs a member whose account is gone",
  },
  "deleted-users": {
    says: "a local user that is deleted is no member any more",
    features: MODEL,
    unseen: UNSEEN.secondAccount,
  },
  "unknown-names":
    "an unknown name is Win32 error 1332, 1317 after the host's own name, and 1355 for a domain that is unknown or does not respond; a SID without an account is 1387",
  "net-output": "`net` writes errors and its help text to standard error, and ends with 1 after the help text",
  "adsi-codes": "ADSI fails with the HRESULT of the Win32 code, and with NERR 2220 for a missing group",
  "controller-names": {
    says: "on a domain controller local groups and accounts carry the domain's name and SID",
    unseen: "needs a domain controller",
  },
});
