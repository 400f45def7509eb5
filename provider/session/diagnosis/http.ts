import { accountScope, parseAccountName } from "../../account-name";
import { type ErrorContext, WinrmError } from "../../errors";
import { printable } from "../../printable";
import { isOffered, offeredSchemes, parseChallenges } from "../logon/challenge";
import type { HttpResponse } from "../transport/http-response";
import { type Method, type SessionAuth, type SessionTarget, accountOf, unboundReason } from "../target";

/** Explains HTTP responses that carry no WS-Management message. Windows sends most of them with an empty body. */

/** What is known of a logon that met a 401. */
export interface Judged {
  /** The host has judged a proof. */
  readonly credentialEvaluated?: boolean;
  /** The proof was a Kerberos ticket. */
  readonly ticket?: boolean;
}

/**
 * The error for a 401. It is a matter of what the host offers before it is a matter of the password: a scheme that
 * is not in the list is switched off. That does not hold for the response to a proof of the password: the host has
 * judged it, and it must count as tried whatever the host offers then.
 */
export function logonError(
  target: SessionTarget,
  response: HttpResponse,
  { credentialEvaluated = false, ticket = target.auth.method === "kerberos" }: Judged = {},
): WinrmError {
  const offered = offeredSchemes(response.headers["www-authenticate"]);
  const scheme = SCHEMES[target.auth.method] ?? "certificates";
  const list = offered.length === 0 ? "nothing" : offered.join(", ");
  if (!credentialEvaluated && offered.length > 0 && !isOffered(scheme, offered)) {
    return new WinrmError(
      "WINRM_E_METHOD_NOT_OFFERED",
      `HTTP 401: the host offers ${list}, not ${scheme}`,
      scheme === "Digest" ? NO_DIGEST : notOffered(scheme),
    );
  }
  return new WinrmError("WINRM_E_LOGON_DENIED", `HTTP 401: the host refused the logon (it offers ${list})`, {
    causes: ticket ? ticketCauses(target) : (CAUSES[target.auth.method] ?? ntlmCauses(target)),
    remedy: ticket ? ticketNext(target) : target.auth.method === "certificate" ? CERTIFICATE_NEXT : CORRECT,
  });
}

function notOffered(scheme: string): ErrorContext {
  return {
    causes: [
      ...(scheme === "Kerberos" ? ["the host is in no domain: Windows offers Kerberos on domain members only"] : []),
      `${scheme} is switched off on the host (winrm/config/service/auth), perhaps by Group Policy`,
    ],
    remedy:
      'choose a method that the host offers; on the host, winrm get winrm/config/service/auth shows what is on, with [Source="GPO"] where Group Policy owns it',
  };
}

/** Of a server that is not Windows. */
const NO_DIGEST: ErrorContext = {
  causes: ["Digest is switched off at the server, or not on for this path"],
  remedy: "choose a method that the server offers, or switch Digest on there",
};

const CORRECT =
  "correct the credential and run again: it was tried once and is not repeated, so that the account is not locked";

function bindingRemedy(auth: SessionAuth): string {
  return auth.method === "kerberos" && auth.kerberos.library === "kerberos"
    ? "install koffi, which binds the logon"
    : "leave auth.channelBinding out";
}

function ticketNext(target: SessionTarget): string {
  const unbound = bindingCauses(target).unbound.length > 0 ? `${bindingRemedy(target.auth)}; then ` : "";
  return `${unbound}check the service principal name and the clocks: the KDC issued the ticket, so the credential is right`;
}

/** The HTTP scheme of each method; a client certificate has none, and no host lists it. */
export const SCHEMES: Readonly<Record<Method, string | undefined>> = {
  basic: "Basic",
  digest: "Digest",
  ntlm: "Negotiate",
  negotiate: "Negotiate",
  kerberos: "Kerberos",
  certificate: undefined,
};

/** Why a logon without a ticket is refused, where it is always the same. */
const CAUSES: Readonly<Partial<Record<Method, readonly string[]>>> = {
  basic: [
    "the user name or the password is wrong",
    "the account is not a local account of the host: Basic admits no others",
    "the account is disabled, locked or expired",
  ],
  digest: ["the user name or the password is wrong", "the account is unknown in this realm, or locked"],
  certificate: [
    "Certificate is switched off on the host (winrm/config/service/auth), as it is by default",
    "no enabled mapping (winrm/config/service/certmapping) is for this certificate's subject and issuer",
    "the issuer is not among the host's trusted root authorities, or a self-signed certificate is not in its TrustedPeople store",
    "the password in the mapping is not the account's any more, or the account is disabled or locked",
  ],
};
const CERTIFICATE_NEXT =
  "on the host, look at winrm get winrm/config/service/auth and winrm enumerate winrm/config/service/certmapping, correct what differs, and run again: the certificate was tried once and is not repeated; a certificate that a CertMapping of this program is to map logs in only once that is applied over a connection that works";

