/** Simulated hosts behind a relay, so that a test sees every socket and every byte. */
import type { TestContext } from "node:test";
import { type HostOptions, SimulatedHost } from "../../../simulator";
import { later } from "../cleanup";
import { type Judge, type Relay, startRelay } from "./relay";
import { ACCOUNT } from "./sessions";

/** A host with one administrator, stopped at the end of the test. */
export async function startHost(t: TestContext, options: HostOptions = {}): Promise<SimulatedHost> {
  const host = await SimulatedHost.start({ accounts: [ACCOUNT], ...options });
  later(t, () => host.stop());
  return host;
}

/** A host and the relay in front of its http listener, or of its https listener if it has one. */
export async function startRelayedHost(
  t: TestContext,
  options: HostOptions = {},
  relayOptions: { readonly address?: string; readonly judge?: Judge } = {},
): Promise<{ host: SimulatedHost; relay: Relay }> {
  const host = await startHost(t, options);
  const relay = await startRelay(t, host.https?.port ?? host.http!.port, relayOptions);
  return { host, relay };
}
