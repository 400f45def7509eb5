/** Programs that others wrote ask a simulated host's WMI: pywinrm with NTLM, and Dell's shell client wsl with curl. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { suite, test, type TestContext } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { skipUnless } from "../ntlm/installed";
import { pywinrm, run, skipWithoutPywinrm, temporaryFolder } from "./peer";

const WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";
const WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
const ACCOUNT = { name: "Administrator", password: "Winter-2031!" } as const;
const MEMBERS =
  "ASSOCIATORS OF {Win32_Group.Domain='WEB01',Name='Remote Management Users'} WHERE AssocClass=Win32_GroupUser Role=GroupComponent";

async function start(t: TestContext, config: Record<string, boolean> = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({
    accounts: [ACCOUNT, { name: "kim", password: "x", administrator: false }],
    groups: { "Remote Management Users": ["kim"] },
    config,
  });
  t.after(() => host.stop());
  return host;
}

/** An Enumerate as Microsoft's documents show it, with the header that pywinrm's own messages have. */
function enumerate(wql: string): string {
  return (
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
    ` xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"><s:Header>` +
    `<a:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate</a:Action><a:To>http://windows-host:5985/wsman</a:To>` +
    `<w:ResourceURI s:mustUnderstand="true">${WMI}/*</w:ResourceURI><a:MessageID>uuid:${randomUUID()}</a:MessageID>` +
    `<a:ReplyTo><a:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` +
    `<w:MaxEnvelopeSize s:mustUnderstand="true">153600</w:MaxEnvelopeSize><w:OperationTimeout>PT20S</w:OperationTimeout></s:Header>` +
    `<s:Body><n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements><w:Filter Dialect="${WQL}">${wql}</w:Filter></n:Enumerate></s:Body></s:Envelope>`
  );
}

suite("WMI through pywinrm", { skip: skipWithoutPywinrm() }, () => {
  test("lists a group and its members, sealed with NTLM", async (t) => {
    const host = await start(t);
    const messages = [
      enumerate("SELECT * FROM Win32_Group WHERE LocalAccount=TRUE AND SID='S-1-5-32-580'"),
      enumerate(MEMBERS),
      enumerate("SELECT * FROM Nothing"),
    ];
    const job = {
      endpoint: host.http!.url,
      transport: "ntlm",
      encryption: "always",
      username: ACCOUNT.name,
      password: ACCOUNT.password,
    } as const;
    const [group, members, refused] = await pywinrm(t, { ...job, messages });
    assert.match(group!.xml, /<p:Name>Remote Management Users<\/p:Name><p:SID>S-1-5-32-580</);
    assert.match(members!.xml, /<p:Name>kim<\/p:Name>/);
    assert.match(refused!.xml, /Code="2150858778"/);
    assert.equal(host.openEnumerations, 0);
  });
});

suite("WMI through wsl", {
  skip: skipUnless(
    ["sh", "-c", "command -v wslenum && command -v uuidgen && command -v curl"],
    "apt-get install wsl uuid-runtime curl",
  ),
}, () => {
  const wslenum = async (t: TestContext, host: SimulatedHost, args: readonly string[]): Promise<string> => {
    const folder = temporaryFolder(t);
    const env = {
      HOME: folder,
      TMPDIR: folder,
      WSENDPOINT: `127.0.0.1:${host.http!.port}`,
      WSUSER: ACCOUNT.name,
      WSPASS: ACCOUNT.password,
      WSNOSSL: "1",
      WSAUTOMATED: "1",
    };
    return await run(t, ["sh", "-c", 'cd "$HOME" && wslenum "$@"', "sh", ...args], { input: "", env });
  };
  const open = { "service/auth/Basic": true, "service/AllowUnencrypted": true };

  test("enumerates a class by Pull after Pull", async (t) => {
    const host = await start(t, open);
    const printed = await wslenum(t, host, [`${WMI}/Win32_Group`]);
    assert.match(printed, /Remote Management Users/);
    const verbs = host.journal.requests().map(({ action }) => action?.split("/").at(-1));
    assert.equal(verbs[0], "Enumerate");
    assert.ok(verbs.includes("Pull"), verbs.join());
    assert.deepEqual(
      host.journal
        .requests()
        .map(({ fault }) => fault)
        .filter((code) => code !== undefined),
      [],
    );
    assert.equal(host.openEnumerations, 0);
  });

  test("runs a WQL query", async (t) => {
    const host = await start(t, open);
    assert.match(await wslenum(t, host, [`${WMI}/*`, "-dialect", WQL, "-filter", MEMBERS, "-opti", "50"]), /kim/);
    assert.equal(host.openEnumerations, 0);
  });
});
