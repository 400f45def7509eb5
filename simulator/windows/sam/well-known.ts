/**
 * Groups and principals that every Windows host has, with the names of English and German systems. Assumed
 * (wmi-users-group).
 */

import type { Language } from "../../wsman/fault-table";

/** A principal whose SID is the same on every host. */
export interface WellKnown {
  readonly sid: string;
  readonly name: Readonly<Record<Language, string>>;
}

function named(sid: string, english: string, german: string): WellKnown {
  return { sid, name: { "en-US": english, "de-DE": german } };
}

/** SIDs that rules of this model refer to. */
export const SIDS = {
  everyone: "S-1-1-0",
  network: "S-1-5-2",
  interactive: "S-1-5-4",
  authenticatedUsers: "S-1-5-11",
  localAccount: "S-1-5-113",
  localAccountAndAdministrator: "S-1-5-114",
  administrators: "S-1-5-32-544",
  users: "S-1-5-32-545",
  guests: "S-1-5-32-546",
  backupOperators: "S-1-5-32-551",
  remoteManagementUsers: "S-1-5-32-580",
} as const;

/** The ordinary local group that WinRM's setup makes on some releases; its name is not translated. */
export const REMOTE_WMI_USERS = "WinRMRemoteWMIUsers__";

/** The authority of the built-in groups. */
export const BUILTIN: Readonly<Record<Language, string>> = { "en-US": "BUILTIN", "de-DE": "VORDEFINIERT" };
/** The authority of most well-known principals. */
export const NT_AUTHORITY: Readonly<Record<Language, string>> = { "en-US": "NT AUTHORITY", "de-DE": "NT-AUTORITÄT" };

/** Built-in local groups. */
export const BUILTIN_GROUPS: readonly WellKnown[] = [
  named(SIDS.administrators, "Administrators", "Administratoren"),
  named(SIDS.users, "Users", "Benutzer"),
  named(SIDS.guests, "Guests", "Gäste"),
  named("S-1-5-32-547", "Power Users", "Hauptbenutzer"),
  named("S-1-5-32-551", "Backup Operators", "Sicherungs-Operatoren"),
  named("S-1-5-32-555", "Remote Desktop Users", "Remotedesktopbenutzer"),
  named("S-1-5-32-556", "Network Configuration Operators", "Netzwerkkonfigurations-Operatoren"),
  named("S-1-5-32-558", "Performance Monitor Users", "Systemmonitorbenutzer"),
  named("S-1-5-32-559", "Performance Log Users", "Leistungsprotokollbenutzer"),
  named("S-1-5-32-562", "Distributed COM Users", "Distributed COM-Benutzer"),
  named("S-1-5-32-568", "IIS_IUSRS", "IIS_IUSRS"),
  named("S-1-5-32-569", "Cryptographic Operators", "Kryptografie-Operatoren"),
  named("S-1-5-32-573", "Event Log Readers", "Ereignisprotokollleser"),
  named("S-1-5-32-578", "Hyper-V Administrators", "Hyper-V-Administratoren"),
  named(SIDS.remoteManagementUsers, "Remote Management Users", "Remoteverwaltungsbenutzer"),
];

/** Well-known principals that can be members of local groups; those of the NT authority, and `Everyone` of none. */
export const WELL_KNOWN_PRINCIPALS: readonly WellKnown[] = [
  named(SIDS.everyone, "Everyone", "Jeder"),
  named(SIDS.network, "NETWORK", "NETZWERK"),
  named(SIDS.interactive, "INTERACTIVE", "INTERAKTIV"),
  named("S-1-5-6", "SERVICE", "DIENST"),
  named(SIDS.authenticatedUsers, "Authenticated Users", "Authentifizierte Benutzer"),
  named("S-1-5-14", "REMOTE INTERACTIVE LOGON", "REMOTEINTERAKTIVE ANMELDUNG"),
  named("S-1-5-18", "SYSTEM", "SYSTEM"),
  named("S-1-5-19", "LOCAL SERVICE", "Lokaler Dienst"),
  named("S-1-5-20", "NETWORK SERVICE", "Netzwerkdienst"),
  named(SIDS.localAccount, "Local account", "Lokales Konto"),
  named(
    SIDS.localAccountAndAdministrator,
    "Local account and member of Administrators group",
    'Lokales Konto und Mitglied der Gruppe "Administratoren"',
  ),
];

/** Built-in local accounts by relative id. */
export const BUILTIN_USERS: readonly { readonly rid: number; readonly name: WellKnown["name"] }[] = [
  { rid: 500, name: { "en-US": "Administrator", "de-DE": "Administrator" } },
  { rid: 501, name: { "en-US": "Guest", "de-DE": "Gast" } },
  { rid: 503, name: { "en-US": "DefaultAccount", "de-DE": "DefaultAccount" } },
];
