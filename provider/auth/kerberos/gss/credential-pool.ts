/** Tickets fetched once and used by every connection of the process. */
import { credentialKey, type KerberosCredential } from "../credentials";
import { acquireCredential, type AcquiredCredential } from "./acquire";
import type { Gss } from "./gssapi";

/** A ticket that ends sooner is fetched again. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** The use of a credential by one logon. */
export interface CredentialLease {
  readonly handle: AcquiredCredential["handle"];
  /** The logon is over. */
  dispose(): void;
}

interface Entry {
  readonly credential: Promise<AcquiredCredential>;
  /** Known once it was acquired. */
  expiresAtMs: number | undefined;
  leases: number;
  /** Out of the pool: ended with its last lease. */
  retired: boolean;
}

/**
 * Fetches a ticket per principal and password (or keytab), however many logons ask for it, at the same time too: a wrong
 * password is then one failed logon at the domain. A failure is not remembered. Ticket caches are opened again each time.
 */
export class CredentialPool {
  readonly #entries = new Map<string, Entry>();

  /** @throws what `acquireCredential` throws. */
  async lease(gss: Gss, credential: KerberosCredential): Promise<CredentialLease> {
    if (credential.kind === "default" || credential.kind === "cache") {
      const { handle } = await acquireCredential(gss, credential);
      return { handle, dispose: () => handle?.dispose() };
    }
    const key = credentialKey(credential);
    const entry = this.#fresh(key) ?? this.#add(key, acquireCredential(gss, credential));
    entry.leases++;
    try {
      const { handle, expiresAtMs } = await entry.credential;
      entry.expiresAtMs = expiresAtMs;
      return {
        handle,
        dispose: once(() => {
          entry.leases--;
          endUnused(entry);
        }),
      };
    } catch (error) {
      this.#retire(key, entry);
      throw error;
    }
  }

  /** Ends every credential; those in use end with their logon. */
  dispose(): void {
    for (const [key, entry] of this.#entries) this.#retire(key, entry);
  }

  #fresh(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAtMs === undefined || entry.expiresAtMs - Date.now() >= RENEW_BEFORE_MS) return entry;
    this.#retire(key, entry);
    return undefined;
  }

  #add(key: string, credential: Promise<AcquiredCredential>): Entry {
    const entry = { credential, expiresAtMs: undefined, leases: 0, retired: false };
    this.#entries.set(key, entry);
    return entry;
  }

  #retire(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.retired = true;
    endUnused(entry);
  }
}

function endUnused(entry: Entry): void {
  if (!entry.retired || entry.leases > 0) return;
  const end = ({ handle }: AcquiredCredential): void => handle?.dispose();
  entry.credential.then(end, () => undefined);
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
