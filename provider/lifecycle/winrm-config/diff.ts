import {
  type ConfigLeaf,
  type ConfigResource,
  type LeafValues,
  type WinrmConfig,
  sameValue,
  splitPath,
} from "../../host/config";

/** What to write to `winrm/config`: pure functions from wanted and observed values. */

/** The order of writes: what this package's own connections depend on comes last. */
const RESOURCE_ORDER: readonly ConfigResource[] = ["client", "client/auth", "service", "service/auth"];

/** The wanted values that the host does not have; a setting that the host does not show at all counts as different. */
export function differingLeaves(wanted: LeafValues, observed: WinrmConfig): LeafValues {
  return new Map([...wanted].filter(([path, value]) => !sameValue(observed.get(path)?.value ?? "\0", value)));
}

/** The values of one Put each, with full paths, in a safe order; no Put of nothing. */
export function putsFor(leaves: LeafValues): { readonly resource: ConfigResource; readonly leaves: LeafValues }[] {
  return RESOURCE_ORDER.flatMap((resource) => {
    const own = new Map([...leaves].filter(([path]) => splitPath(path).resource === resource));
    return own.size === 0 ? [] : [{ resource, leaves: own }];
  });
}

/** The configuration as it will be once the values are written. */
export function afterWriting(observed: WinrmConfig, leaves: LeafValues): WinrmConfig {
  const after = new Map<string, ConfigLeaf>(observed);
  for (const [path, value] of leaves) after.set(path, { value, policy: observed.get(path)?.policy ?? false });
  return after;
}
