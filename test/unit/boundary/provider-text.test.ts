/** The text in every stack's state. Changing it would change every resource of every user. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runInNewContext } from "node:vm";
import * as runtime from "../../../provider/runtime";
import { providerText } from "../../../provider/program/resources/winrm-resource";

const FROZEN = {
  AuthConfig: 'exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;',
  CertMapping: 'exports.handler=()=>require("pulumi-winrm/runtime").CertMapping;',
  GroupMembership: 'exports.handler=()=>require("pulumi-winrm/runtime").GroupMembership;',
  TrustedHosts: 'exports.handler=()=>require("pulumi-winrm/runtime").TrustedHosts;',
  TokenFilterPolicy: 'exports.handler=()=>require("pulumi-winrm/runtime").TokenFilterPolicy;',
} as const;

suite("the provider text", () => {
  for (const type of Object.keys(FROZEN) as (keyof typeof FROZEN)[]) {
    test(`of ${type} is frozen, and at most 100 bytes`, () => {
      assert.equal(providerText(type), FROZEN[type]);
      assert.ok(Buffer.byteLength(providerText(type)) <= 100);
    });

    test(`of ${type} leads to its provider, with every method`, () => {
      const module = { exports: {} as { handler?: () => unknown } };
      const require = (path: string) => {
        assert.equal(path, "pulumi-winrm/runtime");
        return runtime;
      };
      runInNewContext(providerText(type), { exports: module.exports, require });
      const provider = module.exports.handler?.();
      assert.equal(provider, runtime[type]);
      assert.deepEqual(Object.keys(provider as object).sort(), [
        "check",
        "configure",
        "create",
        "delete",
        "diff",
        "read",
        "update",
      ]);
    });
  }

  test("the runtime exports these names and no others", () => {
    assert.deepEqual(Object.keys(runtime).sort(), Object.keys(FROZEN).sort());
  });
});
