import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { Account } from "../../../provider/host/accounts/local-accounts";
import type { CallerAccount } from "../../../provider/lifecycle/safety/caller/account";
import { membershipHazard } from "../../../provider/lifecycle/safety/hazards/group";
import { rememberList, restoredList } from "../../../provider/lifecycle/change/list-memory";
import { applyDelta, planMembers } from "../../../provider/lifecycle/group-membership/delta";
import { accountCaller } from "../../support/lockouts/callers";

const sids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }).map((rid) => `S-1-5-21-1-2-3-${rid}`));
const modes = fc.boolean();
const keyOf = (sid: string) => sid;
const remember = (
  want: { readonly exclusive: boolean; readonly wanted: readonly string[] },
  { before, after }: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
  previous?: ReturnType<typeof rememberList>,
) => rememberList(want, { before: [...before], after: [...after] }, { previous, keyOf });

suite("the plan for members", () => {
  test("brings every wanted member in, and is nothing the second time", () => {
    fc.assert(
      fc.property(modes, sids, sids, sids, (exclusive, wanted, own, live) => {
        const want = { exclusive, wanted, own };
        const after = applyDelta(new Set(live), planMembers(want, new Set(live)));
        assert.ok(wanted.every((sid) => after.has(sid)));
        assert.deepEqual(planMembers(want, after), { add: [], remove: [] });
      }),
    );
  });

  test("mode members takes out only whom the resource added; mode exclusive leaves exactly the wanted", () => {
    fc.assert(
      fc.property(sids, sids, sids, (wanted, own, live) => {
        const { remove } = planMembers({ exclusive: false, wanted, own }, new Set(live));
        assert.ok(remove.every((sid) => own.includes(sid) && !wanted.includes(sid)));
        const delta = planMembers({ exclusive: true, wanted, own }, new Set(live));
        assert.deepEqual([...applyDelta(new Set(live), delta)].sort(), [...wanted].sort());
      }),
    );
  });

  test("apply and destroy in a row give back the group, whatever the mode, unless members were there before", () => {
    fc.assert(
      fc.property(modes, sids, sids, (exclusive, wanted, live) => {
        const want = { exclusive, wanted, own: [] };
        const before = new Set(live);
        const after = applyDelta(before, planMembers(want, before));
        const restored = restoredList(remember(want, { before, after }), [...after], keyOf);
        assert.deepEqual([...restored!].sort(), [...before].sort());
      }),
    );
  });

  test("updates in a row never make a stranger the resource's own", () => {
    fc.assert(
      fc.property(sids, sids, sids, (first, second, live) => {
        const before = new Set(live);
        const one = { exclusive: false, wanted: first, own: [] };
        const middle = applyDelta(before, planMembers(one, before));
        const mine = remember(one, { before, after: middle });
        const two = { exclusive: false, wanted: second, own: mine.added };
        const after = applyDelta(middle, planMembers(two, middle));
        const record = remember(two, { before: middle, after }, mine);
        assert.deepEqual([...restoredList(record, [...after], keyOf)!].sort(), [...before].sort());
      }),
    );
  });

  test("destroy of mode exclusive does nothing if the group was changed since", () => {
    const record = { exclusive: true, added: [], prior: ["S-1"], applied: ["S-2"] };
    assert.equal(restoredList(record, ["S-2", "S-3"], keyOf), undefined);
    assert.equal(restoredList(record, ["S-3"], keyOf), undefined);
  });
});

function account(name: string, kind: Account["kind"] = "user"): Account {
  return { sid: `S-1-5-21-7-7-7-${name}`, domain: "CORP", name, kind, local: false };
}

const ADMINISTRATORS = { sid: "S-1-5-32-544", name: "Administratoren", domain: "WEB01" };
const REMOTE_MANAGEMENT = { sid: "S-1-5-32-580", name: "Remote Management Users", domain: "WEB01" };
const [ME, OTHER, TEAM, CREW] = [account("me"), account("other"), account("Team", "group"), account("Crew", "group")];

/** The hazard of taking members out of a group that has them. */
function hazard(
  removed: readonly Account[],
  members: readonly Account[],
  own: Partial<CallerAccount & { administrators: readonly string[] }> = {},
  group = ADMINISTRATORS,
): string | undefined {
  const delta = { add: [], remove: removed.map(({ sid }) => sid) };
  const administrators = own.administrators ?? members.map(({ sid }) => sid);
  const access = { callers: [accountCaller("CORP\\me", ME, own)], administrators };
  return membershipHazard({ group, members, delta }, access)?.message;
}

const UNTOLD = /\bdetermined\b/;

