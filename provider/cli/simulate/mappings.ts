/** Commands that look at the certificate mappings of a running simulated host and change them. */

import type { Command } from "commander";
import type { CertMapping } from "../../../simulator/index";
import { type Cell, print, table } from "../shared/terminal";
import { addControlCommand, addQuery, callControl } from "./control-command";

/** Adds `mappings`, `mapping-enable`, `mapping-disable` and `mapping-remove`. */
export function addMappings(simulate: Command): void {
  addQuery(simulate, {
    name: "mappings",
    description: "Show the certificate mappings of a running host.",
    area: "mappings",
    row: mappingRow,
  });
  for (const [verb, edit] of [
    ["enable", { method: "PUT", body: JSON.stringify({ value: "enabled" }) }],
    ["disable", { method: "PUT", body: JSON.stringify({ value: "disabled" }) }],
    ["remove", { method: "DELETE" }],
  ] as const) {
    addControlCommand(
      simulate,
      `mapping-${verb}`,
      `${verb.charAt(0).toUpperCase()}${verb.slice(1)} a certificate mapping of a running host manually.`,
    )
      .argument("<subject>", "the name in the certificate")
      .argument("<issuer>", "SHA-1 thumbprint of the certificate that issued it")
      .option("--uri <uri>", "the resource URIs that the mapping applies to", "*")
      .action(async (control: URL, subject: string, issuer: string, { uri }: { readonly uri: string }) => {
        const path = ["mappings", uri, subject, issuer];
        const mappings = (await callControl(control, { ...edit, path })) as CertMapping[];
        print(...table(mappings.map(mappingRow)));
      });
  }
}

function mappingRow({ uri, subject, issuer, userName, enabled }: CertMapping): readonly Cell[] {
  return [
    { text: subject },
    { text: issuer, style: "dim" },
    { text: uri },
    { text: userName },
    enabled ? { text: "enabled" } : { text: "disabled", style: "yellow" },
  ];
}
