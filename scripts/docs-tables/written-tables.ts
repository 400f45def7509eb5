import { assumptionTable, featureTable } from "./assumption-tables";
import { Declarations } from "./declarations";
import { errorTable } from "./error-table";
import { type PageTables, propertyTables } from "./property-tables";

/** Every table that can be made without bringing failures about, by the page below `docs/` that it is on. */
export function writtenTables(declarations = new Declarations()): Readonly<Record<string, PageTables>> {
  return {
    ...propertyTables(declarations),
    "errors.md": { codes: errorTable() },
    "verification.md": { assumptions: featureTable() },
    "../simulator/README.md": { assumptions: assumptionTable() },
  };
}
