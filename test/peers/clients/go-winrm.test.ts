import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { buildGoClient, goCommands, skipWithoutGo } from "./go-winrm";

const ACCOUNT = { name: "ops", password: "Winter-2031!" } as const;

suite("masterzen/winrm (Go)", { skip: skipWithoutGo() }, () => {
  test("H1: runs commands sealed with NTLM, with its empty POST before each message", async (t) => {
    const built = buildGoClient(t);
    if ("missing" in built) {
      t.skip(built.missing);
      return;
    }
    const host = await SimulatedHost.start({ accounts: [ACCOUNT] });
    t.after(() => host.stop());
    const job = { port: host.http!.port, user: ACCOUNT.name, password: ACCOUNT.password };
    const commands = ["hostname", "echo a & nosuchprogram & echo b", "exit 3"];
    const [first, second, third] = await goCommands(t, built.file, { ...job, commands });
    assert.deepEqual(first, { exitCode: 0, stdout: "WEB01\r\n", stderr: "" });
    assert.deepEqual([second!.stdout, /nosuchprogram/.test(second!.stderr)], ["a \r\nb\r\n", true]);
    assert.equal(third!.exitCode, 3);
    assert.ok(host.journal.requests().every(({ sealed, status }) => sealed && status === 200));
    const onLoggedOn = host.journal.entries().filter(({ phase, status }, index, all) => {
      const before = all[index - 1];
      return phase === "unauthenticated" && status === 401 && before?.connection === all[index]?.connection;
    });
    assert.ok(onLoggedOn.length > 0, "it asked for the schemes on connections that were logged on");
    assert.equal(host.shells.open, 0);
  });
});
