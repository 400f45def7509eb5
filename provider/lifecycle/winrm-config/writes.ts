import { type WinrmConfig, putLeaves, readConfig } from "../../host/config";
import { type WantedLeaves, afterWriting, differingLeaves, writesFor } from "./diff";
import type { HostView } from "../../host/host-view";
import type { Plan, Write } from "../change/reconcile";
import type { Assessment } from "../lifecycle";

/** `winrm/config` as the resources that own leaves of it observe and write it. */

/** The whole configuration; all resources of one host share the read. */
export function observeConfig(view: HostView): Promise<WinrmConfig> {
  return view.read(readConfig);
}

/** One Put for each part of the configuration that the assessment changes. */
export function configPlan({ findings, changes }: Assessment): Plan<WinrmConfig> {
  return { findings, writes: configWrites(changes) };
}

function configWrites(changes: WantedLeaves): Write<WinrmConfig>[] {
  return writesFor(changes).map(({ resource, leaves }) => {
    const wanted = new Map([...leaves].map(([leaf, value]) => [`${resource}/${leaf}`, value]));
    return {
      operation: `write winrm/config/${resource} (${[...leaves.keys()].join(", ")})`,
      run: (client, signal) => putLeaves(client, { resource, leaves }, signal),
      unmet: (observed) =>
        [...differingLeaves(wanted, observed)].map(
          ([path, value]) => `${path} is ${observed.get(path)?.value ?? "absent"}, not ${value}`,
        ),
      predictedState: (observed) => afterWriting(observed, wanted),
    };
  });
}
