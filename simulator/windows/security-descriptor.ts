/** What a security descriptor in SDDL grants ([MS-DTYP] 2.5.1), as far as generic rights go. */

import { SIDS } from "./sam/well-known";

/** A generic right: GR, GW or GX. */
export type GenericRight = "read" | "write" | "execute";

const RIGHTS: Readonly<Record<GenericRight, { readonly code: string; readonly bit: number }>> = {
  read: { code: "GR", bit: 0x80000000 },
  write: { code: "GW", bit: 0x40000000 },
  execute: { code: "GX", bit: 0x20000000 },
};
const ALL = { code: "GA", bit: 0x10000000 } as const;
const ALIASES: Readonly<Record<string, string>> = {
  AU: SIDS.authenticatedUsers,
  BA: SIDS.administrators,
  BG: SIDS.guests,
  BU: SIDS.users,
  IU: SIDS.interactive,
  NU: SIDS.network,
  RM: SIDS.remoteManagementUsers,
  WD: SIDS.everyone,
};

/** Whether a token has a right: the first entry for one of its SIDs decides, as an access check does. */
export function grants(sddl: string, token: ReadonlySet<string>, right: GenericRight): boolean {
  const dacl = /D:[A-Z]*((?:\([^()]*\))*)/.exec(sddl)?.[1] ?? "";
  for (const [, entry = ""] of dacl.matchAll(/\(([^()]*)\)/g)) {
    const [type, , rights = "", , , holder = ""] = entry.split(";").map((part) => part.trim().toUpperCase());
    if (token.has(ALIASES[holder] ?? holder) && covers(rights, right)) return type === "A";
  }
  return false;
}

function covers(rights: string, right: GenericRight): boolean {
  const { code, bit } = RIGHTS[right];
  if (rights.startsWith("0X")) return (Number(rights) & (bit | ALL.bit)) !== 0;
  const codes: readonly string[] = rights.match(/../g) ?? [];
  return codes.includes(code) || codes.includes(ALL.code);
}