suite("the hazard of a change of members", () => {
  test("is there if the connection's account goes", () => {
    assert.match(hazard([ME], [ME, OTHER]) ?? "", /CORP\\me, .* Administratoren .*direct member/);
  });

  test("L4: is there if a user of another domain goes, whose SID a migrated account may still have (sIDHistory)", () => {
    const old: Account = { ...account("ops"), sid: "S-1-5-21-9-9-9-1104", domain: "OLDCORP" };
    assert.match(hazard([old], [old, OTHER]) ?? "", UNTOLD);
    assert.equal(hazard([old], [old, OTHER, ME]), undefined);
    assert.equal(hazard([OTHER], [old, OTHER]), undefined, "of the account's own domain");
    const local: Account = { ...old, domain: "WEB01", local: true };
    assert.equal(hazard([local], [local, OTHER]), undefined, "of the host itself");
    assert.equal(hazard([old], [old, OTHER], { account: { ...ME, local: true } }), undefined, "an account of the host");
  });

  test("is there if the group through which it gets in goes", () => {
    assert.match(hazard([TEAM], [TEAM, OTHER], { groups: [TEAM.sid] }) ?? "", /through CORP\\Team/);
  });

  test("is not there while another way in stays", () => {
    assert.equal(hazard([ME], [ME, TEAM], { groups: [TEAM.sid] }), undefined);
    assert.equal(hazard([TEAM], [ME, TEAM], { groups: [TEAM.sid] }), undefined);
    assert.equal(hazard([OTHER], [ME, OTHER]), undefined);
  });

  test("is there if nobody can tell: groups in groups, an unknown account", () => {
    assert.match(hazard([CREW], [CREW, OTHER]) ?? "", /CORP\\Crew/);
    assert.equal(hazard([OTHER], [CREW, OTHER]), undefined, "a user is not another one");
    assert.match(hazard([OTHER], [OTHER], { account: undefined }) ?? "", UNTOLD);
  });

  test("does not touch administrators in other groups, and no group that lets nobody in", () => {
    assert.equal(hazard([ME], [ME], { administrators: [ME.sid] }, REMOTE_MANAGEMENT), undefined);
    assert.match(hazard([ME], [ME], { administrators: [] }, REMOTE_MANAGEMENT) ?? "", /Remote Management Users/);
    assert.equal(hazard([ME], [ME], {}, { ...REMOTE_MANAGEMENT, sid: "S-1-5-32-573", name: "Readers" }), undefined);
  });
});

suite("L4: the well-known principals of a token", () => {
  const principal = (sid: string): Account => ({ sid, domain: "WEB01", name: sid, kind: "system", local: true });
  const [EVERYONE, NETWORK, AUTHENTICATED, LOCAL, INTERACTIVE] = [
    "S-1-1-0",
    "S-1-5-2",
    "S-1-5-11",
    "S-1-5-113",
    "S-1-5-4",
  ].map(principal) as [Account, Account, Account, Account, Account];
  const LOCAL_ME = { ...ME, sid: "S-1-5-21-1-2-3-1001", local: true };

  for (const one of [EVERYONE, NETWORK, AUTHENTICATED]) {
    test(`${one.sid} is in every token: its removal is a hazard, and while it stays there is none`, () => {
      assert.match(hazard([one], [one, OTHER]) ?? "", new RegExp(`through WEB01.${one.sid}`));
      assert.equal(hazard([ME], [ME, one]), undefined);
      assert.match(hazard([one], [one, OTHER], { account: undefined, groups: undefined }) ?? "", /through/);
    });
  }

  test("S-1-5-113 is in the token of local accounts only", () => {
    assert.match(hazard([LOCAL], [LOCAL, OTHER], { account: LOCAL_ME }) ?? "", /through/);
    assert.equal(hazard([LOCAL], [LOCAL, OTHER]), undefined);
    assert.match(hazard([LOCAL], [LOCAL, OTHER], { account: undefined }) ?? "", UNTOLD);
  });

  test("S-1-5-114 lets local administrators into other groups, and nobody into Administrators", () => {
    const both = principal("S-1-5-114");
    assert.equal(hazard([both], [both, LOCAL_ME], { account: LOCAL_ME }), undefined);
    assert.match(hazard([LOCAL_ME], [both, LOCAL_ME], { account: LOCAL_ME }) ?? "", /direct member/);
  });

  test("principals that no network logon has are nobody's way in; those that some have may be", () => {
    assert.equal(hazard([INTERACTIVE], [INTERACTIVE, OTHER]), undefined);
    assert.match(hazard([principal("S-1-5-64-10")], [principal("S-1-5-64-10"), OTHER]) ?? "", UNTOLD);
  });

  test("a local account is in no group of a domain", () => {
    assert.equal(hazard([CREW], [CREW, OTHER], { account: LOCAL_ME }), undefined);
  });

  test("every connection of the run is judged", () => {
    const delta = { add: [], remove: [OTHER.sid] };
    const second = accountCaller("CORP\\other", OTHER, { subject: "another connection of this program" });
    const access = { callers: [accountCaller("CORP\\me", ME), second], administrators: [ME.sid, OTHER.sid] };
    const found = membershipHazard({ group: ADMINISTRATORS, members: [ME, OTHER], delta }, access);
    assert.match(found?.message ?? "", /^another connection\b.* CORP\\other/);
  });
});
