/** `pulumi-winrm prove` as a command: what it refuses before anything is sent, and how it ends. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { runCommandLine } from "../../../provider/cli/command-line";
import { proofLines, summaryLine } from "../../../provider/cli/prove/report";
import type { Proof } from "../../../provider/cli/prove/row";
import { exitCodeOf } from "../../../provider/cli/prove/run";
import { among } from "../../../provider/cli/shared/surroundings";
import { SimulatedHost } from "../../../simulator";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { runHere } from "../../support/processes/command-line";
import { assertWording } from "../../support/pages/golden";

const PASSWORD = "Winter-2031!";
const ENV = { WINRM_PASSWORD: PASSWORD };
/** Nothing listens there. */
const CLOSED = ["127.0.0.1", "--transport", "http", "--port", "1", "--username", "ops", "--method", "ntlm"] as const;

const proof = (verdict: Proof["verdict"], observed = "no entry"): Proof => ({
  assumption: "store-defaults",
  expected: "an entry",
  observed,
  verdict,
});

suite("prove as a command", () => {
  test("refuses without the host's name a second time, and nothing is sent", async (t) => {
    const host = await SimulatedHost.start({ accounts: [{ name: "ops", password: PASSWORD }] });
    t.after(() => host.stop());
    const words = ["prove", "127.0.0.1", "--transport", "http", "--port", String(host.http!.port), "--username", "ops"];
    for (const more of [[], ["--yes", "another"], ["--yes", ""]]) {
      const { code, stdout, stderr } = await runHere([...words, ...more], ENV);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /WINRM_E_ARGUMENT/);
      assert.match(stderr, /--yes 127\.0\.0\.1/);
    }
    let asked = "";
    let err = "";
    const code = await runCommandLine(["node", "pulumi-winrm", ...words], {
      env: ENV,
      out: () => undefined,
      err: (text) => void (err += text),
      ask: (question) => {
        asked = question;
        return Promise.resolve("yes");
      },
    });
    assert.equal(code, 2);
    assert.match(asked, /name/);
    assertWording(t, err);
    assert.deepEqual(host.journal.requests(), []);
  });

  test("ends with 2 where the host cannot be asked", async () => {
    const { code, stderr } = await runHere(["prove", ...CLOSED, "--yes", "127.0.0.1"], ENV);
    assert.equal(code, 2);
    assert.match(stderr, /WINRM_E_CONNECTION_REFUSED/);
  });

  test("ends with 0, 1 or 2, and what is left on the host is no success", () => {
    const ending = (verdicts: readonly Proof["verdict"][], left: readonly string[] = []) =>
      exitCodeOf({ proofs: verdicts.map((verdict) => proof(verdict)), left, windows: "" });
    assert.equal(ending(["holds", "holds"]), 0);
    assert.equal(ending(["holds", "unchecked"]), 2);
    assert.equal(ending(["unchecked", "differs"]), 1);
    assert.equal(ending(["holds"], ["service/auth/Basic"]), 1);
  });

  test("says of each row what was expected and observed, within 60 columns", () => {
    for (const columns of [60, 80]) {
      const rows = (["holds", "differs", "unchecked"] as const).map((verdict) =>
        proof(verdict, "needs one ".repeat(12).trim()),
      );
      const surroundings = { env: {}, out: () => undefined, err: () => undefined, columns };
      const lines = among(surroundings, () => [...rows.flatMap(proofLines), summaryLine(rows)]);
      const plain = lines.map((line) => line.replace(/\u001b\[\d+m/g, ""));
      assert.ok(
        plain.every((line) => line.length <= columns),
        plain.join("\n"),
      );
      assert.equal(plain.filter((line) => line.includes("store-defaults")).length, 3);
      assert.equal(plain.filter((line) => /expected {2}an entry/.test(line)).length, 3);
      assert.equal(plain.at(-1), "1 as assumed, 1 differs, 1 not checked.");
    }
  });

  test("takes the commands of its page and of its example", async () => {
    const pages = ["docs/prove.md", "examples/prove-on-windows/README.md"];
    const commands = pages.flatMap((page) => [
      ...readFileSync(join(projectRoot, page), "utf8").matchAll(/^npx pulumi-winrm (prove .*)$/gm),
    ]);
    assert.ok(commands.length >= 5);
    for (const [, line = ""] of commands) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
      // Of the page's host nothing is there: neither its name nor its certificate.
      const here = words
        .filter((word, index) => word !== "--ca" && words[index - 1] !== "--ca")
        .map((word) => (word === "vm01" ? "127.0.0.1" : word));
      const yes = words.includes("--yes") ? [] : ["--yes", "127.0.0.1"];
      const { code, stderr } = await runHere([...here, ...yes, "--port", "1"], { ...ENV, OPS_PASSWORD: PASSWORD });
      assert.equal(code, 2);
      assert.match(stderr, /WINRM_E_CONNECTION_REFUSED/, line);
    }
  });
});
