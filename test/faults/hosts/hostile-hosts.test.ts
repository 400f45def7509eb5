/** Hosts that send what no Windows host sends: too much, or what is not for eyes. Rows A1 to A9 of what was found by use. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { putLeaves, readConfig } from "../../../provider/host/config";
import { identify } from "../../../provider/host/identify";
import { listLocalGroups } from "../../../provider/host/accounts/local-groups";
import { type SealedMessageIn, answer, sealedFrame, startHttp, startSealed } from "../../support/hosts/hostile-server";
import { NEVER, failure, openSession } from "../../support/hosts/sessions";

const N = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const ACTION = /<a:Action[^>]*>([^<]*)</;
const MESSAGE_ID = /<a:MessageID>([^<]*)</;
/** What must never reach a terminal. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u200b-\u200f]/;

function replyTo(soap: string, body: string): string {
  const action = `${ACTION.exec(soap)?.[1] ?? ""}Response`;
  return (
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
    `<s:Header><a:Action>${action}</a:Action><a:RelatesTo>${MESSAGE_ID.exec(soap)?.[1] ?? ""}</a:RelatesTo></s:Header>` +
    `<s:Body>${body}</s:Body></s:Envelope>`
  );
}

function sealed({ response, protection, soap }: SealedMessageIn, body: string): void {
  answer(response, sealedFrame(protection, replyTo(soap, body)));
}

function configWith(leaf: string, value: string): string {
  return `<c:Config xmlns:c="http://schemas.microsoft.com/wbem/wsman/1/config"><c:Client><c:${leaf}>${value}</c:${leaf}></c:Client></c:Config>`;
}

function fault(detail: string): string {
  return `<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason>${detail}</s:Fault>`;
}

function partOf(soap: string, items: string): string {
  const kind = soap.includes(":Enumerate ") ? "EnumerateResponse" : "PullResponse";
  return `<n:${kind} xmlns:n="${N}"><n:EnumerationContext>c</n:EnumerationContext><n:Items>${items}</n:Items></n:${kind}>`;
}

suite("a host that sends too much", { timeout: 120_000 }, () => {
  test("A1: an enumeration ends when its responses have more characters than all of them may have", async (t) => {
    const instance = `<p:I xmlns:p="urn:p"><p:Name>${"x".repeat(1_500_000)}</p:Name></p:I>`;
    const server = await startSealed(t, (message) => {
      sealed(message, partOf(message.soap, instance));
    });
    const error = await failure(listLocalGroups(openSession(t, server).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROTOCOL");
    // Two legs of the logon, some six messages, the Release.
    assert.ok(server.requests() < 12, String(server.requests()));
  });

  test("A1: an enumeration ends when its responses have more elements than all of them may have", async (t) => {
    const instance = `<p:I xmlns:p="urn:p">${"<a/>".repeat(49_000)}</p:I>`;
    const server = await startSealed(t, (message) => {
      sealed(message, partOf(message.soap, instance));
    });
    const error = await failure(listLocalGroups(openSession(t, server).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROTOCOL");
    assert.ok(server.requests() < 12, String(server.requests()));
  });

  test("A4: a fault's text is shown in part, and the error stays short", async (t) => {
    const text = `<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="5"><f:Message>${"y".repeat(1_900_000)}</f:Message></f:WSManFault>`;
    const server = await startSealed(t, (message) => {
      sealed(message, fault(`<s:Detail>${text}</s:Detail>`));
    });
    const error = await failure(readConfig(openSession(t, server).client, NEVER));
    assert.equal(error.code, "WINRM_E_ACCESS_DENIED");
    assert.ok(error.message.length < 3_000, String(error.message.length));
  });

  test("A4: a setting with more characters than any has is refused by its name", async (t) => {
    const server = await startSealed(t, (message) => {
      sealed(message, configWith("TrustedHosts", "z".repeat(70_000)));
    });
    const error = await failure(readConfig(openSession(t, server).client, NEVER));
    assert.equal(error.code, "WINRM_E_PROTOCOL");
    assert.match(error.summary, /TrustedHosts/);
    assert.ok(error.message.length < 1_000);
  });
});

suite("a host that sends what is not for eyes", { timeout: 120_000 }, () => {
  const FORGED = "ok&#x9b;31m&#x9d;0;x&#x7;&#x202e;txt&#x2028;+ forged line&#xa;- another&#x200b;";

  test("A3: the value of a setting is one line without control, format and separator characters", async (t) => {
    const server = await startSealed(t, (message) => {
      sealed(message, configWith("TrustedHosts", FORGED));
    });
    const config = await readConfig(openSession(t, server).client, NEVER);
    const value = String(config.get("client/TrustedHosts")?.value);
    assert.doesNotMatch(value, UNFIT);
    assert.match(value, /^ok .*forged line/);
  });

  test("A3: so are the text, the subcode and the action of a message, and the names of the service", async (t) => {
    const bodies = [
      fault(""),
      `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:${FORGED}</s:Value></s:Subcode></s:Code><s:Reason><s:Text>${FORGED}</s:Text></s:Reason></s:Fault>`,
    ];
    for (const body of bodies) {
      const server = await startSealed(t, (message) => {
        sealed(message, body);
      });
      const error = await failure(readConfig(openSession(t, server).client, NEVER));
      assert.doesNotMatch(error.summary, UNFIT);
      for (const line of error.message.split("\n")) assert.doesNotMatch(line, UNFIT);
    }
    const id = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
    const server = await startSealed(t, (message) => {
      const text = `<i:ProductVendor>${FORGED}</i:ProductVendor><i:ProductVersion>${FORGED}</i:ProductVersion>`;
      sealed(message, `<i:IdentifyResponse xmlns:i="${id}">${text}</i:IdentifyResponse>`);
    });
    const identity = await identify(openSession(t, server).client, NEVER);
    assert.doesNotMatch(identity.vendor + identity.version, UNFIT);
  });
});

suite("a host that is no Windows host", { timeout: 120_000 }, () => {
  test("A6: a response to Identify that is none is a breach of the protocol, whatever else it is", async (t) => {
    for (const body of ["<html/>", "", '<i:IdentifyResponse xmlns:i="urn:other"/>']) {
      const server = await startSealed(t, (message) => {
        sealed(message, body);
      });
      const error = await failure(identify(openSession(t, server).client, NEVER));
      assert.equal(error.code, "WINRM_E_PROTOCOL", body);
    }
  });

  test("A7: a fault without a number of Windows comes with the advice that the host may be none", async (t) => {
    const faultWith = async (detail: string) => {
      const server = await startSealed(t, (message) => {
        sealed(message, fault(detail));
      });
      return failure(readConfig(openSession(t, server).client, NEVER));
    };
    const f = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
    const unnumbered = await faultWith("");
    const numbered = await faultWith(`<s:Detail><f:WSManFault xmlns:f="${f}" Code="87"/></s:Detail>`);
    assert.equal(unnumbered.code, "WINRM_E_FAULT");
    assert.match(unnumbered.context.causes?.join() ?? "", /Windows host/);
    assert.doesNotMatch(unnumbered.context.remedy ?? "", /helpmsg/);
    assert.equal(numbered.code, "WINRM_E_FAULT");
    assert.match(numbered.context.remedy ?? "", /helpmsg/);
  });
});

suite("an empty 500 in clear", { timeout: 120_000 }, () => {
  const write = { resource: "client", leaves: new Map([["TrustedHosts", "a"]]) } as const;

  test("A5: before any response in clear it says that nothing was done", async (t) => {
    const server = await startHttp(t, ({ response }) => response.writeHead(500, { "Content-Length": 0 }).end());
    const error = await failure(putLeaves(openSession(t, server, { method: "basic" }).client, write, NEVER));
    assert.equal(error.code, "WINRM_E_UNENCRYPTED_DISABLED");
    assert.notEqual(error.context.outcomeUnknown, true);
  });

  test("A5: after a response in clear on the same session the outcome of a write is not known, for whatever status fails after the request", async (t) => {
    for (const status of [500, 502]) {
      const server = await startHttp(t, ({ response, body, number }) => {
        if (number > 1) response.writeHead(status, { "Content-Length": 0 }).end();
        else {
          const soap = replyTo(body.toString(), configWith("TrustedHosts", "b"));
          answer(response, { contentType: "application/soap+xml", body: Buffer.from(soap) });
        }
      });
      const { session, client } = openSession(t, server, { method: "basic" });
      await readConfig(client, NEVER);
      const error = await failure(putLeaves(client, write, NEVER));
      assert.equal(error.context.outcomeUnknown, true, `${status} ${error.code}`);
      session.close();
    }
  });
});
