/** Every argument and output stands in a table of docs/ with all its facts, as its doc comment has them. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CONFIRM_SECONDS } from "../../../provider/contract/confirm";
import { type ResourceType, outputNames } from "../../../provider/contract/resource-shape";
import { AUTH_LEAVES, propertyOf } from "../../../provider/lifecycle/winrm-config/leaves";
import { Declarations, type Property } from "../../../scripts/docs-tables/declarations";
import { markedTables } from "../../../scripts/docs-tables/markdown-tables";
import {
  ARGUMENT_FACTS,
  OUTPUT_FACTS,
  connectionProperties,
  resourceArguments,
  resourceOutputs,
} from "../../../scripts/docs-tables/property-tables";
import { RESOURCES } from "../../../scripts/docs-tables/resources";
import { writtenTables } from "../../../scripts/docs-tables/written-tables";
import { read } from "./documents";

const declarations = new Declarations();

/** `effective @unset`: the facts that doc comments lack. */
function lacking(properties: readonly Property[], facts: readonly string[]): string[] {
  return properties.flatMap((property) =>
    ["", ...facts]
      .filter((fact) => ((fact === "" ? property.meaning : property.facts.get(fact)) ?? "") === "")
      .map((fact) => `${property.name} @${fact}`),
  );
}

suite("the doc comments of a resource", () => {
  for (const [name, shape] of Object.entries(RESOURCES)) {
    const type = name as ResourceType;
    const settings = resourceArguments(declarations, type);
    const outputs = resourceOutputs(declarations, type);

    test(`${type}: every argument has its place on the host, its default, what unset means and what delete does`, () => {
      const named = new Set(settings.map((one) => one.name.split(".")[0]));
      assert.deepEqual([...named].sort(), Object.keys(shape.arguments).sort());
      assert.deepEqual(lacking(settings, ARGUMENT_FACTS), []);
    });

    test(`${type}: every output has its place on the host, what absence means and what delete does with it`, () => {
      const computed = Object.keys(shape.computed).filter((one) => one !== "schemaVersion");
      assert.deepEqual(outputs.map((one) => one.name).sort(), computed.sort());
      assert.deepEqual(lacking(outputs, OUTPUT_FACTS), []);
    });

    test(`${type}: the class has every argument and output, each with its hover`, () => {
      const members = declarations.properties(type);
      const names = members.map((one) => one.name);
      assert.deepEqual(
        outputNames(shape).filter((one) => one !== "schemaVersion" && !names.includes(one)),
        [],
      );
      assert.deepEqual(lacking(members, []), []);
    });
  }

  test("AuthConfig: the place of a setting is where the provider reads and writes it", () => {
    const settings = new Map(resourceArguments(declarations, "AuthConfig").map((one) => [one.name, one]));
    for (const leaf of AUTH_LEAVES) {
      const [, resource = "", name = ""] = /^(.*)\/(\w+)$/.exec(leaf.path) ?? [];
      const place = `\`winrm/config/${resource}\` \`${name}\``;
      assert.equal(settings.get(propertyOf(leaf))?.facts.get("windows"), place, propertyOf(leaf));
    }
  });
});

suite("the doc comments of a connection", () => {
  const properties = connectionProperties(declarations);

  test("every row of the table of settings has a meaning and a default", () => {
    assert.ok(properties.length > 25);
    for (const { property, default: otherwise } of properties)
      assert.ok(property.meaning !== "" && otherwise !== "", property.name);
  });

  test("a default that the table has is the one that the doc comment says", () => {
    const withDefault = properties.filter(({ row }) => row.default !== undefined);
    assert.ok(withDefault.length >= 5);
    for (const { row, default: otherwise } of withDefault)
      assert.equal(otherwise.replace(/[`"]/g, ""), String(row.default), row.path);
    const confirm = properties.find(({ row }) => row.setting === "confirm");
    assert.equal(confirm?.default, `\`${CONFIRM_SECONDS.default}\``);
  });
});

suite("docs/", () => {
  for (const [page, tables] of Object.entries(writtenTables(declarations))) {
    test(`${page} has the tables that npm run docs:tables makes of the code`, () => {
      const found = markedTables(read(`docs/${page}`));
      assert.deepEqual(Object.fromEntries(found), tables);
    });
  }
});
