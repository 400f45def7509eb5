/** Responses that can be read in two ways, or only by guessing: refused, since what is judged might not be what holds. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { readConfig } from "../../../provider/host/config";
import { listLocalGroups } from "../../../provider/host/accounts/local-groups";
import { encryptedContentType, writeEncrypted } from "../../../simulator/http/encryption";
import {
  answer,
  configAnswer,
  type SealedMessageIn,
  sealedFrame,
  startHttp,
  startSealed,
} from "../../support/hosts/hostile-server";
import { NEVER, failure, openSession } from "../../support/hosts/sessions";

const LEAF = "<cfg:MaxTimeoutms>1</cfg:MaxTimeoutms>";
const CONFIG = `<cfg:Config xmlns:cfg="http://schemas.microsoft.com/wbem/wsman/1/config">${LEAF}</cfg:Config>`;
const FAULT = "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>";

/** What is put in before which end of the right response. */
const TWICE: Readonly<Record<string, readonly [end: string, more: string]>> = {
  "a setting": ["</cfg:Config>", LEAF],
  "the configuration": ["</s:Body>", CONFIG],
  "the body": ["</s:Envelope>", `<s:Body>${CONFIG}</s:Body>`],
  "the header": ["</s:Envelope>", "<s:Header/>"],
  "what it relates to": ["</s:Header>", "<a:RelatesTo>uuid:0</a:RelatesTo>"],
  "its action": ["</s:Header>", "<a:Action>urn:x</a:Action>"],
  "a fault": ["</s:Body>", FAULT + FAULT],
};

async function refusal(t: TestContext, respond: (message: SealedMessageIn) => void) {
  const server = await startSealed(t, respond);
  return failure(readConfig(openSession(t, server).client, NEVER));
}

