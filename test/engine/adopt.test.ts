/** What a create finds, and what a destroy leaves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byCode,
  type Declared,
  connectionTo,
  hostFixture,
  linesWith,
  printed,
  putsOf,
  startHost,
} from "./support/hosts.js";

test("a host that is as wanted is adopted without a write; destroy leaves what is not its own to put back", async (t) => {
  const adopted = await startHost(t, {
    name: "ADOPTED",
    config: { "service/auth/Basic": false, "client/TrustedHosts": "Lab-01,*.lab.example.com" },
  });
  const left = await startHost(t, { name: "LEFT" });
  const drifted = await startHost(t, { name: "DRIFTED" });
  const resources: Declared[] = [
    {
      type: "AuthConfig",
      name: "same",
      args: { connection: connectionTo(adopted), service: { basic: false, kerberos: true }, client: { digest: true } },
    },
    {
      type: "TrustedHosts",
      name: "sameList",
      args: { connection: connectionTo(adopted), entries: ["*.LAB.example.com", "lab-01"] },
    },
    {
      type: "AuthConfig",
      name: "leaves",
      args: { connection: connectionTo(left), client: { digest: false }, onDelete: "leave" },
    },
    {
      type: "AuthConfig",
      name: "changed",
      args: {
        connection: connectionTo(drifted),
        service: { cbtHardeningLevel: "Strict" },
        client: { digest: false },
      },
    },
  ];
  const fixture = await hostFixture(t, { resources });
  assert.match(printed(await fixture.apply()), /\+ 5 created/);
  assert.deepEqual(putsOf(adopted), []);
  assert.deepEqual(putsOf(left), [{ "client/auth/Digest": "false" }]);
  assert.equal(putsOf(drifted).length, 2);

  drifted.config.set("service/auth/CbtHardeningLevel", "None");
  for (const host of [adopted, left, drifted]) host.journal.clear();
  const text = printed(await fixture.pulumi(["destroy", "--yes", "--skip-preview"]));
  assert.match(text, /- 5 deleted/);
  assert.deepEqual(putsOf(adopted), []);
  assert.equal(left.journal.length, 0, "with onDelete: leave the host is not even asked");
  assert.deepEqual(putsOf(drifted), [{ "client/auth/Digest": "true" }]);
  assert.equal(drifted.config.get("service/auth/CbtHardeningLevel"), "None");
  assert.deepEqual(byCode(linesWith(text, /^ +warning: /)), ["warning: service.cbtHardeningLevel [WINRM_E_DRIFT]"]);
});
