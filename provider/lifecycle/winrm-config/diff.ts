import { type ConfigLeaf, type ConfigResource, type WinrmConfig, splitPath } from "../../host/config";

/** What to write to `winrm/config`: pure functions from wanted and observed values. */

/** Wanted values by path, in the host's own order of leaves. */
export type WantedLeaves = ReadonlyMap<string, string>;

/** One Put. */
export interface ConfigWrite {
  readonly resource: ConfigResource;
  /** Leaf names and values. */
  readonly leaves: ReadonlyMap<string, string>;
}

/** The order of writes: what this package's own connections depend on comes last. */
const RESOURCE_ORDER: readonly ConfigResource[] = ["client", "client/auth", "service", "service/auth"];

/** Host values compare without regard to case: Windows writes `true`, tools write `True`. */
export function sameValue(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The wanted leaves that the host does not have; a leaf that the host does not show at all counts as different. */
export function differingLeaves(wanted: WantedLeaves, observed: WinrmConfig): WantedLeaves {
  return new Map([...wanted].filter(([path, value]) => !sameValue(observed.get(path)?.value ?? "\0", value)));
}

/** One Put for each resource touched, in a safe order; no Put of nothing. */
export function writesFor(leaves: WantedLeaves): ConfigWrite[] {
  return RESOURCE_ORDER.flatMap((resource) => {
    const own = [...leaves].filter(([path]) => splitPath(path).resource === resource);
    if (own.length === 0) return [];
    return [{ resource, leaves: new Map(own.map(([path, value]) => [splitPath(path).leaf, value])) }];
  });
}

/** The configuration as it will be once the leaves are written. */
export function afterWriting(observed: WinrmConfig, leaves: WantedLeaves): WinrmConfig {
  const after = new Map<string, ConfigLeaf>(observed);
  for (const [path, value] of leaves) after.set(path, { value, policy: observed.get(path)?.policy ?? false });
  return after;
}
