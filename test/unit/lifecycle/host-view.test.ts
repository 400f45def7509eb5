/** What resources of one host share when they read it. The reader counts; no host is needed. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { HostSnapshot, type HostRead, coalescingReader } from "../../../provider/host/host-view";
import { LogonGuard } from "../../../provider/session/guard/logon-guard";
import { Session } from "../../../provider/session/session";
import { NEVER, targetOf } from "../../support/hosts/sessions";

function counted(): { reader: HostRead<string>; keys: string[] } {
  const keys: string[] = [];
  return {
    keys,
    reader: (_client, _signal, key) => {
      keys.push(key);
      return key === "bad" ? Promise.reject(new Error("no")) : Promise.resolve(`${key}-${keys.length}`);
    },
  };
}

const session = () => new Session(targetOf(1), new LogonGuard());

suite("a view of a host", () => {
  test("a snapshot reads each part once, for every view of it, and keeps a failure", async () => {
    const { reader, keys } = counted();
    const snapshot = new HostSnapshot(session());
    const [one, two] = [snapshot.view(NEVER), snapshot.view(NEVER)];
    assert.deepEqual(await Promise.all([one.read(reader, "a"), two.read(reader, "a"), one.read(reader, "b")]), [
      "a-1",
      "a-1",
      "b-2",
    ]);
    assert.equal(await two.read(reader, "a"), "a-1");
    await assert.rejects(one.read(reader, "bad"), /no/);
    await assert.rejects(two.read(reader, "bad"), /no/);
    assert.deepEqual(keys, ["a", "b", "bad"]);
    const other = counted();
    assert.equal(await one.read(other.reader, "a"), "a-1");
    assert.deepEqual(other.keys, ["a"], "another reader is another part");
  });

  test("a live view shares a read that is under way, and nothing older", async () => {
    const { reader, keys } = counted();
    const one = session();
    const both = await Promise.all([
      coalescingReader(one, NEVER).read(reader),
      coalescingReader(one, NEVER).read(reader),
    ]);
    assert.deepEqual(both, ["-1", "-1"]);
    assert.equal(await coalescingReader(one, NEVER).read(reader), "-2");
    assert.equal(await coalescingReader(session(), NEVER).read(reader), "-3");
    assert.equal(keys.length, 3);
  });
});
