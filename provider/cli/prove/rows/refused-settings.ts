/** Settings that a host owns so that nobody can put them: Group Policy's, and one on a public network. */

import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, faultOf, row } from "../row";
import { ownPaths, triedSettings } from "../window";
import { putSetting, whilePut } from "./store";

const UNENCRYPTED = "service/AllowUnencrypted";
const PUBLIC = "2150859113";
/** The same number as `winrm` shows it, in every language. */
const PUBLIC_IN_HEX = /0x80338169/i;

/** The rows of this subject, in their order. */
export const REFUSED_ROWS: readonly Row[] = [
  row("policy-fault", { expected: "InternalError, 2150858890" }, async (host) => {
    const setting = ownedByPolicy(host);
    if (setting === undefined) throw new Unchecked("Group Policy owns no setting that could be tried out");
    return await refusalOf(whilePut(host, setting, () => Promise.resolve()));
  }),
  row("public-network", { expected: `InternalError, ${PUBLIC}` }, async (host) => {
    const value = host.value(UNENCRYPTED);
    const line = `winrm set winrm/config/service @{AllowUnencrypted="${value}"}`;
    const { stdout, stderr } = await host.shell((run) => run(line));
    if (!PUBLIC_IN_HEX.test(stdout + stderr))
      throw new Unchecked("no network connection of this host is Public, as winrm set on the host itself shows");
    // The value that it has: nothing changes if it is taken.
    return await refusalOf(putSetting(host.client, { path: UNENCRYPTED, value }, host.signal));
  }),
];

/** A switch of the client's side, or one of the service that this connection can be without. */
function ownedByPolicy(host: ProvenHost) {
  const own = ownPaths(host);
  const client = [...host.config.keys()].flatMap((path) => {
    const old = host.value(path);
    if (!path.startsWith("client/") || !["true", "false"].includes(old)) return [];
    return [{ path, old, other: old === "true" ? "false" : "true" }];
  });
  return [...client, ...triedSettings(host)].find(({ path }) => host.isOwnedByPolicy(path) && !own.includes(path));
}

/** The subcode and the codes of a refusal, outermost first; `taken` without one. */
async function refusalOf(put: Promise<unknown>): Promise<string> {
  const fault = await faultOf(put);
  if (fault === undefined) return "taken";
  const { subcode, wsmanCode, nestedCodes } = fault.details;
  return [subcode ?? "no subcode", wsmanCode ?? "no code", ...nestedCodes].join(", ");
}
