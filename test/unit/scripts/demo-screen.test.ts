/** What the demo keeps of the CLI's output. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { essentialLines } from "../../../scripts/demo/screen";

test("findings, differences and counts are kept, each once; progress and URNs are not", () => {
  const output = `Previewing update (dev):
@ previewing update....
 +  pulumi-nodejs:dynamic/winrm:AuthConfig a create error: service.basic: no [WINRM_E_LOCKOUT]
Diagnostics:
  pulumi:pulumi:Stack (demo-dev):
    pre-flight: 2 hosts read, 0 hosts not; 1 change, 1 finding
      1 host: service.basic true → false (web01)
    error: pre-flight: 1 problem

  pulumi-nodejs:dynamic/winrm:AuthConfig (a):
    live on web01: service.basic is true, wanted false
    error: service.basic: no [WINRM_E_LOCKOUT]

      ~ service: {
          ~ basic: false => true
        }
Resources:
    + 7 to create
    3 errored

Resources:
    + 7 to create
`;
  assert.deepEqual(essentialLines(output), [
    "pre-flight: 2 hosts read, 0 hosts not; 1 change, 1 finding",
    "  1 host: service.basic true → false (web01)",
    "error: pre-flight: 1 problem",
    "error: service.basic: no [WINRM_E_LOCKOUT]",
    "~ basic: false => true",
    "+ 7 to create",
    "3 errored",
  ]);
});
