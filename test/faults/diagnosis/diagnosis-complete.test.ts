/** docs/diagnosis.md has a row for whatever a connection can end with: nothing that the code can say is missing there. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import ts from "typescript";
import { KerberosError } from "../../../provider/auth/kerberos/errors";
import { EXPLANATIONS, type KerberosReason } from "../../../provider/auth/kerberos/explanations";
import { ERROR_CODES, type ErrorCode, WinrmError, isWinrmError } from "../../../provider/errors";
import { accessDeniedAdvice } from "../../../provider/session/diagnosis/access-denied";
import type { HttpResponse } from "../../../provider/session/transport/http-response";
import { generalAdvice } from "../../../provider/session/diagnosis/defaults";
import {
  certificateRefused,
  digestError,
  httpError,
  logonError,
  digestNotRequestedError,
} from "../../../provider/session/diagnosis/http";
import { credentialRefused, tunnelRefused } from "../../../provider/session/diagnosis/proxy";
import type { SessionTarget } from "../../../provider/session/target";
import { FAULT_CODES, WsmanFault } from "../../../provider/wsman/faults";
import { cellsOf, diagnosisRows, type Told } from "../../support/pages/diagnosis-table";
import { targetOf } from "../../support/hosts/sessions";
import { read, root } from "../../unit/docs/documents";
import { NAMES } from "./diagnosis-kerberos";

/** Codes without a row, each with its reason. */
const NO_FAILURE_OF_A_CONNECTION: Readonly<Partial<Record<ErrorCode, string>>> = {
  WINRM_E_CANCELLED: "somebody stopped the run",
  WINRM_E_NOT_FOUND: "the connection works, and what was asked for is not on the host",
  WINRM_E_EXISTS: "the connection works, and what was to be made is on the host",
  WINRM_E_COMMAND: "the connection works, and a command on the host does not",
  WINRM_E_MAPPING_CREDENTIALS: "what the host says of another credential than the connection's",
  WINRM_E_POLICY_CONFLICT: "a finding about a change",
  WINRM_E_LOCKOUT: "a finding about a change",
  WINRM_E_NOT_APPLIED: "a finding about a change",
  WINRM_E_UNCERTAIN_WRITE: "what became of a write; the failure of the connection is in it, with its own row",
  WINRM_E_SCHEMA: "about state; no host is asked",
  WINRM_E_IMPORT: "about programs; no host is asked",
  WINRM_E_NOT_INSTALLED: "about programs; no host is asked",
  WINRM_E_CONFIRM_UNAVAILABLE: "a finding about a change",
  WINRM_E_CONFIRM_PENDING: "a finding about a change",
  WINRM_E_CONFIRM_FAILED: "what became of a change",
  WINRM_E_CERTIFICATE_EXPIRES: "a warning about a connection that works",
  WINRM_E_DRIFT: "a finding about the host",
  WINRM_E_CHANGE_WINDOW: "about the time of a change; no host is asked",
  WINRM_E_INTERNAL: "a defect of this package",
};

/** Advice without a row, each with its reason. */
const WITHOUT_A_ROW: Readonly<Record<string, string>> = {
  "a control character, half of a surrogate pair, U+FFFE or U+FFFF in a name, a password or another value":
    "arguments are checked before; found while a message is written",
  "the peer is not Windows' WinRM service, or a middlebox responded instead of it":
    "needs megabytes of responses; test/faults/hosts/hostile-hosts.test.ts",
  "take the character out; nothing was sent": "belongs to the former",
  "take the host out of the run, and find out what responds at its address: pulumi-winrm doctor":
    "belongs to the former",
  "write it as user@REALM": "names that cannot be one are refused as arguments",
  "use a 64-bit Node, or NTLM": "needs a 32-bit Node to be brought about",
  "log in with an account that may change WinRM settings: a domain administrator of the host, or the built-in Administrator":
    "a session replaces it by what is known of its account",
};

const rows = [...diagnosisRows().values()];
const texts = rows.map((cells) => cells.join(" | "));

/** Some row must have exactly this code, these causes and this next step. */
function assertHasRow(failure: Told, what: string): void {
  const cells = cellsOf(failure);
  assert.ok(texts.includes(cells.join(" | ")), `${what} has no row: ${cells.join(" | ")}`);
}

/** Each cause and the next step must stand in a row of this code; the causes of a 401 are put together in many ways. */
function assertHasParts({ code, context }: WinrmError, what: string): void {
  const told = rows
    .filter(([known]) => known === code)
    .flatMap(([, causes = "", next = ""]) => [
      ...causes.split("<br>").map((cause) => cause.replace(/^\d+\. /, "")),
      next,
    ]);
  for (const text of [...(context.causes ?? []), ...(context.remedy === undefined ? [] : [context.remedy])]) {
    assert.ok(told.includes(text.replaceAll("`", "")), `${what}: no row of ${code} has "${text}"`);
  }
}

function answerOf(status: number, headers: HttpResponse["headers"], body = ""): HttpResponse {
  return { status, headers, body: Buffer.from(body) };
}

const METHODS = ["basic", "digest", "ntlm", "negotiate", "kerberos", "certificate"] as const;
const USERNAMES = ["Administrator", ".\\ops", "WEB01\\ops", "ops@corp.test"] as const;

/** Logons by every method, as every kind of account, over both transports, bound and not. */
function* logons(): Generator<SessionTarget> {
  const kerberos = { credential: { kind: "default" }, spn: {} } as const;
  for (const transport of ["http", "https"] as const) {
    for (const channelBinding of [true, false]) {
      for (const username of USERNAMES) {
        const credential = { username, password: "for the test" };
        const certificate = { name: username, fingerprint: "", chainPem: "", keyPem: "", secrets: [] };
        const base = targetOf(5985, { transport });
        for (const method of METHODS) {
          const all = { method, credential, kerberos, certificate, allowNtlm: true, channelBinding };
          yield { ...base, auth: all };
        }
      }
    }
  }
}

