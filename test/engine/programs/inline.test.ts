/** Several stacks of one inline program, at once in one process. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Sdk from "@pulumi/pulumi";
import type * as winrm from "../../../provider/index.js";
import { PASSWORD, USERNAME, connectionTo, startHost } from "../support/hosts.js";
import { inlineStack } from "../support/inline.js";

test("what the pre-flight of one stack finds fails that one, and none that runs beside it", async (t) => {
  const host = await startHost(t);
  const wanted: Readonly<Record<string, object>> = { bad: { negotiate: false }, good: { basic: true } };
  // Each program waits for the other, so that they run at the same time.
  const here = new Map<string, () => void>();
  const together = Promise.all(Object.keys(wanted).map((name) => new Promise<void>((come) => here.set(name, come))));
  const { stacks } = await inlineStack(
    t,
    async (require) => {
      const pulumi = require("@pulumi/pulumi") as typeof Sdk;
      const { AuthConfig } = require("pulumi-winrm") as typeof winrm;
      const name = pulumi.getStack();
      here.get(name)?.();
      await together;
      const connection = connectionTo(host, { auth: { username: USERNAME, password: PASSWORD } }) as { host: string };
      new AuthConfig("web01", { connection, service: wanted[name] ?? {} });
      return {};
    },
    { stacks: Object.keys(wanted) },
  );
  const lines: string[][] = [[], []];
  const results = await Promise.allSettled(
    stacks.map((stack, index) => stack.preview({ onOutput: (line) => lines[index]?.push(line) })),
  );
  const text = lines.map((one) => one.join(""));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "fulfilled"],
    text.join("\n"),
  );
  assert.match(text[0] ?? "", /WINRM_E_LOCKOUT/);
  assert.doesNotMatch(text[1] ?? "", /WINRM_E_LOCKOUT|pre-flight: 1 problem/);
});
