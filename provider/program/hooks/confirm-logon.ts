import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../contract/connection/connection";
import { Settings } from "../../contract/settings";
import { WinrmError } from "../../errors";
import { type HookBindings, hook } from "./hook";

/**
 * Resource hooks that log in to the host again, with the resource's own connection, after each create and update, and
 * read its configuration. A failed logon fails the deployment (Pulumi 3.238 or later; a warning before), so that a
 * pipeline stops before the next host. The change itself stays: what undoes a wrong change is the confirmation window.
 * It never runs in a preview.
 *
 * ```ts
 * import { GroupMembership, confirmLogon } from "pulumi-winrm";
 *
 * const args = { connection: { host: "web01" }, members: ["CORP\\ops"] };
 * new GroupMembership("web01", args, { hooks: confirmLogon() });
 * ```
 * @throws WinrmError in the hook: that of the logon that failed.
 */
export function confirmLogon(): HookBindings {
  const check = hook("pulumi-winrm:confirm-logon", {}, async ({ name, newInputs }) => {
    const { connection } = (await plain(newInputs as Record<string, unknown>)) as { connection?: Connection };
    if (connection === undefined) {
      throw new WinrmError(
        "WINRM_E_ARGUMENT",
        `${name} has no connection to log in with: confirmLogon is for resources of pulumi-winrm`,
      );
    }
    const config = new pulumi.Config("winrm");
    const settings = new Settings((key) => config.get(key.replace(/^winrm:/, "")), process.env);
    const { logOnAnew } = await import("./log-on-anew.js");
    await logOnAnew(connection, settings);
  });
  return { afterCreate: [check], afterUpdate: [check] };
}

/** Secret values come to a hook wrapped in outputs. */
function plain(inputs: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve) => pulumi.output(inputs).apply(resolve));
}