suite("A6: a response that says something twice", () => {
  for (const [what, [end, more]] of Object.entries(TWICE)) {
    test(`${what}: is a breach of the protocol`, async (t) => {
      const error = await refusal(t, ({ response, protection, soap }) => {
        answer(response, sealedFrame(protection, configAnswer(soap).replace(end, more + end)));
      });
      assert.equal(error.code, "WINRM_E_PROTOCOL");
      assert.match(error.summary, /twice/);
    });
  }

  test("a property of an instance: is a breach of the protocol", async (t) => {
    const group = `<p:Win32_Group xmlns:p="urn:p"><p:SID>S-1-5-32-544</p:SID><p:SID>S-1-5-32-580</p:SID></p:Win32_Group>`;
    const n = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
    const body = `<n:EnumerateResponse xmlns:n="${n}"><n:Items>${group}</n:Items><n:EndOfSequence/></n:EnumerateResponse>`;
    const server = await startSealed(t, ({ response, protection, soap }) => {
      const action = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/EnumerateResponse";
      const whole = configAnswer(soap, { action }).replace(/<s:Body>.*<\/s:Body>/, `<s:Body>${body}</s:Body>`);
      answer(response, sealedFrame(protection, whole));
    });
    const error = await failure(listLocalGroups(openSession(t, server).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROTOCOL");
  });

  test("a text of a fault, in several languages, is none", async (t) => {
    const reason = '<s:Reason><s:Text xml:lang="en">no</s:Text><s:Text xml:lang="de">nein</s:Text></s:Reason>';
    const error = await refusal(t, ({ response, protection, soap }) => {
      const fault = FAULT.replace("</s:Fault>", `${reason}</s:Fault>`);
      const whole = configAnswer(soap).replace(/<s:Body>.*<\/s:Body>/, `<s:Body>${fault}</s:Body>`);
      answer(response, sealedFrame(protection, whole));
    });
    assert.equal(error.code, "WINRM_E_FAULT");
    assert.match(error.summary, /: no$/);
  });
});

suite("A6: the status of a response", () => {
  const SOAP = "application/soap+xml;charset=UTF-8";

  for (const status of [201, 202, 400, 403, 500, 503]) {
    test(`${status} with a response that is no fault is refused, sealed and in clear, and leaves open what became of the request`, async (t) => {
      const sealed = await refusal(t, ({ response, protection, soap }) => {
        answer(response, { status, ...sealedFrame(protection, configAnswer(soap)) });
      });
      const server = await startHttp(t, ({ response, body }) => {
        answer(response, { status, contentType: SOAP, body: Buffer.from(configAnswer(body.toString())) });
      });
      const clear = await failure(readConfig(openSession(t, server, { method: "basic" }).client, NEVER));
      for (const error of [sealed, clear]) {
        assert.equal(error.code, "WINRM_E_PROTOCOL");
        assert.ok(error.summary.includes(`${status}`), error.summary);
        assert.equal(error.context.outcomeUnknown, true);
      }
    });
  }

  test("is not asked of a fault: it is one with 200, with 400 and with 500", async (t) => {
    for (const status of [200, 400, 500]) {
      const error = await refusal(t, ({ response, protection, soap }) => {
        const fault = configAnswer(soap).replace(/<s:Body>.*<\/s:Body>/, `<s:Body>${FAULT}</s:Body>`);
        answer(response, { status, ...sealedFrame(protection, fault) });
      });
      assert.equal(error.code, "WINRM_E_FAULT");
    }
  });
});

suite("A6: a response that is not in UTF-8", () => {
  const LATIN1 = (soap: string) => Buffer.from(configAnswer(soap).replace("60000", "\u00e9"), "latin1");
  const UTF16 = (soap: string) => Buffer.from(configAnswer(soap), "utf16le");

  for (const [what, encode, reason] of [
    ["bytes of another encoding", LATIN1, /not in UTF-8/],
    ["UTF-16", UTF16, /UTF-16/],
    ["UTF-16 with its mark", (soap: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), UTF16(soap)]), /UTF-16/],
  ] as const) {
    test(`${what}: is refused, sealed and in clear, and leaves open what became of the request`, async (t) => {
      const sealed = await refusal(t, ({ response, protection, soap }) => {
        const plain = encode(soap);
        const about = { originalType: "application/soap+xml;charset=UTF-8", length: plain.length, tabs: true };
        answer(response, { contentType: encryptedContentType, body: writeEncrypted(protection.seal(plain), about) });
      });
      const server = await startHttp(t, ({ response, body }) => {
        answer(response, { contentType: "application/soap+xml", body: encode(body.toString()) });
      });
      const clear = await failure(readConfig(openSession(t, server, { method: "basic" }).client, NEVER));
      for (const error of [sealed, clear]) {
        assert.equal(error.code, "WINRM_E_PROTOCOL");
        assert.match(error.summary, reason);
        assert.equal(error.context.outcomeUnknown, true);
      }
    });
  }
});

suite("A6: a response in clear", () => {
  const SOAP = "application/soap+xml;charset=UTF-8";
  for (const [what, status, headers, code] of [
    ["that is compressed", 200, { "Content-Type": SOAP, "Content-Encoding": "gzip" }, "WINRM_E_PROTOCOL"],
    ["of another type, which names that of SOAP", 200, { "Content-Type": `text/html; x=${SOAP}` }, "WINRM_E_NOT_WINRM"],
    ["that redirects", 307, { "Content-Type": SOAP, Location: "https://evil.test/" }, "WINRM_E_HTTP_STATUS"],
  ] as const) {
    test(`${what}: is refused`, async (t) => {
      const server = await startHttp(t, ({ response, body }) => {
        const soap = Buffer.from(configAnswer(body.toString()));
        const bytes = "Content-Encoding" in headers ? gzipSync(soap) : soap;
        response.writeHead(status, { ...headers, "Content-Length": bytes.length }).end(bytes);
      });
      const error = await failure(readConfig(openSession(t, server, { method: "basic" }).client, NEVER));
      assert.equal(error.code, code);
      assert.equal(server.requests(), 1);
    });
  }

  test("may have a byte order mark, an XML declaration, CDATA and comments", async (t) => {
    const server = await startHttp(t, ({ response, body }) => {
      const soap = configAnswer(body.toString()).replace("60000", "<![CDATA[6]]><!-- x -->0000");
      answer(response, { contentType: SOAP, body: Buffer.from(`\ufeff<?xml version="1.0"?>${soap}`) });
    });
    const config = await readConfig(openSession(t, server, { method: "basic" }).client, NEVER);
    assert.equal(config.get("MaxTimeoutms")?.value, "60000");
  });
});
