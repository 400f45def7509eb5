/** Which Puts of the configuration a host takes. All of them are of the client's side, which cannot lock out anyone. */

import { changedElement } from "../../../host/config-element";
import { readConfig } from "../../../host/config";
import { ACTIONS, CONFIG_URI } from "../../../wsman/uris";
import { child } from "../../../wsman/xml";
import type { XmlNode } from "../../../wsman/xml-writer";
import type { ProvenHost } from "../proven-host";
import { type Row, Unchecked, faultOf } from "../row";
import { restoring } from "./store";

const TAKEN = "taken";
const SCHEMA = "SchemaValidationError";
const WRONG_BOOLEAN = "2150858838";

/** What is put into `client/auth`, and what becomes of it. `Digest` is put with the value it has. */
const PUTS: readonly (readonly [shown: string, expected: string, content: (digest: string) => XmlNode])[] = [
  ["unknown leaf", SCHEMA, () => ({ "cfg:Nobody": "true" })],
  ["repeated leaf", SCHEMA, (digest) => ({ "cfg:Digest": [digest, digest] })],
  ["wrong boolean", WRONG_BOOLEAN, () => ({ "cfg:Digest": "perhaps" })],
  ["number", TAKEN, (digest) => ({ "cfg:Digest": digest === "true" ? "1" : "0" })],
  ["upper case", TAKEN, (digest) => ({ "cfg:Digest": digest.toUpperCase() })],
];

/** Entries, and whether the host takes them. */
const TRUSTED = [
  ["pulumi-a, pulumi-b", "kept as they are"],
  ["*,pulumi-a", "refused"],
  ["pulumi-a,,pulumi-b", "refused"],
  ["fe80::1", "refused"],
] as const;
const TRUSTED_PATH = "client/TrustedHosts";
const DIGEST_PATH = "client/auth/Digest";

/** The rows of this subject, in their order. */
export const CONFIGURATION_ROWS: readonly Row[] = [
  {
    assumption: "put-partial",
    expected: "client: taken, service: taken",
    ask: async (host) => {
      const client = await put(host, "client", { "cfg:TrustedHosts": host.value(TRUSTED_PATH) });
      const compatible = {
        "cfg:EnableCompatibilityHttpListener": host.value("service/EnableCompatibilityHttpListener"),
      };
      const service = await put(host, "service", compatible);
      return `client: ${client}, service: ${service}`;
    },
  },
  {
    assumption: "put-whole",
    expected: TAKEN,
    ask: async (host) => {
      const { client, signal } = host;
      const resourceUri = `${CONFIG_URI}/client`;
      const read = { action: ACTIONS.get, resourceUri, operation: "read winrm/config/client", writes: false };
      const element = child(await client.run(read, signal), resourceUri, "Client");
      if (element === undefined) throw new Unchecked("the host shows no client settings");
      return await put(host, "client", changedElement(element, { leaves: new Map(), writableOnly: false }));
    },
  },
  {
    assumption: "put-empty",
    needs: ["put-partial"],
    expected: "taken, and nothing changed",
    ask: async (host) => {
      const taken = await put(host, "client/auth", {});
      const now = await readConfig(host.client, host.signal);
      const same = [...host.config].every(([path, { value }]) => now.get(path)?.value === value);
      return `${taken}, and ${same ? "nothing" : "something"} changed`;
    },
  },
  {
    assumption: "put-wrong",
    needs: ["put-partial"],
    expected: PUTS.map(([shown, expected]) => `${shown}: ${expected}`).join(", "),
    ask: async (host) => {
      if (host.isOwnedByPolicy(DIGEST_PATH)) throw new Unchecked(`Group Policy owns ${DIGEST_PATH}`);
      const results: string[] = [];
      for (const [shown, , content] of PUTS) {
        results.push(`${shown}: ${await put(host, "client/auth", content(host.value(DIGEST_PATH)))}`);
      }
      return results.join(", ");
    },
  },
  {
    assumption: "put-namespace",
    expected: "2150858840",
    ask: async (host) => {
      const body = { "cfg:Auth": { "@": { "xmlns:cfg": "http://example.com/nobody" }, "cfg:Digest": "true" } };
      return await sent(host, "client/auth", body);
    },
  },
  {
    assumption: "trusted-hosts-list",
    needs: ["put-partial"],
    expected: TRUSTED.map(([, result]) => result).join(", "),
    ask: async (host) => {
      if (host.isOwnedByPolicy(TRUSTED_PATH)) throw new Unchecked("Group Policy owns TrustedHosts");
      const old = host.value(TRUSTED_PATH);
      return await host.temporarily(TRUSTED_PATH, restoring({ path: TRUSTED_PATH, old }), async () => {
        const results: string[] = [];
        for (const [value] of TRUSTED) {
          const end = await put(host, "client", { "cfg:TrustedHosts": value });
          const now = String((await readConfig(host.client, host.signal)).get(TRUSTED_PATH)?.value);
          results.push(end !== TAKEN ? "refused" : now === value ? "kept as they are" : `taken as ${now}`);
        }
        return results.join(", ");
      });
    },
  },
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
