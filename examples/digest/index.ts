import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type Connection } from "pulumi-winrm";

const config = new pulumi.Config();
/** Connections by resource name. */
const hosts = config.requireObject<Record<string, Connection>>("hosts");
/** The hosts that talk to management boards, which know Digest only. */
const allowed = new Set(config.getObject<string[]>("allowed") ?? []);

const managed = Object.entries(hosts).map(([name, connection]) => {
  // A client's setting: a WinRM service has no Digest, and `service.digest` is refused with that reason.
  const resource = new AuthConfig(name, { connection, client: { digest: allowed.has(name) } });
  return { name, resource };
});

/** Whether each host's client answers Digest challenges now. */
export const digest = Object.fromEntries(
  managed.map(({ name, resource }) => [name, resource.effective.client.apply((client) => client.digest)]),
);
