import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { basic, CFG, envelope, faultCodes, getEnvelope, startBasicHost, TRANSFER, wireTo } from "../wire";

const ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
const OPTIMIZED =
  `<n:Enumerate xmlns:n="${ENUMERATION}" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">` +
  "<w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements></n:Enumerate>";

const selected = (transport: string) =>
  `<ws:SelectorSet><ws:Selector Name="Address">*</ws:Selector>` +
  `<ws:Selector Name="Transport">${transport}</ws:Selector></ws:SelectorSet>`;

const leaf = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`<cfg:${name}>([^<]*)<`, "g"))].map(([, v]) => v);

suite("H7: the listeners of a simulated host", () => {
  test("are enumerated with their ports and the thumbprint of the certificate that clients meet", async (t) => {
    const host = await startBasicHost(t, { https: true });
    const request = envelope({ action: `${ENUMERATION}/Enumerate`, uri: `${CFG}/listener`, body: OPTIMIZED });
    const { text } = await wireTo(t, host.http!.url).send(request, basic());
    const thumbprint = new X509Certificate(host.https!.certificatePem).fingerprint.replaceAll(":", "");
    assert.deepEqual(leaf(text, "Transport"), ["HTTP", "HTTPS"]);
    assert.deepEqual(leaf(text, "Port"), [String(host.http!.port), String(host.https!.port)]);
    assert.deepEqual(leaf(text, "CertificateThumbprint"), ["", thumbprint]);
  });

  test("are read one by one by address and transport, and not written", async (t) => {
    const host = await startBasicHost(t);
    const wire = wireTo(t, host.http!.url);
    const get = (transport: string, action = "Get") =>
      wire.send(
        envelope({ action: `${TRANSFER}/${action}`, uri: `${CFG}/listener`, extra: selected(transport) }),
        basic(),
      );
    assert.deepEqual(leaf((await get("HTTP")).text, "Port"), [String(host.http!.port)]);
    assert.equal((await get("HTTPS")).status, 500);
    assert.equal((await get("HTTP", "Delete")).status, 500);
    assert.ok(faultCodes(await wire.send(getEnvelope("/listener"), basic())).length > 0, "without selectors");
  });
});