/** Causes that only https has, by whether the logon is bound to the channel. */
function bindingCauses({ transport, auth }: SessionTarget): { readonly unbound: string[]; readonly bound: string[] } {
  if (transport === "http") return { unbound: [], bound: [] };
  if (auth.channelBinding) {
    return { unbound: [], bound: ["a middlebox on the path terminates TLS, so that the channel binding is wrong"] };
  }
  return { unbound: [`${unboundReason(auth)}, and the host's CbtHardeningLevel is Strict`], bound: [] };
}

function ticketCauses(target: SessionTarget): string[] {
  const { unbound, bound } = bindingCauses(target);
  return [...unbound, ...KERBEROS_CAUSES, ...bound, "the account may not log on to the host from the network"];
}

const KERBEROS_CAUSES = [
  "another account owns the service principal name, so that the ticket is for the wrong key: check `setspn -Q HTTP/<host>`, or set auth.kerberos.service to HOST or WSMAN",
  "the clocks of the host and of the domain differ by more than 5 minutes",
];

function ntlmCauses(target: SessionTarget): string[] {
  const username = accountOf(target.auth);
  const account = parseAccountName(username);
  const { unbound, bound } = bindingCauses(target);
  return [
    "the user name or the password is wrong",
    ...unbound,
    ...(account.kind === "local"
      ? [
          account.explicit
            ? `"${username}" is an account of the host itself, and it has none of that name (a domain controller has none at all): write a domain account as DOMAIN\\${account.name}`
            : `the host is a domain member and takes "${username}" for a domain account: write a local account as MACHINE\\${username}`,
        ]
      : []),
    "the account is disabled, locked, expired or may not log on from the network",
    ...(accountScope(username, target.host) === "domain"
      ? ["the host is in no domain, or in one that does not trust the account's"]
      : []),
    ...bound,
    "NTLM is blocked by policy on the host or in its domain",
  ];
}

/** The error for a 401 without a challenge of Digest that can be answered. */
export function digestError(target: SessionTarget, response: HttpResponse): WinrmError {
  const offered = offeredSchemes(response.headers["www-authenticate"]);
  if (isOffered("Digest", offered)) {
    return new WinrmError("WINRM_E_HANDSHAKE", "the server offers no Digest that can be answered safely", {
      causes: [
        "it lacks qop=auth, or its algorithm is none of SHA-512-256, SHA-256 and MD5",
        "Node has no MD5 in FIPS mode",
      ],
      remedy: "choose another method, or change the server's Digest settings",
    });
  }
  const winrm = parseChallenges(response.headers["www-authenticate"]).some(
    ({ scheme, parameters }) => WINRM_SCHEMES.includes(scheme.toLowerCase()) || parameters.get("realm") === "WSMAN",
  );
  if (!winrm) return logonError(target, response);
  return new WinrmError("WINRM_E_METHOD_NOT_OFFERED", `HTTP 401: the host offers ${offered.join(", ")}, not Digest`, {
    causes: [
      "it is a WinRM service, and that has no Digest: only Windows' client has the option (winrm/config/client/auth)",
    ],
    remedy: 'use method "negotiate", "ntlm" or "kerberos", which do not send the password either',
  });
}

/** The error for a server that responds without asking for Digest. */
export function digestNotRequestedError(response: HttpResponse): WinrmError {
  if (response.status !== 200) return httpError(response, true);
  return new WinrmError(
    "WINRM_E_HANDSHAKE",
    "the server responded without asking for a proof; it does not use Digest",
    {
      causes: ["Digest is switched off at the server, or not for this path"],
      remedy: "check connection.path, and that the server protects it with Digest",
    },
  );
}

/** Passes a response on, unless a web server says with a page that it refuses the client certificate. */
export function certificateRefused(response: HttpResponse): HttpResponse {
  if (response.status !== 403 && (response.status !== 400 || !isHtml(response) || isTooLong(response))) return response;
  throw new WinrmError(
    "WINRM_E_LOGON_DENIED",
    `HTTP ${response.status}${senderOf(response)}: the server refused the client certificate`,
    {
      causes: [
        "the server does not trust the authority that issued the certificate, or asks for none",
        "the peer is not a WinRM service",
      ],
      remedy: "correct the certificate or what the server trusts, and run again: it was tried once and is not repeated",
    },
  );
}

/** What a WinRM service lists, and servers with Digest hardly do. */
const WINRM_SCHEMES: readonly string[] = ["negotiate", "kerberos", "credssp"];

