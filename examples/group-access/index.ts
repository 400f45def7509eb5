import * as pulumi from "@pulumi/pulumi";
import { type Connection, GroupMembership } from "pulumi-winrm";

const config = new pulumi.Config();
const connection = config.requireObject<Connection>("host");

/** Who may open remote shells without being an administrator. Members that others put there stay. */
const operators = new GroupMembership("operators", {
  connection,
  group: "Remote Management Users",
  members: config.requireObject<string[]>("operators"),
});

/** Who may read the host's event logs: only these. */
const auditors = new GroupMembership("auditors", {
  connection,
  group: "Event Log Readers",
  members: config.requireObject<string[]>("auditors"),
  mode: "exclusive",
});

/** The groups as they are, in the host's own words. */
export const members = {
  operators: operators.effectiveMembers,
  auditors: auditors.effectiveMembers,
};

/** What destroy will take out again. */
export const added = operators.addedMembers;
