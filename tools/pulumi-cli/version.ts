/** Which Pulumi command lines this project runs with. */

/** The release that is installed or built where none is found; equal to the one in `go/go.mod`. */
export const CLI_VERSION = "3.259.0";

/**
 * The oldest release on PATH that is taken: the engine learned `envVarMappings` in 3.220.0
 * (pulumi pull request 21572), which this project documents and tests for passwords per site.
 */
export const MINIMUM_CLI_VERSION = "3.220.0";

/** The oldest Go that builds it: the `go` line of the CLI's own module. */
export const MINIMUM_GO_VERSION = "1.25.11";

/** The first `1.2.3` or `1.2` in a text (`v3.259.0-dev.1`, `go version go1.26.8 linux/amd64`), without anything around it. */
export function versionIn(text: string): string | undefined {
  return /(?<![\d.])\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Whether a dotted version is at least another one; a missing part counts as 0. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split(".").map(Number);
  const want = minimum.split(".").map(Number);
  for (const [index, part] of want.entries()) {
    const difference = (have[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
