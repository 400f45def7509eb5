import { ASSUMPTIONS, type AssumptionName } from "../../provider/cli/prove/assumptions";
import { FEATURES, type Feature } from "../../provider/cli/prove/assumptions/assumption";
import { markdownTable } from "./markdown-tables";

/** For the simulated host's page: every assumption, and whether `prove` has a row for it. */
export function assumptionTable(): string {
  const rows = entries().map(([name, { says, unseen }]) => {
    return [`\`${name}\``, says, unseen === undefined ? "row" : `no: ${unseen}`];
  });
  return markdownTable(["name", "assumed", "`prove`"], rows);
}

/** For the page on verification: what each feature stands on. */
export function featureTable(): string {
  const rows = Object.entries(FEATURES).map(([feature, page]) => {
    const of = entries().filter(([, { features }]) => features.includes(feature as Feature));
    const named = (wanted: boolean) =>
      of.flatMap(([name, { unseen }]) => ((unseen === undefined) === wanted ? [`\`${name}\``] : [])).join(", ") || "–";
    return [`[${feature}](${page.replace("docs/", "")})`, named(true), named(false)];
  });
  return markdownTable(["feature", "relies on these rows of `prove`", "and on what it cannot check"], rows);
}

function entries() {
  return Object.entries(ASSUMPTIONS) as [AssumptionName, (typeof ASSUMPTIONS)[AssumptionName]][];
}
