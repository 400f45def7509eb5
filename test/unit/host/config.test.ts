/** Reading and writing `winrm/config`. The host is a scripted session: one text in, one text out. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { identify } from "../../../provider/host/identify";
import { putLeaves, readConfig, splitPath, type ConfigResource } from "../../../provider/host/config";
import type { Session } from "../../../provider/session/session";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { failure, NEVER, targetOf } from "../../support/hosts/sessions";
import { CANONICAL_CONFIG, CANONICAL_LEAVES } from "./canonical-config";

const CFG = "http://schemas.microsoft.com/wbem/wsman/1/config";
const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";

/** A client whose host answers every request with this body, and the requests that it got. */
function scripted(body: string): { client: WsmanClient; requests: string[] } {
  const requests: string[] = [];
  const session: Pick<Session, "target" | "errorContext" | "send"> = {
    target: targetOf(5985, { host: "web01" }),
    errorContext: { host: "web01", identity: "ntlm as ops over http" },
    send: (request) => {
      requests.push(request);
      const id = /<a:MessageID>([^<]*)</.exec(request)?.[1] ?? "";
      const action = /<a:Action [^>]*>([^<]*)</.exec(request)?.[1] ?? "";
      return Promise.resolve(
        `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
          `<s:Header><a:Action>${action}Response</a:Action><a:RelatesTo>${id}</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`,
      );
    },
  };
  return { client: new WsmanClient(session as Session), requests };
}

function config(content: string): string {
  return `<cfg:Config xmlns:cfg="${CFG}">${content}</cfg:Config>`;
}

suite("reading the configuration", () => {
  test("gives every leaf of a recent Windows by its path, a flag as such, in any spelling, and a string as written (D1)", async () => {
    const { client, requests } = scripted(CANONICAL_CONFIG);
    const leaves = await readConfig(client, NEVER);
    assert.deepEqual(
      Object.fromEntries([...leaves].map(([path, leaf]) => [path, String(leaf.value)])),
      CANONICAL_LEAVES,
    );
    assert.deepEqual([...leaves.keys()], Object.keys(CANONICAL_LEAVES), "in the host's order");
    assert.ok([...leaves.values()].every(({ policy }) => !policy));
    assert.equal(requests.length, 1);
    assert.match(requests[0] ?? "", new RegExp(`>${TRANSFER}/Get<.*>${CFG}<.*<s:Body/>`));
  });

  test("marks what Group Policy owns, an empty leaf too, and nothing else", async () => {
    const text = config(
      `<cfg:Client><cfg:TrustedHosts Source="GPO"></cfg:TrustedHosts></cfg:Client>` +
        `<cfg:Service><cfg:Auth><cfg:Basic Source="GPO">false</cfg:Basic><cfg:Kerberos Source="Compatibility">true</cfg:Kerberos>` +
        `<cfg:Negotiate xmlns:o="urn:o" o:Source="GPO"> True </cfg:Negotiate></cfg:Auth></cfg:Service>`,
    );
    const leaves = await readConfig(scripted(text).client, NEVER);
    assert.deepEqual(Object.fromEntries(leaves), {
      "client/TrustedHosts": { value: "", policy: true },
      "service/auth/Basic": { value: false, policy: true },
      "service/auth/Kerberos": { value: true, policy: false },
      "service/auth/Negotiate": { value: true, policy: false },
    });
  });

  test("reads an empty leaf in both spellings, and keeps leaves that it does not know", async () => {
    const text = config(
      `<cfg:Client><cfg:TrustedHosts/><cfg:spn_prefix>HTTP</cfg:spn_prefix></cfg:Client>` +
        `<cfg:Future><cfg:Deep><cfg:Leaf> 1 </cfg:Leaf></cfg:Deep></cfg:Future>`,
    );
    const leaves = await readConfig(scripted(text).client, NEVER);
    assert.deepEqual(
      [...leaves].map(([path, { value }]) => [path, value]),
      [
        ["client/TrustedHosts", ""],
        ["client/spn_prefix", "HTTP"],
        ["future/deep/Leaf", "1"],
      ],
    );
  });

  test("does not care for prefixes, and refuses another element or namespace", async () => {
    const renamed = CANONICAL_CONFIG.replaceAll("cfg:", "")
      .replaceAll("xmlns:cfg", "xmlns")
      .replace("xmlns:=", "xmlns=");
    const leaves = await readConfig(
      scripted(renamed.replace(/^<Config [^>]*>/, `<Config xmlns="${CFG}">`)).client,
      NEVER,
    );
    assert.equal(leaves.size, Object.keys(CANONICAL_LEAVES).length);
    for (const body of ["", config("").replaceAll("Config", "Other"), config("").replace(CFG, `${CFG}/client`)]) {
      const error = await failure(readConfig(scripted(body).client, NEVER));
      assert.equal(error.code, "WINRM_E_PROTOCOL");
      assert.match(error.message, /read winrm\/config/);
    }
  });
});

suite("writing leaves", () => {
  async function bodyOf(resource: ConfigResource, leaves: Readonly<Record<string, string>>): Promise<string> {
    const { client, requests } = scripted("");
    await putLeaves(client, { resource, leaves: new Map(Object.entries(leaves)) }, NEVER);
    assert.equal(requests.length, 1);
    const [request = ""] = requests;
    assert.ok(request.includes(`>${TRANSFER}/Put<`));
    assert.ok(request.includes(`<w:ResourceURI s:mustUnderstand="true">${CFG}/${resource}</w:ResourceURI>`));
    return /<s:Body>(.*)<\/s:Body>/s.exec(request)?.[1] ?? "";
  }

  test("puts exactly the leaves named, in their order, under the root and namespace of the resource", async () => {
    assert.equal(
      await bodyOf("service/auth", { Certificate: "true", Basic: "false" }),
      `<cfg:Auth xmlns:cfg="${CFG}/service/auth"><cfg:Certificate>true</cfg:Certificate><cfg:Basic>false</cfg:Basic></cfg:Auth>`,
    );
    assert.equal(
      await bodyOf("client/auth", { Digest: "false" }),
      `<cfg:Auth xmlns:cfg="${CFG}/client/auth"><cfg:Digest>false</cfg:Digest></cfg:Auth>`,
    );
    assert.equal(
      await bodyOf("service", { AllowUnencrypted: "false" }),
      `<cfg:Service xmlns:cfg="${CFG}/service"><cfg:AllowUnencrypted>false</cfg:AllowUnencrypted></cfg:Service>`,
    );
    assert.equal(
      await bodyOf("client", { TrustedHosts: "" }),
      `<cfg:Client xmlns:cfg="${CFG}/client"><cfg:TrustedHosts/></cfg:Client>`,
    );
  });

  test("escapes values", async () => {
    const body = await bodyOf("client", { TrustedHosts: `<local>,a&b"'` });
    assert.ok(body.includes("<cfg:TrustedHosts>&lt;local&gt;,a&amp;b&quot;&apos;</cfg:TrustedHosts>"), body);
  });

  test("of nothing is a defect of the caller, and nothing is sent", async () => {
    const { client, requests } = scripted("");
    const error = await failure(putLeaves(client, { resource: "client", leaves: new Map() }, NEVER));
    assert.equal(error.code, "WINRM_E_INTERNAL");
    assert.deepEqual(requests, []);
  });

  test("splits a path into resource and leaf", () => {
    assert.deepEqual(splitPath("service/auth/Basic"), { resource: "service/auth", leaf: "Basic" });
    assert.deepEqual(splitPath("client/TrustedHosts"), { resource: "client", leaf: "TrustedHosts" });
    assert.deepEqual(splitPath("MaxEnvelopeSizekb"), { resource: "", leaf: "MaxEnvelopeSizekb" });
  });
});

