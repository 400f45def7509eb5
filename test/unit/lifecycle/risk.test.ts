import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readableOld, wayBack } from "../../../provider/lifecycle/safety/risk";

describe("the old values of a risky change", () => {
  it("are told in the words of the resources", () => {
    const { old } = wayBack([
      { kind: "setting", path: "service/auth/Basic", from: "true", to: "false" },
      { kind: "setting", path: "service/auth/CredSSP", from: "true", to: "false" },
      { kind: "setting", path: "service/AllowUnencrypted", from: "true", to: "false" },
      { kind: "token-filter", from: 1, to: undefined },
      { kind: "removal", group: "Remote Management Users", member: "WEB01\\kim", mayBeCaller: true },
      { kind: "addition", group: "Guests", member: "WEB01\\ops" },
    ]);
    assert.equal(
      readableOld(old),
      "service.basic true, service.credSSP true, service.allowUnencrypted true, localAccountTokenFilterPolicy 1, " +
        "Remote Management Users with WEB01\\kim, Guests without WEB01\\ops",
    );
  });
});
