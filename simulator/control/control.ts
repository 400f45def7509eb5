/** Hand edits from another process: a small JSON interface to a running host, on loopback, behind a random path. */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isWinrmError, messageOf } from "../../provider/errors";
import type { ControlArea } from "./area";
import { groupsArea } from "./groups";
import { mappingsArea } from "./mappings";
import { registryArea } from "./registry";
import type { SimulatedHost } from "../host";

/** A running control interface. */
export interface ControlEndpoint {
  /** Ends in the random path; who has it may change the host. */
  readonly url: string;
  close(): Promise<void>;
}

/** One setting as `GET <url>/config` lists it. */
export interface ControlSetting {
  readonly path: string;
  readonly value: string;
  /** `GPO` for a setting that Group Policy owns. */
  readonly source?: "GPO";
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Opens the control interface of a host.
 *
 * - `GET <url>/config`: every setting, `ControlSetting[]`
 * - `PUT <url>/config/<path>` with `{"value": "…"}`: a hand edit
 * - `PUT <url>/policy/<path>` with `{"value": "…"}`: Group Policy owns the setting
 * - `DELETE <url>/policy/<path>`: the policy is "Not Configured"
 * - `GET <url>/registry`: every value, `ControlRegistryValue[]`
 * - `PUT <url>/registry/<type>/<key\\name>` with `{"value": "…"}`, `DELETE <url>/registry/<key\\name>`: hand edits
 * - `GET <url>/groups`: `GroupView[]`; `PUT` and `DELETE <url>/groups/<group>/<member>`: hand edits
 * - `GET <url>/mappings`: `CertMapping[]`; `PUT <url>/mappings/<uri>/<subject>/<issuer>` with `{"value": "enabled"}` or
 *   `{"value": "disabled"}`, `DELETE` of the same: hand edits
 * - `GET <url>/journal`: `JournalEntry[]`
 *
 * A refused edit is a 400 with `{"error": "…"}`.
 */
export async function openControl(host: SimulatedHost): Promise<ControlEndpoint> {
  const token = randomBytes(24).toString("base64url");
  let authority = "";
  const server = createServer((request, response) => {
    // A page in a browser could reach loopback under a name of its own.
    const [, given, ...path] = (request.url ?? "").split("/");
    const known = request.headers.host === authority && given === token;
    void (known ? answer(request, path, host) : Promise.resolve(reply(404, "not found"))).then(
      ({ status, body }) => {
        send(response, status, body);
      },
      () => {
        request.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${authority}/${token}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

function reply(status: number, error: string): Reply {
  return { status, body: { error } };
}

const AREAS: Readonly<Record<string, ControlArea>> = {
  config: async ({ method, path, value }, host) => {
    if (method === "PUT") host.config.set(path.join("/"), await value());
    return method === "GET" || method === "PUT" ? settings(host) : undefined;
  },
  policy: async ({ method, path, value }, host) => {
    if (method === "PUT") host.policy.set(path.join("/"), await value());
    if (method === "DELETE") host.policy.clear(path.join("/"));
    return method === "PUT" || method === "DELETE" ? settings(host) : undefined;
  },
  registry: registryArea,
  groups: groupsArea,
  mappings: mappingsArea,
  journal: ({ method }, { journal }) => (method === "GET" ? journal.entries() : undefined),
};

async function answer(request: IncomingMessage, path: readonly string[], host: SimulatedHost): Promise<Reply> {
  const [name = "", ...rest] = path;
  const area = Object.hasOwn(AREAS, name) ? AREAS[name] : undefined;
  try {
    const decoded = rest.map(decodeURIComponent);
    const value = (): Promise<string> => readValue(request);
    const body = await area?.({ method: request.method ?? "", path: decoded, value }, host);
    return body === undefined ? reply(404, "not found") : { status: 200, body };
  } catch (error) {
    if (isWinrmError(error)) return reply(400, error.summary);
    return reply(400, messageOf(error));
  }
}

function settings(host: SimulatedHost): ControlSetting[] {
  const owned = host.policy.all();
  return Object.entries(host.config.all()).map(([path, value]) => ({
    path,
    value,
    ...(path in owned ? { source: "GPO" as const } : {}),
  }));
}

async function readValue(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  const parsed = JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  if (typeof parsed === "object" && parsed !== null && "value" in parsed && typeof parsed.value === "string") {
    return parsed.value;
  }
  throw new Error('the body must be {"value": "…"}');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
