/** Names for what the socket layer throws. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WinrmError, type ErrorCode } from "../../../provider/errors";
import { cancelled, connectionError, type Stage } from "../../../provider/session/diagnosis/socket";

function thrown(code: string, message = "SECRET header"): Error {
  return Object.assign(new Error(message), { code });
}

const TABLE: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  WINRM_E_DNS: ["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA"],
  WINRM_E_CONNECTION_REFUSED: ["ECONNREFUSED"],
  WINRM_E_UNREACHABLE: ["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EADDRNOTAVAIL"],
  WINRM_E_CONNECT_TIMEOUT: ["ETIMEDOUT"],
  WINRM_E_TIMEOUT: ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
  WINRM_E_CONNECTION_LOST: [
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "UND_ERR_SOCKET",
    "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  ],
  WINRM_E_ENVELOPE_TOO_LARGE: ["UND_ERR_RES_EXCEEDED_MAX_SIZE"],
  WINRM_E_ARGUMENT: ["UND_ERR_INVALID_ARG"],
  WINRM_E_NOT_WINRM: ["UND_ERR_HEADERS_OVERFLOW", "HPE_INVALID_CONSTANT", "HPE_INVALID_HEADER_TOKEN"],
  WINRM_E_TLS_UNTRUSTED: [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CERT_UNTRUSTED",
    "INVALID_PURPOSE",
    "INVALID_CA",
    "PATH_LENGTH_EXCEEDED",
    "CERT_SIGNATURE_FAILURE",
    "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "UNSPECIFIED",
  ],
  WINRM_E_TLS_EXPIRED: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
  WINRM_E_TLS_NAME: ["ERR_TLS_CERT_ALTNAME_INVALID"],
  WINRM_E_TLS: ["ERR_SSL_WRONG_VERSION_NUMBER"],
};

suite("a failure of the socket layer", () => {
  for (const [meaning, codes] of Object.entries(TABLE)) {
    for (const code of codes) {
      test(`${code} is ${meaning} at any stage`, () => {
        for (const stage of ["connect", "handshake", "exchange"] as const) {
          const error = connectionError(thrown(code), stage);
          assert.equal(error.code, meaning);
          assert.equal(error.retryable, meaning === "WINRM_E_CONNECTION_LOST");
          assert.ok((error.context.causes?.length ?? 0) > 0, "it names a likely cause");
        }
      });
    }
  }

  test("that the HTTP parser reports without a code is no WinRM either", () => {
    const error = Object.assign(new Error("Expected HTTP/"), { name: "HTTPParserError", code: undefined });
    assert.equal(connectionError(error, "exchange").code, "WINRM_E_NOT_WINRM");
  });

  test("only what was sent after the handshake can have been carried out", () => {
    assert.equal(connectionError(thrown("ECONNRESET"), "connect").context.outcomeUnknown, false);
    assert.equal(connectionError(thrown("ECONNRESET"), "handshake").context.outcomeUnknown, false);
    assert.equal(connectionError(thrown("ECONNRESET"), "exchange").context.outcomeUnknown, true);
    assert.equal(connectionError(thrown("UND_ERR_INVALID_ARG"), "exchange").context.outcomeUnknown, false);
  });

  test("an unknown code is taken by its stage", () => {
    const expected: readonly (readonly [string, Stage, ErrorCode])[] = [
      ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "connect", "WINRM_E_TLS"],
      ["EPROTO", "connect", "WINRM_E_TLS"],
      ["ERR_OSSL_X", "connect", "WINRM_E_TLS"],
      ["CERT_ODD", "connect", "WINRM_E_TLS"],
      ["EWHATEVER", "connect", "WINRM_E_UNREACHABLE"],
      ["EWHATEVER", "handshake", "WINRM_E_CONNECTION_LOST"],
      ["EWHATEVER", "exchange", "WINRM_E_CONNECTION_LOST"],
    ];
    for (const [code, stage, meaning] of expected) {
      const error = connectionError(thrown(code), stage);
      assert.equal(error.code, meaning, `${code} at ${stage}`);
      assert.ok(error.message.includes(`(${code})`));
    }
    assert.equal(connectionError("a string", "exchange").code, "WINRM_E_CONNECTION_LOST");
    assert.equal(connectionError(null, "connect").code, "WINRM_E_UNREACHABLE");
    assert.equal(connectionError(thrown("toString"), "connect").code, "WINRM_E_UNREACHABLE");
  });

  test("of several addresses is named by the first", () => {
    const all = new AggregateError([thrown("ECONNREFUSED"), thrown("ENETUNREACH")], "");
    assert.equal(connectionError(all, "connect").code, "WINRM_E_CONNECTION_REFUSED");
    assert.equal(connectionError(new AggregateError([], ""), "connect").code, "WINRM_E_UNREACHABLE");
  });

  test("is named by its code alone: its text may hold headers, and is not kept", () => {
    const error = connectionError(thrown("ECONNRESET", "authorization: Basic QWJj"), "exchange");
    assert.doesNotMatch(error.message, /authorization/);
    assert.equal(error.cause, undefined);
    assert.equal(error.context.cause, undefined);
  });

  test("that has a name already keeps it", () => {
    const error = new WinrmError("WINRM_E_TLS_PIN", "pin");
    assert.equal(connectionError(error, "connect"), error);
    assert.equal(cancelled(error), error);
  });

  test("an aborted signal is a timeout by its reason's name, else a cancellation", () => {
    const timeout = new DOMException("late", "TimeoutError");
    const abort = new DOMException("stop", "AbortError");
    assert.equal(cancelled(timeout).code, "WINRM_E_TIMEOUT");
    assert.equal(cancelled(abort).code, "WINRM_E_CANCELLED");
    assert.equal(cancelled("whatever").code, "WINRM_E_CANCELLED");
    assert.equal(connectionError(timeout, "exchange").code, "WINRM_E_TIMEOUT");
    assert.equal(connectionError(abort, "exchange").code, "WINRM_E_CANCELLED");
    for (const reason of [timeout, abort]) {
      assert.equal(cancelled(reason).retryable, false);
      assert.equal(cancelled(reason).context.outcomeUnknown, false);
      assert.equal(cancelled(reason, true).context.outcomeUnknown, true);
    }
  });
});