const FILTERS =
  "the service's IPv4Filter or IPv6Filter, often set by Group Policy, leaves out the address that was connected to";

/** Advice for statuses whose summary says no more than the number. */
const ADVICE: Readonly<Record<number, ErrorContext>> = {
  400: {
    causes: ["the Kerberos ticket is larger than HTTP.sys takes, because the account is in very many groups"],
    remedy: "raise MaxFieldLength and MaxRequestBytes of HTTP.sys on the host, or use an account in fewer groups",
  },
  405: {
    causes: ["the port belongs to another web service", "connection.path is not that of WinRM"],
    remedy: "check connection.host, connection.port and connection.path",
  },
  407: {
    causes: ["a proxy on the path responded instead of the host, and requires authentication"],
    remedy: "name that proxy in connection.proxy, so that the connection is tunnelled, or have the host left out of it",
  },
};

/** The error for any other response without a SOAP body. */
export function httpError(response: HttpResponse, sealed: boolean): WinrmError {
  const { status } = response;
  const server = headerText(response.headers["server"]);
  const looksLikeWinrm = server === "" || /Microsoft-HTTPAPI/i.test(server);
  const from = senderOf(response);
  if (status === 500 && response.body.length === 0 && !sealed) {
    return new WinrmError(
      "WINRM_E_UNENCRYPTED_DISABLED",
      "HTTP 500 without a message: the host refuses unencrypted messages",
      {
        causes: ["AllowUnencrypted is false on the host, as it should be"],
        remedy: "use https, or ntlm over http, whose messages are sealed",
      },
    );
  }
  if (status === 404 && looksLikeWinrm) {
    return new WinrmError("WINRM_E_NOT_WINRM", `HTTP 404${from}: there is no WinRM service at this path`, {
      causes: ["the listener's URLPrefix is not wsman", FILTERS],
      remedy:
        "on the host, run winrm enumerate winrm/config/listener: connection.path must be its URLPrefix, and ListeningOn must show the address",
    });
  }
  if (status === 413) {
    return new WinrmError(
      "WINRM_E_ENVELOPE_TOO_LARGE",
      "HTTP 413: the request is larger than the host's MaxEnvelopeSizekb",
      {
        causes: ["MaxEnvelopeSizekb is smaller than this request"],
        remedy: "raise MaxEnvelopeSizekb on the host (default 500)",
      },
    );
  }
  if (status === 503) {
    return new WinrmError("WINRM_E_HTTP_STATUS", `HTTP 503${from}: the service is starting, stopping or overloaded`, {
      retryable: true,
      causes: ["the service starts, stops, or has more requests than it takes", FILTERS],
      remedy:
        "try again in a moment; if it stays, look at ListeningOn in winrm enumerate winrm/config/listener on the host",
    });
  }
  if (status >= 300 && status < 400) {
    return new WinrmError(
      "WINRM_E_HTTP_STATUS",
      `HTTP ${status}${from}: a redirect, which is never followed with credentials`,
      {
        causes: ["the port belongs to a web server or a gateway that sends elsewhere"],
        remedy: "connect to the host itself, at its WinRM port",
      },
    );
  }
  if ((isHtml(response) && !isTooLong(response)) || !looksLikeWinrm || status < 400) {
    return new WinrmError("WINRM_E_NOT_WINRM", `HTTP ${status}${from}: the peer is not a WinRM service`, {
      causes: ["the port belongs to another web server", "a proxy or gateway responded instead of the host"],
      remedy: "check connection.host and connection.port",
      ...(status === 407 ? ADVICE[status] : {}),
    });
  }
  return new WinrmError("WINRM_E_HTTP_STATUS", `HTTP ${status}${from} without a WS-Management message`, {
    causes: ["something before the WinRM service refused the request, or the service failed"],
    remedy: "look at the host's event log Microsoft-Windows-WinRM/Operational, and run pulumi-winrm doctor",
    ...ADVICE[status],
  });
}

function senderOf({ headers }: HttpResponse): string {
  const server = headerText(headers["server"]);
  return server === "" ? "" : ` (Server: ${server})`;
}

function isHtml({ headers }: HttpResponse): boolean {
  return /text\/html/i.test(first(headers["content-type"]) ?? "");
}

/** HTTP.sys' own page, which comes before the WinRM service sees the request: "Bad Request - Request Too Long". */
function isTooLong(response: HttpResponse): boolean {
  return (
    response.status === 400 && isHtml(response) && /request too long/i.test(response.body.toString("latin1", 0, 2_048))
  );
}

/** The first line of a header. */
export function first(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

/** The first line of a header as a short text for messages; empty where there is none. */
export function headerText(header: string | string[] | undefined): string {
  return printable(first(header) ?? "", 80);
}
