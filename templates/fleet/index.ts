import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, GroupMembership, type Connection } from "pulumi-winrm";

/** One host of the inventory: a name that never changes, and what the connection to it needs beyond the site's settings. */
interface Host {
  readonly name: string;
  readonly host: string;
  readonly port?: number;
}

const config = new pulumi.Config();
const hosts = JSON.parse(readFileSync(config.get("inventory") ?? "hosts.json", "utf8")) as Host[];
const operators = config.getObject<string[]>("operators") ?? [];

for (const { name, ...connection } of hosts) {
  const to: Connection = connection;
  new AuthConfig(name, {
    connection: to,
    service: { basic: false, allowUnencrypted: false, cbtHardeningLevel: "Relaxed" },
    client: { basic: false, digest: false, allowUnencrypted: false },
  });
  if (operators.length > 0) {
    // Access through WinRM without administrator rights, in whatever language the host names the group.
    new GroupMembership(name, { connection: to, group: "S-1-5-32-580", members: operators });
  }
}

export const count = hosts.length;
