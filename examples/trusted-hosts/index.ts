import * as pulumi from "@pulumi/pulumi";
import { type Connection, TrustedHosts } from "pulumi-winrm";

const config = new pulumi.Config();

const jumpHost = new TrustedHosts("jump-host", {
  connection: config.requireObject<Connection>("jumpHost"),
  entries: config.requireObject<string[]>("entries"),
  // Entries that others put there stay. With "exclusive" the list would be exactly ours.
  mode: "entries",
});

/** The whole list on the jump host. */
export const effective = jumpHost.effectiveEntries;

/** What was not there before. */
export const added = jumpHost.addedEntries;
