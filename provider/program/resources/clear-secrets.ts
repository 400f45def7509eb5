import * as pulumi from "@pulumi/pulumi";
import { WinrmError } from "../../errors";
import { isRecord } from "../../contract/checks";
import { SECRET_AUTH } from "../../contract/connection/connection-settings";
import type { ResourceShape } from "../../contract/resource-shape";
import { type OutputState, isAsInState } from "./registered-arguments";

/**
 * A transform of the program or of a component runs after the constructor, so that a secret which it gives by value is not
 * made one: Pulumi would keep it in state in clear. The engine tells what it is going to keep only once the resource is
 * registered, which at preview is before anything is kept: there it is an error.
 */
export function reportClearSecrets(resource: pulumi.CustomResource, shape: ResourceShape): void {
  const release = pulumi.runtime.rpcKeepAlive();
  void clearSecrets(resource, shape)
    .then(async (names) => {
      const preview = pulumi.runtime.isDryRun();
      if (names.length === 0 || (preview && (await isAsInState(resource)))) return;
      const { message } = inClear(names, preview);
      await (preview ? pulumi.log.error(message, resource) : pulumi.log.warn(message, resource));
    })
    .catch(() => undefined)
    .finally(release);
}

/** Paths of arguments that hold a secret by value, and that the engine does not have as secrets. */
export async function clearSecrets(resource: pulumi.CustomResource, { secrets }: ResourceShape): Promise<string[]> {
  const outputs = resource as unknown as Readonly<Record<string, OutputState | undefined>>;
  const found = ["connection", ...secrets].map(async (name) => {
    const output = outputs[name];
    // What is nested in an argument and is a secret makes the whole argument one.
    if (!pulumi.Output.isInstance(output) || (await output.isSecret)) return [];
    const value = await output.promise(true);
    if (name !== "connection") return typeof value === "string" ? [name] : [];
    const { auth, proxy } = isRecord(value) ? value : {};
    const given = isRecord(auth) ? SECRET_AUTH.filter((field) => typeof auth[field] === "string") : [];
    const hasCredential = typeof proxy === "string" && proxy.includes("@");
    return [...given.map((field) => `connection.auth.${field}`), ...(hasCredential ? ["connection.proxy"] : [])];
  });
  return (await Promise.all(found)).flat();
}

/** @param preview nothing is in state yet. */
function inClear(names: readonly string[], preview: boolean): WinrmError {
  const [kept, then] = preview ? ["would be kept", ""] : ["stands", ", change the secret, and run pulumi up"];
  const summary = `${names.join(", ")}: a transform gives the value in clear, and it ${kept} in clear in state`;
  const remedy = `give a reference there, { env: "NAME" }, or pulumi.secret(…)${then}`;
  return new WinrmError("WINRM_E_ARGUMENT", summary, { remedy });
}
