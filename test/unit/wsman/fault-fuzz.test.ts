/** Faults as hosts send them, changed here and there: what comes of each is a fault or a refusal, never anything else. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { parseResponse } from "../../../provider/wsman/envelope";
import { WsmanFault } from "../../../provider/wsman/faults";
import { anyDocumentChange, changedDocument } from "../../support/hosts/changed-document";

const SOAP = "http://www.w3.org/2003/05/soap-envelope";
const ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
const WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
const FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
const WMI = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError";
const DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail";
const EXPECTED = { action: "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", messageId: "uuid:1" };

function answer(code: string, subcode: string, detail: string): string {
  return (
    `<s:Envelope xml:lang="en-US" xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}" xmlns:w="${WSMAN}" xmlns:f="${FAULT}">` +
    `<s:Header><a:Action>${WSMAN}/fault</a:Action><a:RelatesTo>uuid:1</a:RelatesTo></s:Header><s:Body><s:Fault>` +
    `<s:Code><s:Value>s:${code}</s:Value><s:Subcode><s:Value>${subcode}</s:Value></s:Subcode></s:Code>` +
    `<s:Reason><s:Text xml:lang="en-US">human text.  </s:Text></s:Reason><s:Detail>${detail}</s:Detail>` +
    `</s:Fault></s:Body></s:Envelope>`
  );
}

const wsmanFault = (code: number, message: string) =>
  `<f:WSManFault Code="${code}" Machine="10.0.0.7"><f:Message>${message}</f:Message></f:WSManFault>`;
const byProvider = (name: string, inner: string) =>
  `<f:ProviderFault provider="${name}" path="%systemroot%\\system32\\WsmSvc.dll">${inner}</f:ProviderFault>`;

/** The layouts that were recorded of Windows ([MS-WSMV] 2.2.4.43), with the code that each leads to. */
const CORPUS: readonly (readonly [string, string])[] = [
  [answer("Receiver", "w:TimedOut", wsmanFault(2150858793, "text")), "WINRM_E_TIMEOUT"],
  [
    answer(
      "Sender",
      "w:InvalidSelectors",
      `<w:FaultDetail>${DETAIL}/UnexpectedSelectors</w:FaultDetail>${wsmanFault(2150858843, "human text. ")}`,
    ),
    "WINRM_E_FAULT",
  ],
  [answer("Sender", "w:QuotaLimit", wsmanFault(2150859173, "")), "WINRM_E_QUOTA"],
  [answer("Sender", "w:AccessDenied", wsmanFault(5, "Access is denied. ")), "WINRM_E_ACCESS_DENIED"],
  [
    answer(
      "Sender",
      "w:InternalError",
      wsmanFault(2150858890, `outer${byProvider("Config provider", wsmanFault(2150858890, "inner"))}`),
    ),
    "WINRM_E_POLICY_CONTROLLED",
  ],
  [
    answer(
      "Receiver",
      "w:InternalError",
      wsmanFault(2150858778, byProvider("WMI Provider", wsmanFault(2147942405, ""))),
    ),
    "WINRM_E_ACCESS_DENIED",
  ],
  [
    answer(
      "Receiver",
      "w:QuotaLimit",
      `<p:MSFT_WmiError xmlns:p="${WMI}"><p:CIMStatusCode>27</p:CIMStatusCode><p:Message>text </p:Message>` +
        "<p:MessageID>HRESULT 0x803381a5</p:MessageID><p:error_Code>2150859173</p:error_Code></p:MSFT_WmiError>",
    ),
    "WINRM_E_QUOTA",
  ],
];

/** Changes that only faults know: a code that is no number, and faults in faults. */
const anyChange = fc.oneof(
  anyDocumentChange.map((change) => (document: string) => changedDocument(document, change)),
  anyDocumentChange.map(
    ({ put }) =>
      (document: string) =>
        document.replace(/(Code="|error_Code>)\d+/, `$1${put}`),
  ),
  fc
    .nat(40)
    .map(
      (deep) => (document: string) =>
        document.replace("<f:Message>", `${'<f:Message><f:WSManFault Code="1">'.repeat(deep)}<f:Message>`),
    ),
);

function outcome(document: string): Error | undefined {
  try {
    parseResponse(document, EXPECTED);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

suite("a fault", () => {
  for (const [document, code] of CORPUS) {
    const name = /<s:Subcode><s:Value>([^<]*)/.exec(document)?.[1] ?? "";

    test(`${name} that leads to ${code}`, () => {
      const fault = outcome(document);
      assert.ok(fault instanceof WsmanFault);
      assert.equal(fault.code, code);
    });

    test(`${name} that leads to ${code}, changed`, () => {
      fc.assert(
        fc.property(fc.array(anyChange, { minLength: 1, maxLength: 3 }), (changes) => {
          const error = outcome(changes.reduce((text, change) => change(text), document));
          if (error === undefined) return;
          assert.ok(isWinrmError(error), error.stack);
          assert.ok(error instanceof WsmanFault || error.code === "WINRM_E_PROTOCOL", error.message);
          // The host's text goes to terminals and logs.
          assert.doesNotMatch(error.summary, /[\u0000-\u001f\u007f]/);
          if (error instanceof WsmanFault) {
            const { wsmanCode, nestedCodes } = error.details;
            for (const number of [wsmanCode ?? 0, ...nestedCodes]) assert.equal(number, number >>> 0);
          }
        }),
        { numRuns: 400 },
      );
    });
  }
});
