/** Commands that look at the local groups of a running simulated host and change their members. */

import type { Command } from "commander";
import type { GroupView } from "../../../simulator/index";
import { type Cell, print, table } from "../shared/terminal";
import { addControlCommand, addQuery, callControl } from "./control-command";

/** Adds `groups`, `member-add` and `member-remove`. */
export function addGroups(simulate: Command): void {
  addQuery(simulate, {
    name: "groups",
    description: "Show the local groups of a running host and their members.",
    area: "groups",
    row: groupRow,
  });
  for (const [name, method, description] of [
    ["member-add", "PUT", "Add a member to a local group of a running host manually."],
    ["member-remove", "DELETE", "Remove a member from a local group of a running host manually."],
  ] as const) {
    addControlCommand(simulate, name, description)
      .argument("<group>", "the group, by name or SID: 'Remote Management Users'")
      .argument("<member>", "the account or group, by name or SID")
      .action(async (control: URL, group: string, member: string) => {
        const groups = (await callControl(control, { method, path: ["groups", group, member] })) as GroupView[];
        const changed = groups.filter((one) =>
          [one.name.toLowerCase(), one.sid.toLowerCase()].includes(group.toLowerCase()),
        );
        print(...table(changed.map(groupRow)));
      });
  }
}

function groupRow({ name, sid, members }: GroupView): readonly Cell[] {
  return [{ text: name }, { text: sid, style: "dim" }, { text: members.join(", ") }];
}
