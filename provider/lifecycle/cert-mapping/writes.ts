import { createHash } from "node:crypto";
import { WinrmError, isWinrmError } from "../../errors";
import {
  type CertMappingKey,
  type CertMappingValues,
  createCertMapping,
  deleteCertMapping,
  putCertMapping,
} from "../../host/cert-mappings";
import type { SessionPool } from "../../session/session-pool";
import type { WsmanClient } from "../../session/wsman-client";
import type { Write } from "../change/plan";
import { mappingAt } from "./hazards";
import type { ObservedMapping } from "./observe";

/** What changes a certificate mapping on its host: create, change, delete. */

/** What must be written: `credentials` stands for user name and password together. */
export interface MappingChange {
  readonly kind: "create" | "put";
  readonly credentials: boolean;
  readonly enabled?: boolean;
}

/** Two account names of one host. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The mapping to write. */
export interface MappingTarget {
  /** Host for messages. */
  readonly host: string;
  readonly key: CertMappingKey;
  readonly userName: string;
  readonly password: string;
}

/** One request. The host tries the credentials, so that a pair that it refused is never sent to it again. */
export function mappingWrite(
  change: MappingChange,
  target: MappingTarget,
  refused: RefusedCredentials,
): Write<ObservedMapping> {
  const { host, key, userName, password } = target;
  const values: CertMappingValues = {
    ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
    ...(change.credentials ? { credentials: { userName, password } } : {}),
  };
  let attempts = 0;
  // After a Put without a response, no reading tells which of the two passwords the host has.
  let passwordUnknown = false;
  return {
    operation: `${change.kind === "create" ? "create" : "change"} the certificate mapping of ${key.subject}`,
    async run(client, signal) {
      attempts += 1;
      const pair = { host, userName, password };
      if (change.credentials) refused.check(pair);
      try {
        if (change.kind === "create") await createOrPut(client, { key, values, again: attempts > 1 }, signal);
        else await putCertMapping(client, { key, values }, signal);
        passwordUnknown = false;
      } catch (error) {
        if (isWinrmError(error) && error.code === "WINRM_E_MAPPING_CREDENTIALS") refused.remember(pair);
        passwordUnknown = change.credentials && change.kind === "put";
        throw error;
      }
    },
    unmet(observed) {
      const mapping = mappingAt(observed, key);
      if (mapping === undefined) return ["the mapping is absent"];
      return [
        ...(change.credentials && !sameName(mapping.userName, userName)
          ? [`userName is ${mapping.userName}, not ${userName}`]
          : []),
        ...(change.enabled !== undefined && mapping.enabled !== change.enabled
          ? [`enabled is ${mapping.enabled}, not ${change.enabled}`]
          : []),
        ...(passwordUnknown ? ["the password may be the old one"] : []),
      ];
    },
    predictedState(observed) {
      const before = mappingAt(observed, key) ?? { ...key, userName, enabled: true };
      const name = change.credentials ? { userName } : {};
      const mapping = { ...before, ...name, ...(change.enabled === undefined ? {} : { enabled: change.enabled }) };
      return { ...observed, mapping };
    },
  };
}

/** The first Create may have arrived after the host was looked at. */
async function createOrPut(
  client: WsmanClient,
  { again, ...mapping }: { readonly key: CertMappingKey; readonly values: CertMappingValues; readonly again: boolean },
  signal: AbortSignal,
): Promise<void> {
  try {
    await createCertMapping(client, mapping, signal);
  } catch (error) {
    if (!again || !isWinrmError(error) || error.code !== "WINRM_E_EXISTS") throw error;
    await putCertMapping(client, mapping, signal);
  }
}

/** User name and password as a host got them. */
interface Credentials {
  readonly host: string;
  readonly userName: string;
  readonly password: string;
}

/** Credentials that hosts refused in one run: several mappings of one account must not lock it. */
export class RefusedCredentials {
  readonly #pairs = new Set<string>();

  remember(pair: Credentials): void {
    this.#pairs.add(digest(pair));
  }

  /** @throws WinrmError `WINRM_E_LOGON_SUPPRESSED` if the host refused them before. */
  check(pair: Credentials): void {
    if (!this.#pairs.has(digest(pair))) return;
    throw new WinrmError(
      "WINRM_E_LOGON_SUPPRESSED",
      `the host refused the password of ${pair.userName} before; it is not tried again, so that the account is not locked`,
      { host: pair.host, remedy: "correct userName and password, and run pulumi up again" },
    );
  }
}

function digest({ host, userName, password }: Credentials): string {
  return createHash("sha256")
    .update(JSON.stringify([host, userName.toLowerCase(), password]))
    .digest("base64");
}

const refusals = new WeakMap<SessionPool, RefusedCredentials>();

/** The refusals of a run. */
export function refusedCredentials(pool: SessionPool): RefusedCredentials {
  const known = refusals.get(pool) ?? new RefusedCredentials();
  refusals.set(pool, known);
  return known;
}

/** Deletes a mapping, in one request. */
export function deleteMappingWrite(key: CertMappingKey): Write<ObservedMapping> {
  return {
    operation: `delete the certificate mapping of ${key.subject}`,
    run: (client, signal) => deleteCertMapping(client, key, signal),
    unmet: ({ mapping }) => (mapping === undefined ? [] : ["the mapping is still there"]),
    predictedState: ({ now }) => ({ now }),
  };
}
