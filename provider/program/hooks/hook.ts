import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { WinrmError } from "../../errors";

/** What a resource takes as its option `hooks`. */
export type HookBindings = NonNullable<pulumi.ResourceOptions["hooks"]>;

/** By the engine's monitor: one process may run several inline programs, and each registers its own. */
const registered = new WeakMap<object, Map<string, pulumi.ResourceHook>>();
/** Where there is no monitor. */
const NOWHERE = {};

/**
 * A resource hook with a name that follows from what it does: the SDK registers each name once, and one hook serves any
 * number of resources.
 * @throws WinrmError `WINRM_E_ARGUMENT` where the SDK is older than resource hooks (3.182).
 */
export function hook(kind: string, settings: unknown, callback: pulumi.ResourceHookFunction): pulumi.ResourceHook {
  if (typeof (pulumi as Partial<typeof pulumi>).ResourceHook !== "function") {
    throw new WinrmError("WINRM_E_ARGUMENT", `${kind} needs resource hooks, which @pulumi/pulumi has from 3.182 on`);
  }
  const name = `${kind}:${createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 12)}`;
  const monitor: unknown = pulumi.runtime.getMonitor();
  const run = typeof monitor === "object" && monitor !== null ? monitor : NOWHERE;
  const known = registered.get(run) ?? new Map<string, pulumi.ResourceHook>();
  registered.set(run, known);
  const made = known.get(name) ?? new pulumi.ResourceHook(name, callback);
  known.set(name, made);
  return made;
}
