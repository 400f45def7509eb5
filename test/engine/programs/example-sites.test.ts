/** examples/sites, set up with the commands of its README, against the two hosts that the README starts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleFixture } from "../support/example.js";
import { portOf, printed, putsOf, startHost } from "../support/hosts.js";

const PASSWORDS = { SITE_A_PASSWORD: "Ibex-site-a-40127", SITE_B_PASSWORD: "Okapi-site-b-93318" };

test("examples/sites runs as its README says", async (t) => {
  const web01 = await startHost(t, {
    name: "WEB01",
    accounts: [{ name: "ops-a", password: PASSWORDS.SITE_A_PASSWORD }],
    config: { "service/auth/Basic": true },
  });
  const web02 = await startHost(t, {
    name: "WEB02",
    accounts: [{ name: "ops-b", password: PASSWORDS.SITE_B_PASSWORD }],
    http: false,
    https: true,
  });
  const fixture = await exampleFixture(t, "sites", {
    env: PASSWORDS,
    replace: { "15985": String(portOf(web01)), "15986": String(web02.https?.port) },
    files: { "site-b.pem": web02.https?.certificatePem ?? "" },
  });

  const up = printed(await fixture.pulumi(["up", "--yes"]));
  assert.match(up, /\+ 5 created/);
  assert.doesNotMatch(up, /warning:|error:/);
  const written = (host: typeof web01) =>
    putsOf(host)
      .flatMap((leaves) => Object.keys(leaves))
      .sort();
  assert.deepEqual(written(web01), ["client/auth/Basic", "client/auth/Digest", "service/auth/Basic"]);
  assert.deepEqual(written(web02), ["client/auth/Basic", "client/auth/Digest"]);
  const { service } = (await fixture.outputs()) as { service: Record<string, { basic: boolean }> };
  assert.deepEqual(
    Object.entries(service)
      .map(([name, { basic }]) => [name, basic])
      .sort(),
    [
      ["a-web01", false],
      ["b-web02", false],
    ],
  );
  for (const password of Object.values(PASSWORDS)) assert.ok(!fixture.rawFiles().includes(password));
  await fixture.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.deepEqual(
    [web01, web02].map((host) => host.journal.logonFailures()),
    [[], []],
  );
  assert.deepEqual(
    [web01, web02].map((host) => host.config.get("client/auth/Digest")),
    ["true", "true"],
  );
  assert.equal(web01.config.get("service/auth/Basic"), "true");
});
