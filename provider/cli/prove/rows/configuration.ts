/** Which Puts of the configuration a host takes. All of them are of the client's side, which cannot lock out anyone. */

import { changedElement } from "../../../host/config-element";
import { readConfig } from "../../../host/config";
import { ACTIONS, CONFIG_URI } from "../../../wsman/uris";
import { child } from "../../../wsman/xml";
import type { XmlNode } from "../../../wsman/xml-writer";
import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, faultOf, inTurn, row } from "../row";
import { restoring } from "./store";

const TAKEN = "taken";
const SCHEMA = "SchemaValidationError";

/** What is put into `client/auth`, and what becomes of it. `Digest` is put with the value it has. */
const PUTS: readonly (readonly [shown: string, expected: string, content: (digest: string) => XmlNode])[] = [
  ["unknown leaf", SCHEMA, () => ({ "cfg:Nobody": "true" })],
  ["repeated leaf", SCHEMA, (digest) => ({ "cfg:Digest": [digest, digest] })],
  ["wrong boolean", "2150858838", () => ({ "cfg:Digest": "perhaps" })],
  ["number", TAKEN, (digest) => ({ "cfg:Digest": digest === "true" ? "1" : "0" })],
  ["upper case", TAKEN, (digest) => ({ "cfg:Digest": digest.toUpperCase() })],
];
const PUT_ENDS = PUTS.map(([shown, expected]) => `${shown}: ${expected}`).join(", ");

/** Entries, and whether the host takes them. */
const TRUSTED = [
  ["pulumi-a, pulumi-b", "kept as they are"],
  ["*,pulumi-a", "refused"],
  ["pulumi-a,,pulumi-b", "refused"],
  ["fe80::1", "refused"],
] as const;
const TRUSTED_ENDS = TRUSTED.map(([, end]) => end).join(", ");
const TRUSTED_PATH = "client/TrustedHosts";
const DIGEST_PATH = "client/auth/Digest";

/** The rows of this subject, in their order. */
export const CONFIGURATION_ROWS: readonly Row[] = [
  row("put-partial", { expected: "client: taken, service: taken" }, async (host) => {
    const client = await put(host, "client", { "cfg:TrustedHosts": host.value(TRUSTED_PATH) });
    const listener = host.value("service/EnableCompatibilityHttpListener");
    const service = await put(host, "service", { "cfg:EnableCompatibilityHttpListener": listener });
    return `client: ${client}, service: ${service}`;
  }),
  row("put-whole", { expected: TAKEN }, async (host) => {
    const { client, signal } = host;
    const resourceUri = `${CONFIG_URI}/client`;
    const read = { action: ACTIONS.get, resourceUri, operation: "read winrm/config/client", writes: false };
    const element = child(await client.run(read, signal), resourceUri, "Client");
    if (element === undefined) throw new Unchecked("the host shows no client settings");
    return await put(host, "client", changedElement(element, { leaves: new Map(), writableOnly: false }));
  }),
  row("put-empty", { expected: "taken, and nothing changed", needs: ["put-partial"] }, async (host) => {
    const taken = await put(host, "client/auth", {});
    const now = await readConfig(host.client, host.signal);
    const same = [...host.config].every(([path, { value }]) => now.get(path)?.value === value);
    return `${taken}, and ${same ? "nothing" : "something"} changed`;
  }),
  row("put-wrong", { expected: PUT_ENDS, needs: ["put-partial"] }, async (host) => {
    if (host.isOwnedByPolicy(DIGEST_PATH)) throw new Unchecked(`Group Policy owns ${DIGEST_PATH}`);
    const digest = host.value(DIGEST_PATH);
    return await inTurn(PUTS, async ([shown, , content]) => {
      return `${shown}: ${await put(host, "client/auth", content(digest))}`;
    });
  }),
  row("put-namespace", { expected: "2150858840" }, async (host) => {
    const body = { "cfg:Auth": { "@": { "xmlns:cfg": "http://example.com/nobody" }, "cfg:Digest": "true" } };
    return await sent(host, "client/auth", body);
  }),
  row("trusted-hosts-list", { expected: TRUSTED_ENDS, needs: ["put-partial"] }, async (host) => {
    if (host.isOwnedByPolicy(TRUSTED_PATH)) throw new Unchecked("Group Policy owns TrustedHosts");
    const old = host.value(TRUSTED_PATH);
    return await host.temporarily(TRUSTED_PATH, restoring({ path: TRUSTED_PATH, old }), () =>
      inTurn(TRUSTED, async ([value]) => {
        const end = await put(host, "client", { "cfg:TrustedHosts": value });
        const now = String((await readConfig(host.client, host.signal)).get(TRUSTED_PATH)?.value);
        return end !== TAKEN ? "refused" : now === value ? "kept as they are" : `taken as ${now}`;
      }),
    );
  }),
];

/** What becomes of a Put: taken, or the subcode or the code with which it is refused. */
function put(host: ProvenHost, part: "client" | "client/auth" | "service", content: XmlNode): Promise<string> {
  const name = part === "client" ? "Client" : part === "service" ? "Service" : "Auth";
  return sent(host, part, { [`cfg:${name}`]: { "@": { "xmlns:cfg": `${CONFIG_URI}/${part}` }, ...content } });
}

async function sent({ client, signal }: ProvenHost, part: string, body: XmlNode): Promise<string> {
  const about = { resourceUri: `${CONFIG_URI}/${part}`, operation: `write winrm/config/${part}`, writes: true };
  const fault = await faultOf(client.run({ ...about, action: ACTIONS.put, body }, signal));
  if (fault === undefined) return TAKEN;
  const { subcode, nestedCodes, wsmanCode } = fault.details;
  return subcode === SCHEMA ? SCHEMA : String(nestedCodes.at(-1) ?? wsmanCode ?? subcode ?? "a fault");
}
