/** The rows of docs/diagnosis.md that are about Kerberos: the numbers of the libraries, and libraries that are missing. */
import { createKerberosContext, type KerberosOptions } from "../../../provider/auth/kerberos/client";
import { KerberosError, type KerberosNames, reasonOf } from "../../../provider/auth/kerberos/errors";
import type { KerberosReason } from "../../../provider/auth/kerberos/explanations";
import type { Koffi, NativeLibrary } from "../../../provider/auth/kerberos/ffi/library";
import { openNativeGss } from "../../../provider/auth/kerberos/gss/native";
import { openNpmKerberos } from "../../../provider/auth/kerberos/npm/package";
import { openSecur32 } from "../../../provider/auth/kerberos/sspi/secur32";
import { checkStatus } from "../../../provider/auth/kerberos/sspi/status";
import type { WinrmError } from "../../../provider/errors";
import { logonError } from "../../../provider/session/diagnosis/http";
import type { CredentialBreaker } from "../../../provider/session/guard/logon-guard";
import { LogonGuard, ticketGate } from "../../../provider/session/guard/logon-guard";
import { noTicket, notTheRunningAccount } from "../../../provider/session/logon/logon";
import type { SessionTarget } from "../../../provider/session/target";
import { DOCUMENTED_PRINCIPAL, DOCUMENTED_SPN } from "../../support/pages/diagnosis-table";
import { targetOf } from "../../support/hosts/sessions";
import { type Scenario, thrown } from "./diagnosis-scenarios";

const KRB5 = 0x96c73a00;
const GSS_BAD_BINDINGS = 0x0004_0000;
const GSS_DEFECTIVE_TOKEN = 0x0009_0000;
const GSS_FAILURE = 0x000d_0000;

/** The names of a failed logon, as the table has them. */
export const NAMES: KerberosNames = { spn: DOCUMENTED_SPN, principal: DOCUMENTED_PRINCIPAL };

function reported(major: number, minor: number, names: KerberosNames = NAMES): Scenario {
  const status = { major, minor, text: "" };
  return () => Promise.resolve(new KerberosError(reasonOf(status), names, status));
}

/** What the library reports with this number of the protocol. */
function kerberos(number: number, by?: KerberosNames["by"]): Scenario {
  return reported(GSS_FAILURE, KRB5 + number, by === undefined ? NAMES : { ...NAMES, by });
}

/** What Windows reports with this status. */
function windows(status: number): Scenario {
  return () =>
    thrown(() => {
      checkStatus(status, NAMES);
    });
}

/** What our own code finds, without a library's number. */
function found(reason: KerberosReason): Scenario {
  return () => Promise.resolve(new KerberosError(reason, NAMES));
}

/** The 401 to a Kerberos logon; with real tickets: test/peers/kerberos/failures/diagnosis.test.ts. */
function ticketRefused(list: string[], channelBinding = true): Scenario {
  const target: SessionTarget = {
    ...targetOf(5986, { transport: "https" }),
    auth: { method: "kerberos", kerberos: { credential: { kind: "default" }, spn: {} }, channelBinding },
  };
  const headers = { "www-authenticate": list };
  return () => Promise.resolve(logonError(target, { status: 401, headers, body: Buffer.alloc(0) }));
}

/** What the npm package `kerberos` says of a failed call, or refuses to do. */
function npm(options: Partial<KerberosOptions> = {}): Scenario {
  const failing = () => ({ initializeClient: () => Promise.reject(new Error("Unspecified GSS failure")) });
  const credential = { kind: "default" } as const;
  const spn = { host: DOCUMENTED_SPN.slice("HTTP/".length) };
  const usual = { host: "web01", spn, credential, library: "kerberos", platform: "linux", npm: failing } as const;
  return () => thrown(() => createKerberosContext({ ...usual, requireSealing: false, ...options }).step());
}

const PASSWORD = { kind: "password", principal: "ops@CORP.TEST", password: "A-made-up-one-1" } as const;
const KEYTAB = { kind: "keytab", principal: "ops@CORP.TEST", keytab: "/etc/ops.keytab" } as const;

function koffi(library: NativeLibrary | Error): () => Koffi {
  return () => ({
    config: () => undefined,
    address: () => 0n,
    view: () => new ArrayBuffer(0),
    load: () => {
      if (library instanceof Error) throw library;
      return library;
    },
  });
}

const EMPTY_LIBRARY: NativeLibrary = {
  func: () => {
    throw new Error("no such function");
  },
};

function noKoffi(): never {
  throw Object.assign(new Error("Cannot find module 'koffi'"), { code: "MODULE_NOT_FOUND" });
}

/** The first credential is refused by the domain, and then asked for again for another host. */
async function askedTwice(gate: CredentialBreaker): Promise<WinrmError> {
  const ask = () => Promise.reject(new KerberosError("wrong-password", NAMES));
  const guard = (host: string) => new LogonGuard({ host, domain: undefined, tickets: gate });
  await thrown(() => guard("web01").ticket(ask));
  return await thrown(() => guard("web02").ticket(ask));
}

