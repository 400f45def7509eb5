/** The simulated host as its user holds it. */

import { X509Certificate } from "node:crypto";
import { tlsServerEndPoint } from "../provider/auth/channel-binding";
import { type AccountOptions } from "./windows/accounts";
import { certMappingEdits, type HostCertMappings } from "./edits/cert-mappings";
import type { CertificatePair } from "./windows/certificate";
import { HttpListener } from "./http/front";
import { HostGroups } from "./edits/groups";
import type { Listeners } from "./windows/listeners";
import type { LogonRights } from "./windows/logon-rights";
import type { Journal } from "./journal";
import { type InjectedFault, type MisbehaviourRule } from "./fault-injection";
import type { Registry } from "./windows/registry";
import { type HostShells } from "./windows/shells";
import { type HostOptions, type ResolvedHostOptions, resolveOptions } from "./options";
import type { TaskScheduler } from "./windows/scheduler/scheduler";
import type { WinrmService } from "./windows/winrm-service";
import { createModel, domainOf, type Model } from "./model";

/** Where a host listens. */
export interface HttpEndpoint {
  readonly port: number;
  /** `http://127.0.0.1:5985/wsman` */
  readonly url: string;
}

/** Where a host listens under TLS. */
export interface HttpsEndpoint extends HttpEndpoint {
  /** The listener's certificate; a client that takes it as its authority trusts the host. */
  readonly certificatePem: string;
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprintSha256: string;
}

/** The settings of a host, as somebody at its keyboard sees and edits them. Values are the strings of the wire. */
export interface HostConfig {
  /** The effective value. @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path. */
  get(path: string): string;
  /**
   * A hand edit. It takes effect at once, for all requests that follow.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path or a value that Windows refuses,
   *   `WINRM_E_POLICY_CONTROLLED` if Group Policy owns the setting.
   */
  set(path: string, value: string | number | boolean): void;
  /** Every effective value by path, in the order of the wire. */
  all(): Record<string, string>;
}

/** Group Policy on a host. */
export interface HostPolicy {
  /**
   * Makes Group Policy own a setting: it has this value, is marked `Source="GPO"`, and cannot be changed otherwise.
   * @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path, a wrong value, or a setting that no policy exists for.
   */
  set(path: string, value: string | number | boolean): void;
  /** Sets the policy to "Not Configured": the local value is back. @throws WinrmError `WINRM_E_ARGUMENT` for an unknown path. */
  clear(path: string): void;
  /** The owned settings and their values. */
  all(): Record<string, string>;
}

/** The local accounts of a host. Names are compared without regard to case. */
export interface HostAccounts {
  /** Adds an account or replaces the one with that name. */
  add(account: AccountOptions): void;
  remove(name: string): void;
  /** @throws WinrmError `WINRM_E_ARGUMENT` if there is no such account. */
  setPassword(name: string, password: string): void;
  /** Disables or enables an account. @throws WinrmError `WINRM_E_ARGUMENT` if there is no such account. */
  setDisabled(name: string, disabled: boolean): void;
  /** True while the account is refused because of too many wrong passwords. */
  isLocked(name: string): boolean;
  /** Lets a locked account in again. */
  unlock(name: string): void;
}

/**
 * A model of one Windows host's WinRM service, on loopback. Holds state, enforces authentication, encryption and
 * Group Policy as Windows does, and records what it sees. Stop it, or the process does not end.
 */
export class SimulatedHost {
  /** The NetBIOS name. */
  readonly name: string;
  readonly http: HttpEndpoint | undefined;
  readonly https: HttpsEndpoint | undefined;
  readonly config: HostConfig;
  readonly policy: HostPolicy;
  readonly accounts: HostAccounts;
  readonly groups: HostGroups;
  /** What the host says of its listeners. */
  readonly listeners: Listeners;
  /** Who may log on over the network, for hand edits. */
  readonly logonRights: LogonRights;
  /** The registry, for hand edits. */
  readonly registry: Registry;
  readonly certMappings: HostCertMappings;
  /** The command shells that clients have opened, and what was run in them. */
  readonly shells: HostShells;
  /** The WinRM service, as the service control manager shows it. */
  readonly service: WinrmService;
  /** Scheduled tasks, and what ran of them. */
  readonly scheduler: TaskScheduler;
  readonly journal: Journal;
  readonly #model: Model;
  readonly #fronts: readonly HttpListener[];

