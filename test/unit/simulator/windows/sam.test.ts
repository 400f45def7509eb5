import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sam } from "../../../../simulator/windows/sam/sam";
import { type SamOptions } from "../../../../simulator/windows/sam/principals";

const ADMINISTRATORS = "S-1-5-32-544";
const REMOTE_MANAGEMENT = "S-1-5-32-580";
const DOMAIN = { name: "CORP", users: ["ann", "bob"], groups: { Deploy: ["ann"], Operators: ["Deploy"] } };

function sam(options: Partial<SamOptions> = {}): Sam {
  return new Sam({
    hostName: "WEB01",
    language: "en-US",
    accounts: [{ name: "ops" }, { name: "guest2", administrator: false }],
    groups: {},
    remoteWmiUsers: false,
    domain: undefined,
    domainController: false,
    ...options,
  });
}

function members(model: Sam, group: string): string[] {
  return [...(model.group(group)?.members ?? [])].map((sid) => model.display(sid));
}

describe("the security accounts of a simulated host", () => {
  it("give the built-in Administrator the relative id 500 and others ids from 1000 on, the same in every run", () => {
    const model = sam({ accounts: [{ name: "Administrator" }, { name: "ops" }, { name: "b2", administrator: false }] });
    const rid = (name: string): string | undefined => model.user(name)?.sid.split("-").at(-1);
    assert.deepEqual(["administrator", "ops", "b2"].map(rid), ["500", "1000", "1001"]);
    assert.equal(sam().machineSid, model.machineSid);
    assert.notEqual(sam({ hostName: "WEB02" }).machineSid, model.machineSid);
    const renamed = sam({ accounts: [{ name: "root", rid: 500 }] });
    assert.equal(renamed.user("root")?.sid, `${renamed.machineSid}-500`);
    assert.equal(renamed.user("Administrator"), undefined);
  });

  it("make an account a member of Administrators unless it is not to be", () => {
    assert.deepEqual(members(sam(), ADMINISTRATORS), ["WEB01\\Administrator", "WEB01\\ops"]);
    assert.ok(members(sam(), "Users").includes("WEB01\\guest2"));
  });

  it("have names in the host's language and the same SIDs in every language", () => {
    const german = sam({ language: "de-DE" });
    assert.equal(german.group(REMOTE_MANAGEMENT)?.name, "Remoteverwaltungsbenutzer");
    assert.equal(german.group("Administratoren")?.sid, ADMINISTRATORS);
    assert.equal(german.group("Administrators"), undefined);
    assert.deepEqual(german.translate("NT-AUTORITÄT\\Authentifizierte Benutzer"), { sid: "S-1-5-11" });
  });

  it("have WinRMRemoteWMIUsers__ as an ordinary group where it is asked for", () => {
    assert.equal(sam().group("WinRMRemoteWMIUsers__"), undefined);
    const model = sam({ remoteWmiUsers: true, language: "de-DE" });
    assert.equal(model.group("winrmremotewmiusers__")?.sid, `${model.machineSid}-1000`);
  });

  it("translate every form of a name", () => {
    const model = sam({ domain: DOMAIN });
    const ops = { sid: model.user("ops")?.sid };
    const ann = { sid: `${model.domain?.sid ?? ""}-1104` };
    for (const name of ["ops", ".\\OPS", "web01\\ops", ops.sid ?? ""])
      assert.deepEqual(model.translate(name), ops, name);
    for (const name of ["ann", "corp\\Ann", "ann@corp.example.com", "CORP.example.com\\ann"]) {
      assert.deepEqual(model.translate(name), ann, name);
    }
    assert.deepEqual(model.translate("BUILTIN\\administrators"), { sid: ADMINISTRATORS });
    assert.deepEqual(model.translate("NT AUTHORITY\\Authenticated Users"), { sid: "S-1-5-11" });
    assert.deepEqual(model.translate("WEB01\\nobody"), { code: 1317 });
    assert.deepEqual(model.translate("nobody"), { code: 1332 });
    assert.deepEqual(model.translate("CORP\\nobody"), { code: 1332 });
    assert.deepEqual(model.translate("OTHER\\ann"), { code: 1355 });
  });

  it("add and remove members with the codes of Windows", () => {
    const model = sam({ domain: DOMAIN });
    const group = "Remote Management Users";
    assert.equal(model.addMember(group, "ops", false), 5);
    assert.equal(model.addMember("No such group", "ops"), 1376);
    assert.equal(model.addMember(group, "nobody"), 1332);
    assert.equal(model.addMember(group, ".\\nobody"), 1317);
    assert.equal(model.addMember(group, "OTHER\\ann"), 1355);
    assert.equal(model.addMember(group, "Administrators"), 1388);
    assert.equal(model.addMember(group, "S-1-5-21-1-2-3-1001"), 1387);
    assert.equal(model.addMember(group, "CORP\\Deploy"), 0);
    assert.equal(model.addMember(REMOTE_MANAGEMENT, "deploy@corp.example.com"), 1378);
    assert.equal(model.addMember(group, "NT AUTHORITY\\Authenticated Users"), 0);
    assert.deepEqual(members(model, group), ["CORP\\Deploy", "NT AUTHORITY\\Authenticated Users"]);
    assert.equal(model.removeMember(group, "ops"), 1377);
    assert.equal(model.removeMember(group, "S-1-5-11", false), 5);
    assert.equal(model.removeMember(group, "S-1-5-11"), 0);
    assert.equal(model.removeMember("Administrators", "Administrator"), 1371);
    assert.deepEqual(members(model, group), ["CORP\\Deploy"]);
  });

  it("keep the SID of a member that is gone, and let it be removed by its SID", () => {
    const model = sam({ domain: DOMAIN, groups: { [REMOTE_MANAGEMENT]: ["CORP\\bob", "S-1-5-21-9-9-9-1001"] } });
    const bob = `${model.domain?.sid ?? ""}-1105`;
    model.domain?.remove("bob");
    assert.deepEqual(members(model, REMOTE_MANAGEMENT), [bob, "S-1-5-21-9-9-9-1001"]);
    assert.equal(model.addMember(REMOTE_MANAGEMENT, bob), 1378);
    assert.equal(model.removeMember(REMOTE_MANAGEMENT, bob), 0);
    assert.equal(model.addMember(REMOTE_MANAGEMENT, bob), 1387);
  });

  it("know nobody of a domain that cannot be reached", () => {
    const model = sam({ domain: { ...DOMAIN, reachable: false } });
    assert.equal(model.addMember(REMOTE_MANAGEMENT, "CORP\\ann"), 1355);
    assert.equal(model.principal(`${model.domain?.sid ?? ""}-1104`), undefined);
    assert.equal(model.addMember(REMOTE_MANAGEMENT, `${model.domain?.sid ?? ""}-1104`), 1355);
  });

  it("put the groups of the host and of the domain, nested ones too, into a token", () => {
    const model = sam({ domain: DOMAIN });
    const ann = `${model.domain?.sid ?? ""}-1104`;
    assert.equal(model.tokenOf(ann).has(ADMINISTRATORS), false);
    assert.equal(model.addMember(ADMINISTRATORS, "CORP\\Operators"), 0);
    assert.equal(model.tokenOf(ann).has(ADMINISTRATORS), true);
    assert.equal(model.tokenOf(`${model.domain?.sid ?? ""}-1105`).has(ADMINISTRATORS), false);
    assert.equal(model.tokenOf(model.user("ops")?.sid ?? "").has(ADMINISTRATORS), true);
  });

  it("are those of the domain on a domain controller", () => {
    const model = sam({ domain: DOMAIN, domainController: true });
    assert.equal(model.authority, "CORP");
    assert.equal(model.machineSid, model.domain?.sid);
    assert.equal(model.addMember(ADMINISTRATORS, "CORP\\ann"), 0);
  });

  it("keep a group's SID when it is renamed", () => {
    const model = sam({ groups: { Deployers: ["ops"] } });
    const sid = model.group("Deployers")?.sid;
    model.renameGroup("Deployers", "Rollout");
    assert.equal(model.group("rollout")?.sid, sid);
    assert.equal(model.group("Deployers"), undefined);
  });
});
