/** Faults in every layout that Windows uses. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import { formatFaultCode, parseFault, WsmanFault, type FaultDetails } from "../../../provider/wsman/faults";
import { NAMESPACES } from "../../../provider/wsman/uris";
import { parseXml } from "../../../provider/wsman/xml";

const POLICY = 2150858890;

interface Parts {
  readonly subcodes?: readonly string[];
  readonly text?: string;
  readonly detail?: string;
}

function fault({ subcodes = [], text = "Reason text. ", detail = "" }: Parts): WsmanFault {
  const subcode = [...subcodes]
    .reverse()
    .reduce((inner, name) => `<s:Subcode><s:Value>${name}</s:Value>${inner}</s:Subcode>`, "");
  const xml =
    `<s:Fault xmlns:s="${NAMESPACES.s}"><s:Code><s:Value>s:Sender</s:Value>${subcode}</s:Code>` +
    `<s:Reason><s:Text xml:lang="de-DE">${text}</s:Text></s:Reason>` +
    (detail === "" ? "" : `<s:Detail>${detail}</s:Detail>`) +
    "</s:Fault>";
  return parseFault(parseXml(xml));
}

function wsmanFault(code: number | string, message: string): string {
  return `<f:WSManFault xmlns:f="${NAMESPACES.f}" Code="${code}" Machine="10.0.0.5"><f:Message>${message}</f:Message></f:WSManFault>`;
}

function providerFault(inner: string): string {
  return `<f:ProviderFault provider="Config provider" path="%systemroot%\\system32\\WsmSvc.dll">${inner}</f:ProviderFault>`;
}

suite("layouts of a fault", () => {
  test("plain: one code, the text of the detail before the reason", () => {
    const error = fault({ subcodes: ["w:InvalidSelectors"], detail: wsmanFault(2150858843, "Exact text.  ") });
    assert.deepEqual(error.details, {
      wsmanCode: 2150858843,
      subcode: "InvalidSelectors",
      nestedCodes: [],
      reason: "Exact text.",
    });
    assert.match(error.message, /InvalidSelectors, 2150858843 \(0x8033805B\): Exact text\. \[WINRM_E_FAULT\]$/);
  });

  test("of the config provider: wrapped twice with one code, the exact text in the inner one", () => {
    const inner = wsmanFault(POLICY, "The setting Basic is controlled by policies. ");
    const error = fault({
      subcodes: ["w:InternalError"],
      detail: wsmanFault(POLICY, `General text.${providerFault(inner)}`),
    });
    assert.deepEqual(error.details.nestedCodes, []);
    assert.equal(error.details.wsmanCode, POLICY);
    assert.equal(error.details.reason, "The setting Basic is controlled by policies.");
    assert.equal(error.code, "WINRM_E_POLICY_CONTROLLED");
  });

  test("nested with different codes: both are reported", () => {
    const inner = wsmanFault(2147942405, "Access is denied.");
    const error = fault({ detail: wsmanFault(2150858778, providerFault(inner)) });
    assert.equal(error.details.wsmanCode, 2150858778);
    assert.deepEqual(error.details.nestedCodes, [2147942405]);
    assert.equal(error.code, "WINRM_E_ACCESS_DENIED");
    assert.match(error.message, /2150858778 \(0x8033801A\), 2147942405 \(0x80070005\)/);
  });

  test("nested without a provider between, three deep", () => {
    const third = wsmanFault(5, "third");
    const error = fault({ detail: wsmanFault(1, wsmanFault(2, providerFault(third))) });
    assert.equal(error.details.wsmanCode, 1);
    assert.deepEqual(error.details.nestedCodes, [2, 5]);
    assert.equal(error.details.reason, "third");
  });

  test("a provider's text without a fault of its own", () => {
    const error = fault({ detail: wsmanFault(87, providerFault("provider text")) });
    assert.deepEqual(error.details, { wsmanCode: 87, nestedCodes: [], reason: "provider text" });
  });

  test("MSFT_WmiError in place of WSManFault", () => {
    const detail =
      `<p:MSFT_WmiError xmlns:p="${NAMESPACES.wmiError}"><p:CIMStatusCode>27</p:CIMStatusCode>` +
      `<p:Message>The quota was exceeded. </p:Message><p:MessageID>HRESULT 0x803381a5</p:MessageID>` +
      `<p:error_Code>2150859173</p:error_Code></p:MSFT_WmiError>`;
    const error = fault({ subcodes: ["w:QuotaLimit"], detail });
    assert.deepEqual(error.details, {
      wsmanCode: 2150859173,
      subcode: "QuotaLimit",
      nestedCodes: [],
      reason: "The quota was exceeded.",
    });
    assert.equal(error.code, "WINRM_E_QUOTA");
  });

  test("without any detail: the reason and the innermost subcode", () => {
    const error = fault({ subcodes: ["w:AccessDenied", "x:Inner"], text: "nur Text" });
    assert.deepEqual(error.details, { subcode: "Inner", nestedCodes: [], reason: "nur Text" });
    assert.equal(error.code, "WINRM_E_FAULT");
  });

  test("a FaultDetail beside the fault does not disturb", () => {
    const detail = `<w:FaultDetail xmlns:w="${NAMESPACES.w}">http://x/UnexpectedSelectors</w:FaultDetail>`;
    assert.equal(fault({ detail: detail + wsmanFault(5, "x") }).details.wsmanCode, 5);
  });

  test("the subcode that a Microsoft stack misspells is read as what it means", () => {
    assert.equal(fault({ subcodes: ["a:EndpointUnavilable"] }).details.subcode, "EndpointUnavailable");
    assert.equal(fault({ subcodes: ["EndpointUnavailable"] }).details.subcode, "EndpointUnavailable");
  });

  test("a code that is no decimal number counts as absent", () => {
    for (const code of ["", "-5", "0x5", "5.0", "five"]) {
      assert.equal(fault({ detail: wsmanFault(code, "x") }).details.wsmanCode, undefined, code);
    }
  });

  test("an empty fault is still one", () => {
    const error = parseFault(parseXml(`<s:Fault xmlns:s="${NAMESPACES.s}"/>`));
    assert.match(error.message, /\[WINRM_E_FAULT\]$/);
  });
});

suite("what a fault means", () => {
  const meanings: readonly (readonly [number, ErrorCode, boolean])[] = [
    [5, "WINRM_E_ACCESS_DENIED", false],
    [2147942405, "WINRM_E_ACCESS_DENIED", false],
    [2150859012, "WINRM_E_ACCESS_DENIED", false],
    [2150859013, "WINRM_E_ACCESS_DENIED", false],
    [2150859014, "WINRM_E_ACCESS_DENIED", false],
    [995, "WINRM_E_FAULT", true],
    [2150858752, "WINRM_E_NOT_FOUND", false],
    [2150858790, "WINRM_E_ENVELOPE_TOO_LARGE", false],
    [2150858793, "WINRM_E_TIMEOUT", false],
    [2150858815, "WINRM_E_QUOTA", false],
    [POLICY, "WINRM_E_POLICY_CONTROLLED", false],
    [2150859173, "WINRM_E_QUOTA", false],
    [2150859174, "WINRM_E_QUOTA", false],
    [2150859175, "WINRM_E_QUOTA", false],
    [2150859176, "WINRM_E_QUOTA", false],
    [2150859177, "WINRM_E_FAULT", true],
    [2150859179, "WINRM_E_QUOTA", false],
    [2150859230, "WINRM_E_FAULT", true],
    [2150858843, "WINRM_E_FAULT", false],
    [1326, "WINRM_E_FAULT", false],
  ];
  for (const [code, meaning, retryable] of meanings) {
    test(`code ${formatFaultCode(code)} is ${meaning}${retryable ? ", and may be tried again" : ""}`, () => {
      const error = fault({ detail: wsmanFault(code, "text") });
      assert.equal(error.code, meaning);
      assert.equal(error.retryable, retryable);
    });
  }

  test("the subcode AccessDenied is enough", () => {
    assert.equal(fault({ subcodes: ["w:AccessDenied"] }).code, "WINRM_E_ACCESS_DENIED");
  });

  test("the language of the text has no influence", () => {
    const about = (text: string): Partial<FaultDetails> & { code: string } => {
      const { details, code } = fault({ text, detail: wsmanFault(POLICY, text) });
      return { code, ...details, reason: "" };
    };
    const english = about("Access is denied. 5 quota timeout");
    assert.deepEqual(about("Zugriff verweigert."), english);
    assert.deepEqual(about("アクセスが拒否されました。"), english);
    assert.deepEqual(about(""), english);
  });

  test("what a person must do is said for access, policy, quota and size", () => {
    for (const code of [5, POLICY, 2150859173, 2150858790]) {
      assert.match(fault({ detail: wsmanFault(code, "") }).message, /\n {2}next: /);
    }
  });

  test("more context keeps it a fault with its details", () => {
    const error = fault({ detail: wsmanFault(5, "x") }).withContext({ host: "web01", operation: "read" });
    assert.ok(error instanceof WsmanFault);
    assert.equal(error.details.wsmanCode, 5);
    assert.match(error.message, /^web01: read: /);
    assert.equal(error.name, "WsmanFault");
  });
});

suite("a fault's text", () => {
  test("is one line without control characters, wherever the host puts them", () => {
    const evil = "a\u001b[2J&#x1b;&#x9b;&#10;&#xD;\n\tb&#x2028;c\u0085";
    const errors = [
      fault({ text: evil }),
      fault({ subcodes: [`w:${evil}`] }),
      fault({ detail: wsmanFault(5, evil) }),
      fault({ detail: wsmanFault(5, providerFault(evil)) }),
      fault({
        detail: `<p:MSFT_WmiError xmlns:p="${NAMESPACES.wmiError}"><p:Message>${evil}</p:Message></p:MSFT_WmiError>`,
      }),
    ];
    for (const error of errors) {
      assert.match(error.message, /b c/);
      assert.doesNotMatch(error.summary, /[\p{Cc}\u2028]/u);
    }
  });
});