const CHALLENGES: readonly (readonly string[])[] = [
  [],
  ["Negotiate", "Kerberos"],
  ["Kerberos"],
  ['Basic realm="WSMAN"'],
  ['Basic realm="x"'],
  ['Digest realm="x", nonce="n"'],
];

suite("docs/diagnosis.md has a row for", () => {
  test("every code that a connection can end with, and the others are listed with their reason", () => {
    const told = new Set(rows.map(([code]) => code));
    const listed = Object.keys(NO_FAILURE_OF_A_CONNECTION);
    assert.deepEqual(
      listed.filter((code) => told.has(code)),
      [],
    );
    assert.deepEqual(
      Object.keys(ERROR_CODES).filter((code) => !told.has(code) && !listed.includes(code)),
      [],
    );
  });

  test("every reason of Kerberos, on both kinds of runners and with each kind of credential", () => {
    const gss = { major: 0x000d0000, minor: 22, text: "" };
    for (const reason of Object.keys(EXPLANATIONS) as KerberosReason[]) {
      for (const by of [undefined, "password", "keytab", "cache", "default"] as const) {
        const names = by === undefined ? NAMES : { ...NAMES, by };
        assertHasRow(new KerberosError(reason, names, gss), `${reason} by ${by ?? "anything"}`);
        if (by !== "keytab")
          assertHasRow(new KerberosError(reason, names, { sspi: 0x8009_0304 }), `${reason} on Windows`);
      }
    }
  });

  test("every HTTP status, of HTTP.sys and of other servers, with a page and without", () => {
    for (let status = 100; status < 600; status++) {
      for (const server of [undefined, "Microsoft-HTTPAPI/2.0", "nginx"]) {
        for (const type of [undefined, "text/html"]) {
          for (const sealed of [true, false]) {
            const headers = { server, "content-type": type };
            assertHasRow(httpError(answerOf(status, headers), sealed), `HTTP ${status} of ${server ?? "nobody"}`);
            assertHasRow(digestNotRequestedError(answerOf(status, headers)), `HTTP ${status} to Digest`);
            try {
              certificateRefused(answerOf(status, headers));
            } catch (error) {
              assert.ok(isWinrmError(error));
              assertHasRow(error, `HTTP ${status} to a client certificate`);
            }
          }
        }
      }
    }
  });

  test("every cause and next step of a 401, whatever the method, the account and the host's list", () => {
    for (const target of logons()) {
      for (const list of CHALLENGES) {
        const answer = answerOf(401, { "www-authenticate": [...list] });
        const what = `${target.auth.method} over ${target.transport}, offered ${list.join(", ")}`;
        assertHasParts(logonError(target, answer, { credentialEvaluated: true }), what);
        // A certificate is judged before there can be a 401.
        if (target.auth.method !== "certificate") assertHasParts(logonError(target, answer), what);
        if (target.auth.method === "digest") assertHasRow(digestError(target, answer), what);
      }
    }
  });

  test("every answer of a proxy", () => {
    const credential = { username: "ops", password: "for the test" };
    const proxy = { transport: "http", host: "proxy", port: 3128, credential } as const;
    for (let status = 300; status < 600; status++)
      assertHasRow(tunnelRefused({ status, headers: {} }, proxy), `HTTP ${status} of a proxy`);
    for (const scheme of ["Basic", "Negotiate"]) {
      const answer = { status: 407, headers: { "proxy-authenticate": scheme } };
      assertHasRow(credentialRefused(answer, proxy), scheme);
      assertHasRow(credentialRefused(answer, { ...proxy, credential: undefined }), scheme);
    }
  });

  test("every fault that has a meaning here, and access that is denied to every kind of account", () => {
    for (const [name, wsmanCode] of Object.entries(FAULT_CODES)) {
      const fault = new WsmanFault({ wsmanCode, nestedCodes: [], reason: "" });
      if (fault.code === "WINRM_E_ACCESS_DENIED" || Object.hasOwn(NO_FAILURE_OF_A_CONNECTION, fault.code)) continue;
      assertHasRow(fault.withContext(generalAdvice(fault.code)), name);
    }
    for (const target of logons()) {
      const denied = new WinrmError("WINRM_E_ACCESS_DENIED", "x", accessDeniedAdvice(target));
      assertHasRow(denied, `access denied to ${target.auth.method}`);
    }
  });

  test("every cause and next step that stands in the text of sessions, methods and messages", () => {
    const documented = read("docs/diagnosis.md").replaceAll("`", "").replaceAll("&lt;", "<");
    const without = advice().filter((parts) => !parts.every((part) => documented.includes(part)));
    assert.deepEqual(without.map((parts) => parts.join("…")).sort(), Object.keys(WITHOUT_A_ROW).sort());
  });
});

/** The texts of `causes` and `remedy` in the sources, each in its constant parts. */
function advice(): string[][] {
  return ["session", "auth", "wsman"].flatMap((folder) =>
    readdirSync(join(root, "provider", folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => adviceIn(read(join("provider", folder, path)))),
  );
}

function adviceIn(text: string): string[][] {
  const found: string[][] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(plain(node.text));
    else if (ts.isTemplateExpression(node))
      found.push([node.head, ...node.templateSpans.map(({ literal }) => literal)].flatMap((part) => plain(part.text)));
    else ts.forEachChild(node, collect);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ["causes", "remedy"].includes(node.name.getText())) collect(node.initializer);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true), visit);
  return found;
}

/** `{spn}` stands for a name. */
function plain(text: string): string[] {
  return text.replaceAll("`", "").split("{spn}");
}
