import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { accountNameProblem } from "../../../provider/account-name";
import { LIFECYCLES } from "../../../provider/lifecycle/registry";
import {
  canonicalGroup,
  canonicalMember,
  memberProblems,
} from "../../../provider/lifecycle/group-membership/member-names";
import { assertWording } from "../../support/pages/golden";

const { GroupMembership: groupMembership } = LIFECYCLES;

const connection = { host: "web01" };

/** Wrong arguments: what is wrong, and the property. */
const WRONG: readonly (readonly [what: string, args: object, property: string])[] = [
  ["no members", {}, "members"],
  ["a text instead of a list", { members: "ops" }, "members"],
  ["a number as a member", { members: [500] }, "members[0]"],
  ["an empty member", { members: ["ops", ""] }, "members[1]"],
  ["a line break", { members: ["ops\nadmin"] }, "members[0]"],
  ["a slash between domain and name", { members: ["CORP/ann"] }, "members[0]"],
  ["a quotation mark", { members: ['an"n'] }, "members[0]"],
  ["a wildcard", { members: ["CORP\\*"] }, "members[0]"],
  ["an invisible character", { members: ["\u200eops"] }, "members[0]"],
  ["a SID that is none", { members: ["S-1-5-21-x"] }, "members[0]"],
  ["two backslashes", { members: ["CORP\\\\ann"] }, "members[0]"],
  ["no name after the domain", { members: ["CORP\\"] }, "members[0]"],
  ["no domain before the backslash", { members: ["\\ann"] }, "members[0]"],
  ["domain and UPN at once", { members: ["CORP\\ann@corp.example.com"] }, "members[0]"],
  ["an UPN without a domain", { members: ["ann@"] }, "members[0]"],
  ["a blank at the end", { members: ["ops "] }, "members[0]"],
  ["the same member twice", { members: ["ops", ".\\OPS"] }, "members[1]"],
  ["a name longer than any", { members: ["a".repeat(300)] }, "members[0]"],
  ["an unknown mode", { members: [], mode: "only" }, "mode"],
  ["a group with a domain after @", { members: [], group: "ops@corp" }, "group"],
  ["a group that is no text", { members: [], group: 580 }, "group"],
  ["a text for acceptLockout", { members: [], acceptLockout: "yes" }, "acceptLockout"],
  ["an argument that is none", { members: [], users: ["ops"] }, "users"],
  ["no host", { members: [], connection: {} }, "connection.host"],
];

suite("wrong arguments of GroupMembership", () => {
  for (const [what, args, property] of WRONG) {
    test(`${what}: refused, at ${property}`, (t) => {
      const problems = groupMembership.check({ connection, ...args });
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
      );
      assertWording(t, problems[0]?.reason ?? "");
    });
  }

  test("right ones are taken", () => {
    const members = ["ops", ".\\kim", "WEB01\\x", "CORP\\Web Operators", "ann@corp.example.com", "S-1-5-21-1-2-3-1104"];
    for (const group of [undefined, "Remote Management Users", "S-1-5-32-580", "BUILTIN\\Users", "Gäste & Co. (neu)"]) {
      assert.deepEqual(groupMembership.check({ connection, members, group, mode: "exclusive" }), []);
    }
  });

  test("unknown values pass", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    assert.deepEqual(groupMembership.check({ connection, members: unknown, group: unknown }), []);
    assert.deepEqual(memberProblems([unknown, unknown]), []);
  });
});

suite("spellings of members and groups", () => {
  test("compare as equal where no host must be asked", () => {
    assert.equal(canonicalMember(".\\OPS"), canonicalMember("ops"));
    assert.equal(canonicalMember("s-1-5-11"), canonicalMember("NT AUTHORITY\\Authenticated Users"));
    assert.notEqual(canonicalMember("CORP\\ops"), canonicalMember("ops"));
    assert.equal(canonicalGroup("builtin\\administrators"), canonicalGroup("S-1-5-32-544"));
    assert.equal(canonicalGroup(undefined), canonicalGroup("winrmremotewmiusers__"));
    assert.equal(accountNameProblem("Administrators", "group"), undefined);
  });

  test("order, case and spelling of members are no change", () => {
    const one = groupMembership.canonicalInputs({ connection, members: ["B\\x", "ops"], group: "Administrators" });
    const other = groupMembership.canonicalInputs({
      connection,
      members: [".\\Ops", "b\\X"],
      group: "S-1-5-32-544",
      mode: "members",
    });
    assert.deepEqual(one, other);
  });

  test("a member that lets everybody in draws a warning", (t) => {
    const warnings = groupMembership.warnings({ connection, members: ["Everyone"] });
    assert.equal(warnings.length, 1);
    assertWording(t, ...warnings);
    assert.deepEqual(groupMembership.warnings({ connection, members: ["CORP\\ann"] }), []);
  });
});
