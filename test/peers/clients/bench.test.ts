/** The bench of sessions: that both sides do the same work, and how many requests each needs; never how long it takes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { runCommand } from "../../../tools/pulumi-cli/run-command";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { skipWithoutPywinrm } from "./peer";

interface Side {
  readonly ms: number;
  readonly requests: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

interface Printed {
  readonly peer: string;
  readonly rows: readonly {
    readonly order: string;
    readonly ours: Side;
    readonly theirs: Side;
    readonly ratio: number;
    readonly floor: { readonly ms: number; readonly ratio: number };
  }[];
}

suite("npm run bench -- session", { skip: skipWithoutPywinrm() }, () => {
  test("prints time, requests and bytes of a cold and a warm read beside pywinrm's", async () => {
    const bench = join(projectRoot, "dist", "scripts", "bench.js");
    const run = await runCommand(process.execPath, [bench, "session", "--rounds", "1", "--warm-up", "1", "--json"], {
      timeoutMs: 240_000,
    });
    assert.equal(run.code, 0, run.stderr);
    const { peer, rows } = JSON.parse(run.stdout) as Printed;
    assert.match(peer, /^pywinrm \d/);
    assert.deepEqual(
      rows.map(({ order, ours, theirs }) => [order, ours.requests, theirs.requests]),
      [
        ["cold", 3, 4],
        ["warm", 1, 1],
      ],
    );
    for (const { ours, theirs, ratio, floor } of rows) {
      const sides = [ours, theirs].flatMap(({ ms, bytesOut, bytesIn }) => [ms, bytesOut, bytesIn]);
      for (const figure of [...sides, ratio, floor.ms, floor.ratio]) {
        assert.ok(Number.isFinite(figure) && figure > 0);
      }
    }
  });
});
