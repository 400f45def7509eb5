/** Local groups and their members over the control interface. */

import type { GroupView } from "../edits/groups";
import type { SimulatedHost } from "../host";
import type { ControlArea } from "./area";

/** `GET groups`; `PUT` and `DELETE groups/<group>/<member>`, both by name or SID. */
export const groupsArea: ControlArea = ({ method, path: [group = "", member = ""] }, { groups }) => {
  switch (method) {
    case "GET":
      return listed(groups);
    case "PUT":
      groups.add(group, member);
      return listed(groups);
    case "DELETE":
      groups.remove(group, member);
      return listed(groups);
    default:
      return undefined;
  }
};

function listed(groups: SimulatedHost["groups"]): GroupView[] {
  return groups.all();
}
