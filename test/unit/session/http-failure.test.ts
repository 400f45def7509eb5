/** HTTP answers that carry no message. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ErrorCode, WinrmError } from "../../../provider/errors";
import type { HttpResponse } from "../../../provider/session/transport/http-response";
import { certificateRefused, httpError, logonError } from "../../../provider/session/diagnosis/http";
import { targetOf, type TargetParts } from "../../support/hosts/sessions";

const HTTPSYS = "Microsoft-HTTPAPI/2.0";

function answer(status: number, headers: HttpResponse["headers"] = { server: HTTPSYS }, body = ""): HttpResponse {
  return { status, headers, body: Buffer.from(body) };
}

suite("an HTTP answer without a message", () => {
  const html = { "content-type": "text/html; charset=us-ascii" };
  const table: readonly (readonly [string, HttpResponse, boolean, ErrorCode])[] = [
    ["500 empty, in clear", answer(500), false, "WINRM_E_UNENCRYPTED_DISABLED"],
    ["500 empty, where messages are sealed or under TLS", answer(500), true, "WINRM_E_HTTP_STATUS"],
    ["500 with a text", answer(500, { server: HTTPSYS }, "oops"), false, "WINRM_E_HTTP_STATUS"],
    ["404 of HTTP.sys", answer(404), true, "WINRM_E_NOT_WINRM"],
    ["404 without Server", answer(404, {}), true, "WINRM_E_NOT_WINRM"],
    ["404 of another server", answer(404, { server: "nginx" }), true, "WINRM_E_NOT_WINRM"],
    ["413", answer(413), true, "WINRM_E_ENVELOPE_TOO_LARGE"],
    ["503", answer(503), true, "WINRM_E_HTTP_STATUS"],
    ["302", answer(302, { location: "https://evil/" }), true, "WINRM_E_HTTP_STATUS"],
    ["307 with a page", answer(307, html), true, "WINRM_E_HTTP_STATUS"],
    ["200 with a page", answer(200, html, "<html>"), false, "WINRM_E_NOT_WINRM"],
    ["200 empty", answer(200), true, "WINRM_E_NOT_WINRM"],
    ["204", answer(204), true, "WINRM_E_NOT_WINRM"],
    ["403 of IIS", answer(403, { server: "Microsoft-IIS/10.0" }), true, "WINRM_E_NOT_WINRM"],
    ["403 with a page", answer(403, { ...html, server: HTTPSYS }), true, "WINRM_E_NOT_WINRM"],
    ["403 bare", answer(403, {}), true, "WINRM_E_HTTP_STATUS"],
    ["405", answer(405), true, "WINRM_E_HTTP_STATUS"],
    ["407 of a proxy", answer(407, { server: "squid" }), true, "WINRM_E_NOT_WINRM"],
    ["407 bare", answer(407, {}), true, "WINRM_E_HTTP_STATUS"],
    ["400", answer(400), true, "WINRM_E_HTTP_STATUS"],
    ["502 of a gateway", answer(502, { server: "haproxy" }), true, "WINRM_E_NOT_WINRM"],
    ["599", answer(599), true, "WINRM_E_HTTP_STATUS"],
  ];
  for (const [name, given, sealed, code] of table) {
    test(`${name} is ${code}`, () => {
      const error = httpError(given, sealed);
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`HTTP ${given.status}`));
      assert.equal(error.retryable, given.status === 503);
    });
  }

  test("A9: HTTP.sys' page for a request that is too long is a matter of large tickets, and other pages are none", () => {
    const page = (title: string) => answer(400, { ...html, server: HTTPSYS }, `<HTML><TITLE>${title}</TITLE></HTML>`);
    const tooLong = httpError(page("Bad Request - Request Too Long"), true);
    assert.equal(tooLong.code, "WINRM_E_HTTP_STATUS");
    assert.match(tooLong.context.causes?.join() ?? "", /Kerberos ticket/);
    assert.equal(httpError(page("Bad Request - Invalid Hostname"), true).code, "WINRM_E_NOT_WINRM");
    assert.equal(certificateRefused(page("Request Too Long")).status, 400);
    assert.throws(() => certificateRefused(page("No required SSL certificate was sent")));
  });

  test("shows the server's name in one short line", () => {
    const error = httpError(answer(502, { server: `x\u001b[2J\r\n${"y".repeat(500)}` }), true);
    assert.doesNotMatch(error.summary, /\p{Cc}/u);
    assert.ok(error.message.length < 500);
    assert.match(httpError(answer(404, { server: [HTTPSYS, "x"] }), true).message, /Server: Microsoft-HTTPAPI/);
  });
});

suite("a 401", () => {
  const refused = (lines: string[] | undefined, parts: TargetParts = {}): WinrmError =>
    logonError(targetOf(5985, parts), answer(401, lines === undefined ? {} : { "www-authenticate": lines }));

  test("that does not offer the method is a matter of the method", () => {
    const ntlm = refused(['Basic realm="WSMAN"']);
    assert.equal(ntlm.code, "WINRM_E_METHOD_NOT_OFFERED");
    assert.match(ntlm.message, /offers Basic, not Negotiate/);
    const basic = refused(["Negotiate", "Kerberos"], { method: "basic" });
    assert.equal(basic.code, "WINRM_E_METHOD_NOT_OFFERED");
    assert.match(basic.message, /offers Negotiate, Kerberos, not Basic/);
  });

  test("that offers the method, in any case, or nothing, is a matter of the account", () => {
    assert.equal(refused(["negotiate"]).code, "WINRM_E_LOGON_DENIED");
    assert.equal(refused(undefined).code, "WINRM_E_LOGON_DENIED");
    assert.equal(refused(["Basic realm=x"], { method: "basic" }).code, "WINRM_E_LOGON_DENIED");
  });

  test("names the likely causes for the method, the transport and the user name", () => {
    assert.match(refused(["Negotiate"], { username: "ops" }).message, /MACHINE\\ops/);
    assert.doesNotMatch(refused(["Negotiate"], { username: "WEB01\\ops" }).message, /MACHINE/);
    assert.doesNotMatch(refused(["Negotiate"], { username: "ops@corp" }).message, /MACHINE/);
    assert.match(refused(["Negotiate"], { transport: "https" }).message, /channel binding/);
    assert.doesNotMatch(refused(["Negotiate"]).message, /channel binding/);
    assert.match(refused(["Basic"], { method: "basic" }).message, /local account/);
  });

  test("is never retryable, and says nothing of the password", () => {
    for (const method of ["ntlm", "basic"] as const) {
      const error = refused(undefined, { method, password: "hidden-word" });
      assert.equal(error.retryable, false);
      assert.doesNotMatch(JSON.stringify(error) + error.message, /hidden-word/);
    }
  });
});
