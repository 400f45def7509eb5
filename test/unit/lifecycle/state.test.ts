/** State that somebody damaged: refused by name, whatever is in it, and what 0.1.0 wrote is taken. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { ResourceType } from "../../../provider/contract/resource-shape";
import { isWinrmError } from "../../../provider/errors";
import { assertState } from "../../../provider/lifecycle/state";
import { RESOURCES } from "../../../scripts/docs-tables/resources";

interface Stored {
  readonly type: string;
  readonly outputs?: Record<string, unknown>;
}

/** Every state of the corpus of 0.1.0, by the name in its type token. */
function corpus(): { readonly type: ResourceType; readonly state: Record<string, unknown> }[] {
  const path = join(__dirname, "../../../../test/engine/golden/state/0.1.0.json");
  const found: { type: ResourceType; state: Record<string, unknown> }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, outputs } = value as Partial<Stored>;
    const name = /^pulumi-nodejs:dynamic\/winrm:(\w+)$/.exec(typeof type === "string" ? type : "")?.[1];
    if (name !== undefined && outputs !== undefined) found.push({ type: name as ResourceType, state: plain(outputs) });
    Object.values(value).forEach(visit);
  };
  visit(JSON.parse(readFileSync(path, "utf8")));
  return found;
}

/** Secrets stand encrypted in a checkpoint; the provider gets their values. */
function plain(outputs: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(outputs, (_key, value: unknown) =>
    typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value ? "a secret" : value,
  );
  const state = JSON.parse(text) as Record<string, unknown>;
  // A connection may be a secret as a whole.
  return typeof state["connection"] === "string" ? { ...state, connection: { host: "web01" } } : state;
}

function refusal(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(isWinrmError(error));
    return error.code;
  }
}

suite("A10: state", () => {
  const states = corpus();

  test("that 0.1.0 wrote is taken by every operation", () => {
    assert.deepEqual([...new Set(states.map(({ type }) => type))].sort(), Object.keys(RESOURCES).sort());
    for (const { type, state } of states) {
      // What is only read is never changed.
      const onlyRead = type === "CertMapping" && !("password" in state);
      for (const operation of onlyRead ? (["read"] as const) : (["diff", "read", "update", "delete"] as const)) {
        assertState(RESOURCES[type], state, operation);
      }
    }
  });

  const DAMAGE = [null, 7, "x", true, ["x"], { x: 1 }, [[]], [7]];

  test("with a damaged key is refused with a code, or the key may have that value", () => {
    let refused = 0;
    for (const { type, state } of states) {
      const shape = RESOURCES[type];
      for (const name of Object.keys(shape.computed).filter((key) => key in state)) {
        for (const damage of DAMAGE) {
          const code = refusal(() => {
            assertState(shape, { ...state, [name]: damage }, "read");
          });
          if (code === undefined) continue;
          assert.equal(code, "WINRM_E_SCHEMA");
          refused += 1;
        }
        const lacking = Object.fromEntries(Object.entries(state).filter(([key]) => key !== name));
        const code = refusal(() => {
          assertState(shape, lacking, "read");
        });
        const optional = shape.optional.includes(name) || name === "schemaVersion";
        assert.equal(code, optional ? undefined : "WINRM_E_SCHEMA", `${type} without ${name}`);
      }
    }
    assert.ok(refused > 500, String(refused));
  });

  for (const version of ["2", null, -1, 0, 1.5, 2, true]) {
    test(`with schemaVersion ${JSON.stringify(version)} is refused`, () => {
      const [first] = states;
      const state = { ...first!.state, schemaVersion: version };
      const code = refusal(() => {
        assertState(RESOURCES[first!.type], state, "delete");
      });
      assert.equal(code, "WINRM_E_SCHEMA");
    });
  }

  test("of a resource that is only read needs its arguments only", () => {
    assertState(RESOURCES.CertMapping, { connection: { host: "web01" } }, "read");
    assert.equal(
      refusal(() => {
        assertState(RESOURCES.CertMapping, { connection: { host: "web01" } }, "delete");
      }),
      "WINRM_E_SCHEMA",
    );
  });

  test("that a refresh made of a value nobody may write is taken", () => {
    const { state } = states.find(({ type }) => type === "TokenFilterPolicy")!;
    assertState(RESOURCES.TokenFilterPolicy, { ...state, localAccountTokenFilterPolicy: 'REG_SZ "1"' }, "update");
  });
});
