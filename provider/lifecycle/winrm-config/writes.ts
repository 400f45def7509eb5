import { type LeafValues, type WinrmConfig, putLeaves, readConfig, splitPath } from "../../host/config";
import type { HostView } from "../../host/host-view";
import type { Write } from "../change/plan";
import { afterWriting, differingLeaves, putsFor } from "./diff";

/** `winrm/config` as the resources that own settings of it observe and write it. */

/** The whole configuration; all resources of one host share the read. */
export function observeConfig(view: HostView): Promise<WinrmConfig> {
  return view.read(readConfig);
}

/** One Put for each part of the configuration in which something is to change. */
export function configWrites(changes: LeafValues): Write<WinrmConfig>[] {
  return putsFor(changes).map(({ resource, leaves }) => ({
    operation: `write winrm/config/${resource} (${[...leaves.keys()].map((path) => splitPath(path).leaf).join(", ")})`,
    leaves,
    changes: (observed) =>
      [...leaves].map(([path, to]) => {
        const from = observed.get(path)?.value ?? "";
        return { kind: "setting", path, from: String(from), to: String(to) };
      }),
    run: (client, signal) => putLeaves(client, { resource, leaves }, signal),
    unmet: (observed) =>
      [...differingLeaves(leaves, observed)].map(
        ([path, value]) => `${path} is ${observed.get(path)?.value ?? "absent"}, not ${value}`,
      ),
    predictedState: (observed) => afterWriting(observed, leaves),
  }));
}