/** The tables of Kerberos, each row by what is seen. */
export const KERBEROS_SCENARIOS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  kerberos: {
    "Kerberos: wrong password (24)": kerberos(24, "password"),
    "Kerberos: keytab with an old key (24)": kerberos(24, "keytab"),
    "Kerberos: unknown account (6)": kerberos(6),
    "Kerberos: account locked, disabled or expired (18)": kerberos(18),
    "Kerberos: account expired (1)": kerberos(1),
    "Kerberos: password expired (23)": kerberos(23),
    "Kerberos: logon restricted by policy (12)": kerberos(12),
    "Kerberos: the domain refused the credential before": () => askedTwice(ticketGate()),
    "Kerberos: clock skew (37)": kerberos(37),
    "Kerberos: ticket not valid yet (33)": kerberos(33),
    "Kerberos: unknown SPN (7)": kerberos(7),
    "Kerberos: SPN of another account (41)": kerberos(41),
    "Kerberos: encryption type not supported (14)": kerberos(14),
    "Kerberos: no ticket (141)": kerberos(141),
    "Kerberos: ticket expired (32)": kerberos(32),
    "Kerberos: keytab missing, unreadable or without the principal (181)": kerberos(181),
    "Kerberos: no KDC responds (156)": kerberos(156),
    "Kerberos: no ticket in time": () => Promise.resolve(noTicket(targetOf(5985))),
    "Kerberos: unknown realm (154)": kerberos(154),
    "Kerberos: krb5.conf missing or malformed (136)": kerberos(136),
    "no credentials, and no realm or no Kerberos on this machine": async () => {
      const error = await thrown(() => openNativeGss({ platform: "linux", loadKoffi: noKoffi }));
      return await notTheRunningAccount(error);
    },
    "Kerberos: wrong channel binding": reported(GSS_BAD_BINDINGS, 0),
    "Kerberos: sent twice (34)": kerberos(34),
    "Kerberos: the host gives no proof of its identity": found("not-mutual"),
    "Kerberos: malformed response of the host": reported(GSS_DEFECTIVE_TOKEN, 0),
    "Kerberos: another number": kerberos(60),
    "Kerberos: koffi is not installed": () => thrown(() => openNativeGss({ platform: "linux", loadKoffi: noKoffi })),
    "Kerberos: the system's library is missing": () =>
      thrown(() => openNativeGss({ platform: "linux", loadKoffi: koffi(new Error("no such file")) })),
    "Kerberos: the system's library is too old": () =>
      thrown(() => openNativeGss({ platform: "linux", loadKoffi: koffi(EMPTY_LIBRARY) }).call("gss_acquire_cred_from")),
    "Kerberos on macOS: a keytab or a named cache is given": () =>
      thrown(() =>
        openNativeGss({ platform: "darwin", loadKoffi: koffi(EMPTY_LIBRARY) }).call("gss_acquire_cred_from"),
      ),
    "Kerberos: not on this system": () => thrown(() => openNativeGss({ platform: "aix" })),
  },
  sspi: {
    "Kerberos on Windows: a function of secur32.dll is missing": () =>
      thrown(() => openSecur32(koffi(EMPTY_LIBRARY)).call("EncryptMessage")),
    "Kerberos on Windows: a keytab or a named cache is given": () => {
      const credential = { kind: "keytab", principal: "ops@CORP.TEST", keytab: "C:\\ops.keytab" } as const;
      const secur32 = () => openSecur32(koffi(EMPTY_LIBRARY));
      return thrown(() => createKerberosContext({ host: "web01", credential, platform: "win32", secur32 }).step());
    },
    "Kerberos on Windows: unknown account (SEC_E_UNKNOWN_CREDENTIALS)": windows(0x8009_030d),
    "Kerberos on Windows: no credentials (SEC_E_NO_CREDENTIALS)": windows(0x8009_030e),
    "Kerberos on Windows: ticket expired (SEC_E_CONTEXT_EXPIRED)": windows(0x8009_0317),
    "Kerberos on Windows: unknown SPN (SEC_E_TARGET_UNKNOWN)": windows(0x8009_0303),
    "Kerberos on Windows: SPN of another account (SEC_E_WRONG_PRINCIPAL)": windows(0x8009_0322),
    "Kerberos on Windows: no domain controller (SEC_E_NO_AUTHENTICATING_AUTHORITY)": windows(0x8009_0311),
    "Kerberos on Windows: another status": windows(0x8009_0304),
  },
  "npm-kerberos": {
    "npm package kerberos: it is not installed": () => thrown(() => openNpmKerberos(noKoffi)),
    "npm package kerberos: a password is given": npm({ credential: PASSWORD }),
    "npm package kerberos: a password is given, on Windows": npm({ credential: PASSWORD, platform: "win32" }),
    "npm package kerberos: a keytab is given": npm({ credential: KEYTAB }),
    "npm package kerberos: a named ticket cache is given": npm({ credential: { kind: "cache", cache: "FILE:/tmp/x" } }),
    "npm package kerberos: another account than the running one, on Windows": npm({
      credential: { kind: "cache", principal: "ops@CORP.TEST" },
      platform: "win32",
    }),
    "npm package kerberos: over http, where it cannot seal": npm({ requireSealing: true }),
    "npm package kerberos: auth.channelBinding is true": npm({ channelBinding: Buffer.from("tls-server-end-point:x") }),
    "npm package kerberos: a realm of the service is given": npm({ spn: { realm: "CORP.TEST" } }),
    "npm package kerberos: the logon fails": npm(),
  },
};

/** A 401 to a ticket. */
export const TICKET_SCENARIOS = {
  "401: the list lacks Kerberos": ticketRefused(["Negotiate"]),
  "401 to a ticket": ticketRefused(["Kerberos"]),
  "401 to a ticket over https, auth.channelBinding false": ticketRefused(["Kerberos"], false),
};
