/** Resources of one program that cannot both have their way, at preview. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { FindingsFile } from "../../../provider/contract/findings-file";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { RecordedRun } from "../../support/processes/recorded-preview";
import { connectionTo, startHost } from "../../support/processes/recorded-process";

type Declared = Pick<Candidate, "type" | "pending" | "site"> & { readonly args: object };

const auth = (service: object): Declared => ({ type: "AuthConfig", args: { service } });
const trusted = (entries: readonly string[], mode: string): Declared => {
  return { type: "TrustedHosts", args: { entries, mode } };
};
const policy = (value: unknown): Declared => {
  return { type: "TokenFilterPolicy", args: { localAccountTokenFilterPolicy: value } };
};

/** Resource and property of each contradiction; the resources are called `one`, `two`. */
async function contradictionsOf(t: TestContext, declared: readonly Declared[], hosts = 1): Promise<string[]> {
  const started = await Promise.all(Array.from({ length: hosts }, () => startHost(t)));
  const folder = mkdtempSync(join(tmpdir(), "findings-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "findings.json");
  const candidates = declared.map(({ args, ...rest }, index): Candidate => {
    const name = ["one", "two"][index]!;
    const connection = connectionTo(started[index % hosts]!);
    return { resource: { name }, name, ...rest, inputs: { connection, ...args } };
  });
  await new RecordedRun({ "winrm:findingsFile": path }).check(candidates);
  const { findings } = JSON.parse(readFileSync(path, "utf8")) as FindingsFile;
  return findings.flatMap((one) =>
    one.rule === "contradiction" ? [`${one.severity} ${one.resource} ${one.property}`] : [],
  );
}

suite("Two resources of a host", () => {
  test("that want different values of one setting are warned, each at its property", async (t) => {
    const both = ["warning one service.certificate", "warning two service.certificate"];
    assert.deepEqual(await contradictionsOf(t, [auth({ certificate: true }), auth({ certificate: false })]), both);
    assert.deepEqual(await contradictionsOf(t, [policy(1), policy("absent")]), [
      "warning one localAccountTokenFilterPolicy",
      "warning two localAccountTokenFilterPolicy",
    ]);
  });

  test("of which one is unchanged: the other is warned", async (t) => {
    const unchanged = { ...auth({ certificate: true }), pending: false };
    assert.deepEqual(await contradictionsOf(t, [unchanged, auth({ certificate: false })]), [
      "warning two service.certificate",
    ]);
  });

  test("that want a whole list and another entry, or two lists, are warned", async (t) => {
    assert.deepEqual(await contradictionsOf(t, [trusted(["a"], "exclusive"), trusted(["b"], "entries")]), [
      "warning one entries",
      "warning two entries",
    ]);
    assert.deepEqual(await contradictionsOf(t, [trusted(["a"], "exclusive"), trusted(["b"], "exclusive")]), [
      "warning one entries",
      "warning two entries",
    ]);
  });

  test("P2: that want the same with two providers are warned, because neither delete sees the other", async (t) => {
    const owned = (owner: object) => ({ site: { owner, config: {}, env: {} } });
    const [a, b] = [owned({}), owned({})];
    const both = ["warning one connection", "warning two connection"];
    const same = auth({ certificate: true });
    assert.deepEqual(
      await contradictionsOf(t, [
        { ...same, ...a },
        { ...same, ...b },
      ]),
      both,
    );
    assert.deepEqual(await contradictionsOf(t, [same, { ...same, ...b }]), both);
    assert.deepEqual(
      await contradictionsOf(t, [
        { ...policy(1), ...a },
        { ...policy(1), ...b },
      ]),
      both,
    );
    const lists = [trusted(["web01", "x"], "entries"), trusted(["WEB01"], "entries")] as const;
    assert.deepEqual(
      await contradictionsOf(t, [
        { ...lists[0], ...a },
        { ...lists[1], ...b },
      ]),
      both,
    );
    for (const [one, two] of [
      [
        { ...same, ...a },
        { ...same, ...a },
      ],
      [
        { ...same, ...a },
        { ...auth({ credSSP: true }), ...b },
      ],
      [
        { ...trusted(["a"], "entries"), ...a },
        { ...trusted(["b"], "entries"), ...b },
      ],
    ] as const)
      assert.deepEqual(await contradictionsOf(t, [one, two]), []);
  });

  test("that want the same, or different things, or are of two hosts, are not", async (t) => {
    for (const agreed of [
      [auth({ certificate: true }), auth({ certificate: true })],
      [auth({ certificate: true }), auth({ credSSP: true })],
      [trusted(["a"], "entries"), trusted(["b"], "entries")],
      [trusted(["a", "B"], "exclusive"), trusted(["b"], "entries")],
    ]) {
      assert.deepEqual(await contradictionsOf(t, agreed), []);
    }
    assert.deepEqual(await contradictionsOf(t, [auth({ certificate: true }), auth({ certificate: false })], 2), []);
  });
});