suite("asking who the service is", () => {
  const wsmid = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";

  test("gives vendor, version and the enabled profiles", async () => {
    const { client, requests } = scripted(
      `<i:IdentifyResponse xmlns:i="${wsmid}"><i:ProtocolVersion>x</i:ProtocolVersion><i:ProductVendor>Microsoft Corporation</i:ProductVendor>` +
        `<i:ProductVersion> OS: 10.0.20348 SP: 0.0 Stack: 3.0 </i:ProductVersion><i:SecurityProfiles>` +
        `<i:SecurityProfileName>https/basic</i:SecurityProfileName><i:SecurityProfileName>https/mutual</i:SecurityProfileName>` +
        `</i:SecurityProfiles></i:IdentifyResponse>`,
    );
    assert.deepEqual(await identify(client, NEVER), {
      vendor: "Microsoft Corporation",
      version: "OS: 10.0.20348 SP: 0.0 Stack: 3.0",
      securityProfiles: ["https/basic", "https/mutual"],
    });
    assert.equal(requests.length, 1);
  });

  test("of an old or masked service gives what there is", async () => {
    assert.deepEqual(await identify(scripted(`<i:IdentifyResponse xmlns:i="${wsmid}"/>`).client, NEVER), {
      vendor: "",
      version: "",
      securityProfiles: [],
    });
  });
});
