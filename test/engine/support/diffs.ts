/** What a detailed diff of the CLI says, property by property. */

/**
 * The lines of `--diff` that say what changes, by resource: `service.basic: false => true`, `entries[0]: "a"`, with the
 * sign of lines that add or remove. Only the part of the text from `heading` on is read, up to the next summary.
 */
export function diffIn(text: string, heading: string): Readonly<Record<string, readonly string[]>> {
  const start = text.indexOf(heading);
  if (start < 0) throw new Error(`no ${heading} in: ${text}`);
  const changes: Record<string, string[]> = {};
  let current: string[] = [];
  let path: string[] = [];
  for (const line of text.slice(start).split("\n")) {
    if (line.startsWith("Resources:")) break;
    const name = /^ +\[urn=.*::([^:\]]+)\]$/.exec(line)?.[1];
    // What follows is what the resource has become, not what was asked for.
    if (line.trim() === "--outputs:--") [current, path] = [[], []];
    if (name !== undefined) [current, path] = [(changes[name] ??= []), []];
    if (/^ {8,}[-+~]? *[}\]]$/.test(line)) path.pop();
    const [, sign = "", key = "", value = ""] = /^ {6,}([-+~ ]) (\[\d+\]|\w+) *: (.*)$/.exec(line) ?? [];
    if (key === "") continue;
    const step = key.startsWith("[") || path.length === 0 ? key : `.${key}`;
    if (/^[{[]$/.test(value)) path.push(step);
    else if (sign !== " ") current.push(`${sign === "~" ? "" : sign}${path.join("")}${step}: ${value}`);
  }
  return Object.fromEntries(Object.entries(changes).filter(([, lines]) => lines.length > 0));
}
