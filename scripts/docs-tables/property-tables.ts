/** The tables of docs/ that the doc comments of arguments and outputs are made into. */
import { CONNECTION_ARGUMENTS, type ConnectionArgument } from "../../provider/contract/connection/connection-arguments";
import { type ResourceType } from "../../provider/contract/resource-shape";
import { Declarations, type Property } from "./declarations";
import { markdownTable } from "./markdown-tables";
import { RESOURCES } from "./resources";

/** Facts that the doc comment of every argument of a resource has as block tags. */
export const ARGUMENT_FACTS = ["windows", "default", "unset", "delete"] as const;

/** The same of outputs that are not arguments. */
export const OUTPUT_FACTS = ["windows", "unset", "delete"] as const;

const ARGUMENT_HEAD = ["argument", "meaning", "if it is not set", "delete"];
const OUTPUT_HEAD = ["output", "meaning", "empty or absent", "delete"];

/** Interface of the arguments that all resources share, which have a page of their own. */
const SHARED = "SharedInputs";

/** A page, with its tables by the name in their markers. */
export type PageTables = Readonly<Record<string, string>>;

/** Every table of properties, by the page below `docs/` that it is on. */
export function propertyTables(declarations = new Declarations()): Readonly<Record<string, PageTables>> {
  const pages: Record<string, PageTables> = {
    "connection.md": { connection: connectionTable(declarations) },
  };
  for (const type of Object.keys(RESOURCES) as ResourceType[]) {
    const all = resourceArguments(declarations, type);
    const own = all.filter(({ owner }) => owner !== SHARED);
    const shared = all.filter(({ owner }) => owner === SHARED);
    pages[`${kebab(type)}.md`] = {
      arguments: table(ARGUMENT_HEAD, own),
      outputs: table(OUTPUT_HEAD, resourceOutputs(declarations, type)),
    };
    pages["common-arguments.md"] = { arguments: table(ARGUMENT_HEAD, shared) };
  }
  return pages;
}

/** The arguments of a resource in their order, settings one by one. */
export function resourceArguments(declarations: Declarations, type: ResourceType): Property[] {
  const groups = declarations.properties(`${type}Inputs`);
  const single = declarations.properties(`${type}Inputs`, 1);
  return Object.keys(RESOURCES[type].arguments).flatMap((group) =>
    (group === "connection" ? groups : single).filter(({ name }) => name.split(".")[0] === group),
  );
}

/** The outputs of a resource that are not its arguments. */
export function resourceOutputs(declarations: Declarations, type: ResourceType): Property[] {
  const names = new Set(declarations.properties(`${type}Inputs`).map(({ name }) => name));
  return declarations.properties(type).filter(({ name }) => !names.has(name));
}

/** An argument of the connection, or a setting without one: which row of the table it is, and what its comment says. */
export interface ConnectionProperty {
  readonly row: ConnectionArgument;
  readonly property: Property;
  /** What holds where program, configuration and environment have nothing. */
  readonly default: string;
}

/** Every row of the one table of settings, with its doc comment. */
export function connectionProperties(declarations: Declarations): ConnectionProperty[] {
  const properties = new Map(declarations.properties("Connection", 2).map((one) => [one.name, one]));
  const settings = new Map(declarations.properties("ProviderSettings").map((one) => [one.name, one]));
  return CONNECTION_ARGUMENTS.map((row: ConnectionArgument) => {
    const property = row.path === undefined ? settings.get(row.setting ?? "") : properties.get(row.path);
    if (property === undefined) throw new Error(`${row.path ?? row.setting ?? ""} has no doc comment`);
    const asked = row.setting === undefined ? "" : `\`winrm:${row.setting}\`, \`${row.variable ?? ""}\`, then `;
    const text = property.facts.get("default") ?? "";
    if (!text.startsWith(asked)) throw new Error(`@default of ${property.name} must begin: ${asked}`);
    return { row, property, default: text.slice(asked.length) };
  });
}

function connectionTable(declarations: Declarations): string {
  const rows = connectionProperties(declarations).map(({ row, property, default: otherwise }) => {
    const choices = (row.choices ?? []).map((choice) => `\`"${choice}"\``).join(", ");
    const name = row.path === undefined ? "–" : `\`${row.path}\``;
    return [
      choices === "" ? name : `${name}: ${choices}`,
      row.setting === undefined ? "" : `\`winrm:${row.setting}\`<br>\`${row.variable ?? ""}\``,
      otherwise,
      property.meaning,
    ];
  });
  return markdownTable(["argument of `connection`", "configuration, environment", "default", "meaning"], rows);
}

function table(head: readonly string[], properties: readonly Property[]): string {
  const rows = properties.map(({ name, meaning, facts }) => {
    const place = facts.get("windows") ?? "";
    const found = place === "none" || place === "in state only" ? "" : `<br>On the host: ${place}`;
    return [`\`${name}\``, meaning + found, unsetText(facts), facts.get("delete") ?? ""];
  });
  return markdownTable(head, rows);
}

/** What holds without a value, and the default where that is something else: `not managed (Windows: true)`. */
function unsetText(facts: Property["facts"]): string {
  const [unset = "", otherwise = "none"] = [facts.get("unset"), facts.get("default")];
  if (unset === "the default") return otherwise;
  return otherwise === "none" ? unset : `${unset} (${otherwise})`;
}

/** `CertMapping` as its page is called: `cert-mapping`. */
function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}
