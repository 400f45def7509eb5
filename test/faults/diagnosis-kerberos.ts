/**
 * The rows of docs/diagnosis.md that are about Kerberos, from the numbers of the library. Which of them a domain really
 * sends is shown against MIT's and Samba's in test/peers/kerberos.
 */
import { KerberosError, kerberosUnavailable, reasonOf } from "../../provider/auth/kerberos/errors";
import { openNativeGss } from "../../provider/auth/kerberos/native";
import { createNtlmContext } from "../../provider/auth/ntlm/client";
import { createNegotiateContext, MECHANISMS } from "../../provider/auth/spnego/negotiate";
import { encodeNegTokenResp } from "../../provider/auth/spnego/tokens";
import { type WinrmError, isWinrmError } from "../../provider/errors";
import { logonError } from "../../provider/session/http-failure";
import type { SessionTarget } from "../../provider/session/target";
import { failure, targetOf } from "../support/sessions";

const KRB5 = 0x96c73a00;
const NAMES = { spn: "HTTP/web01.corp.test", principal: "ops@CORP.TEST" };

type Scenario = () => Promise<WinrmError>;

/** What the library reports with this number of RFC 4120 and MIT. */
function numbered(number: number): Scenario {
  const status = { major: 0x000d0000, minor: KRB5 + number, text: "" };
  return () => Promise.resolve(new KerberosError(reasonOf(status), NAMES, status));
}

/** What it reports with this routine error of RFC 2744 alone. */
function routine(error: number): Scenario {
  const status = { major: error * 0x10000, minor: 0, text: "" };
  return () => Promise.resolve(new KerberosError(reasonOf(status), NAMES, status));
}

/** The 401 to a Kerberos logon. */
function ticketRefused(list: string[], channelBinding = true): Scenario {
  const target: SessionTarget = {
    ...targetOf(5986, { transport: "https" }),
    auth: { method: "kerberos", kerberos: { credential: { kind: "default" }, spn: {} }, channelBinding },
  };
  const answer = { status: 401, headers: { "www-authenticate": list }, body: Buffer.alloc(0) };
  return () => Promise.resolve(logonError(target, answer));
}

/** A system on which koffi, or the library that it opens, is missing. */
function lacking(what: "koffi" | "library"): Scenario {
  const missing = (): never => {
    throw Object.assign(new Error("missing"), { code: "MODULE_NOT_FOUND" });
  };
  return () => {
    try {
      openNativeGss({
        platform: "linux",
        loadKoffi: what === "koffi" ? missing : () => ({ config: () => 0, load: missing }),
      });
    } catch (error) {
      if (isWinrmError(error) && kerberosUnavailable(error)) return Promise.resolve(error);
    }
    throw new Error("the library was opened");
  };
}

/** A host that says no inside SPNEGO. */
const rejected: Scenario = async () => {
  const account = { account: "ops", password: "for the test", spn: "HTTP/web01", requireSealing: true };
  const context = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: createNtlmContext(account) }] });
  await context.step();
  return failure(context.step(encodeNegTokenResp({ negState: "reject" })));
};

/** By the first column of the table. */
export const KERBEROS_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "401: the list lacks Kerberos": ticketRefused(["Negotiate"]),
  "401 to a ticket": ticketRefused(["Kerberos"]),
  "401 to a ticket over https, auth.channelBinding false": ticketRefused(["Kerberos"], false),
  "401 with a reject of Negotiate": rejected,
  "Kerberos: wrong password (24)": numbered(24),
  "Kerberos: unknown account (6)": numbered(6),
  "Kerberos: account locked, disabled or expired (18)": numbered(18),
  "Kerberos: account expired (1)": numbered(1),
  "Kerberos: password expired (23)": numbered(23),
  "Kerberos: logon restricted by policy (12)": numbered(12),
  "Kerberos: clock skew (37)": numbered(37),
  "Kerberos: unknown SPN (7)": numbered(7),
  "Kerberos: SPN of another account (41)": numbered(41),
  "Kerberos: encryption type (14)": numbered(14),
  "Kerberos: no ticket (141)": numbered(141),
  "Kerberos: ticket expired (32)": numbered(32),
  "Kerberos: keytab (181)": numbered(181),
  "Kerberos: no KDC answers (156)": numbered(156),
  "Kerberos: unknown realm (154)": numbered(154),
  "Kerberos: krb5.conf (136)": numbered(136),
  "Kerberos: the host has seen the logon before (34)": numbered(34),
  "Kerberos: the host did not prove itself (46)": numbered(46),
  "Kerberos: channel bindings (GSS 4)": routine(4),
  "Kerberos: a token that is malformed (GSS 9)": routine(9),
  "Kerberos: any other number": numbered(60),
  "Kerberos: koffi is missing": lacking("koffi"),
  "Kerberos: the system library is missing": lacking("library"),
};
