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
    pre-flight: 5 hosts read; 6 changes, 1 finding
      5 hosts: client.digest is true, wanted false (web01, web02, web03, web04, web05)
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
    "pre-flight: 5 hosts read; 6 changes, 1 finding",
    "  5 hosts: client.digest is true, wanted false (web01, web02, web03, web04, web05)",
    "error: pre-flight: 1 problem",
    "live on web01: service.basic is true, wanted false",
    "error: service.basic: no [WINRM_E_LOCKOUT]",
    "~ basic: false => true",
    "+ 7 to create",
    "3 errored",
  ]);
});
