/** Programs of a host that do not run as they should. */

/**
 * What is wrong with a program: a policy blocks it, it ends at once without doing anything, or what it writes is not what
 * anybody expects of it.
 */
export type BrokenProgram = "blocked" | "does-nothing" | "writes-otherwise";

/** @param started name in lower case, and arguments. */
export type BrokenPrograms = (started: readonly [name: string, ...args: string[]]) => BrokenProgram | undefined;

/** By name, or asked at each start. */
export function brokenPrograms(programs: Readonly<Record<string, BrokenProgram>> | BrokenPrograms): BrokenPrograms {
  return typeof programs === "function" ? programs : ([name]) => programs[name];
}
