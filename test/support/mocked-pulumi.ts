/** Pulumi's mocks for the tests of a suite: each resource is made as it was asked for. */
import { afterEach, beforeEach } from "node:test";
import * as pulumi from "@pulumi/pulumi";

/** To be called in the suite. */
export function mockPulumi(): void {
  beforeEach(() => {
    void pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({}),
    });
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
  });
}