  private constructor(model: Model, started: Started) {
    this.name = model.name;
    this.http = started.http;
    this.https = started.https;
    this.journal = model.journal;
    this.service = model.service;
    this.scheduler = model.scheduler;
    this.shells = model.shells;
    this.accounts = {
      add: (account) => {
        model.accounts.add(account);
        model.sam.addUser(account);
      },
      remove: (name) => {
        model.accounts.remove(name);
        model.sam.removeUser(name);
      },
      setPassword: (name, password) => {
        model.accounts.setPassword(name, password);
      },
      setDisabled: (name, disabled) => {
        model.accounts.setDisabled(name, disabled);
      },
      isLocked: (name) => model.accounts.isLocked(name),
      unlock: (name) => {
        model.accounts.unlock(name);
      },
    };
    this.groups = new HostGroups(model.sam);
    this.logonRights = model.logonRights;
    this.listeners = model.listeners;
    this.registry = model.registry;
    this.config = {
      get: (path) => model.config.get(path),
      set: (path, value) => {
        model.config.set(path, String(value));
      },
      all: () => model.config.all(),
    };
    this.policy = {
      set: (path, value) => {
        model.config.setPolicy(path, String(value));
      },
      clear: (path) => {
        model.config.clearPolicy(path);
      },
      all: () => model.config.allPolicies(),
    };
    this.certMappings = certMappingEdits(model.certMappings, model.authorities);
    this.#model = model;
    this.#fronts = started.fronts;
  }

  /**
   * Starts a host.
   * @throws WinrmError `WINRM_E_ARGUMENT` for a wrong name, setting, policy or member, or a keytab that cannot be read,
   *   `WINRM_E_METHOD_UNSUPPORTED` if Kerberos is asked for and koffi or the system's library is missing; `WINRM_E_ARGUMENT` also for a port in use.
   */
  static async start(options: HostOptions = {}): Promise<SimulatedHost> {
    const resolved = resolveOptions(options);
    const model = createModel(resolved, await domainOf(resolved));
    return new SimulatedHost(model, await startFronts(model, resolved));
  }

  /** Sequences that clients began and neither read to the end nor released. */
  get openEnumerations(): number {
    return this.#model.enumerations.open;
  }

  /** Whether a network connection of the host has the profile Public. */
  setPublicNetwork(isPublic: boolean): void {
    this.#model.config.publicNetwork = isPublic;
  }

  /** Makes something go wrong once. */
  injectFault(rule: MisbehaviourRule): InjectedFault {
    return this.#model.misbehaviours.add(rule);
  }

  /** Cuts the network to the host, or restores it. */
  cutNetwork(cut = true): void {
    this.#model.misbehaviours.cut = cut;
    if (cut) for (const front of this.#fronts) front.breakConnections();
  }

  /** Restarts Windows: delays of tasks that have begun are lost, and the service reads its store. */
  reboot(): void {
    this.#model.power.restart();
  }

  /** Stops listening and breaks every connection. May be called again. */
  async stop(): Promise<void> {
    await Promise.all(this.#fronts.map((front) => front.close()));
  }
}

interface Started {
  readonly fronts: readonly HttpListener[];
  readonly http: HttpEndpoint | undefined;
  readonly https: HttpsEndpoint | undefined;
}

async function startFronts(model: Model, options: ResolvedHostOptions): Promise<Started> {
  const fronts: HttpListener[] = [];
  try {
    const http = options.http === undefined ? undefined : await startHttp(model, options.http.port ?? 0, fronts);
    const https = options.https === undefined ? undefined : await startHttps(model, options, fronts);
    return { fronts, http, https };
  } catch (error) {
    await Promise.all(fronts.map((front) => front.close()));
    throw error;
  }
}

async function startHttp(model: Model, port: number, fronts: HttpListener[]): Promise<HttpEndpoint> {
  const front = new HttpListener(model, { name: "http" });
  const bound = await front.listen(port);
  fronts.push(front);
  model.listeners.add({ transport: "HTTP", port: bound, hostname: "", certificateThumbprint: "" });
  return { port: bound, url: `http://127.0.0.1:${bound}/wsman` };
}

async function startHttps(model: Model, options: ResolvedHostOptions, fronts: HttpListener[]): Promise<HttpsEndpoint> {
  const certificate = options.https?.certificate ?? (await freshCertificate(model.name));
  const { raw, fingerprint: sha1, fingerprint256 } = new X509Certificate(certificate.certPem);
  const front = new HttpListener(model, {
    name: "https",
    certificate,
    channelBinding: tlsServerEndPoint(raw),
    clientCertificates: options.https?.clientCertificates ?? "on-demand",
  });
  const port = await front.listen(options.https?.port ?? 0);
  fronts.push(front);
  const certificateThumbprint = sha1.replaceAll(":", "");
  model.listeners.add({ transport: "HTTPS", port, hostname: model.name, certificateThumbprint });
  return {
    port,
    url: `https://127.0.0.1:${port}/wsman`,
    certificatePem: certificate.certPem,
    fingerprintSha256: fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** The certificate library is loaded only where a certificate is made. */
async function freshCertificate(hostName: string): Promise<CertificatePair> {
  const { selfSignedCertificate } = await import("./windows/certificate.js");
  return selfSignedCertificate(hostName);
}
