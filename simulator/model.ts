/** What a simulated host is made of, before it listens. */

import { type FrontHost } from "./http/front";
import { Accounts } from "./windows/accounts";
import { Authorities } from "./windows/authorities";
import type { KerberosDomain } from "./auth/kerberos-mechanism";
import { certMappingError, CertMappings } from "./windows/cert-mappings";
import { ConfigStore } from "./windows/config/store";
import { Enumerations } from "./wsman/enumeration";
import { Power } from "./windows/power";
import { Listeners } from "./windows/listeners";
import { LogonRights } from "./windows/logon-rights";
import { Journal } from "./journal";
import { AccountLockout } from "./windows/lockout";
import { Misbehaviours } from "./fault-injection";
import { Registry, SYSTEM_POLICIES_KEY, TOKEN_FILTER_POLICY } from "./windows/registry";
import { Shells } from "./windows/shells";
import { type ResolvedHostOptions } from "./options";
import { Sam } from "./windows/sam/sam";
import { SIDS } from "./windows/sam/well-known";
import { runCommandLine } from "./windows/commands/cmd";
import { StoredSettings } from "./windows/config/stored-settings";
import { TaskScheduler } from "./windows/scheduler/scheduler";
import { WinrmService } from "./windows/winrm-service";

/** The parts of a host. */
export interface Model extends FrontHost {
  readonly accounts: Accounts;
}

function registryOf({ registry: content, quickConfig }: ResolvedHostOptions): Registry {
  const registry = new Registry(content);
  const given = registry.get(SYSTEM_POLICIES_KEY, TOKEN_FILTER_POLICY) !== undefined;
  if (quickConfig && !given) registry.set(SYSTEM_POLICIES_KEY, TOKEN_FILTER_POLICY, 1);
  return registry;
}

/** The realm that the host is in; Kerberos is loaded only where it is asked for. */
export async function domainOf({ kerberos, domain }: ResolvedHostOptions): Promise<KerberosDomain | undefined> {
  if (kerberos === undefined) return undefined;
  const byGroups = kerberos.accounts === undefined && domain !== undefined ? { accounts: {} } : {};
  const { joinDomain } = await import("./auth/kerberos-mechanism.js");
  return joinDomain({ ...kerberos, ...byGroups });
}

/** Makes the parts, as the options say. @throws WinrmError `WINRM_E_ARGUMENT` for a wrong setting, policy or member. */
export function createModel(options: ResolvedHostOptions, domain: KerberosDomain | undefined): Model {
  const registry = registryOf(options);
  const inRegistry = options.store === "registry";
  const config = new ConfigStore(inRegistry ? new StoredSettings(registry, options.storedDefaults) : undefined);
  config.followsStore = options.service.storeEditsCount === "at-once";
  for (const [path, value] of options.config) config.set(path, value);
  for (const [path, value] of options.policy) config.setPolicy(path, value);
  config.publicNetwork = options.publicNetwork;
  let connections = 0;
  const sam = new Sam({
    hostName: options.name,
    language: options.groupLanguage,
    accounts: options.accounts,
    groups: options.groups,
    remoteWmiUsers: options.remoteWmiUsersGroup,
    domain: options.domain,
    domainController: options.domainController,
    joined: options.domain !== undefined || options.kerberos !== undefined,
  });
  const lockout = new AccountLockout(options.lockout);
  const accounts = new Accounts(options.name, options.accounts, { lockout, domain: sam.domain });
  const authorities = new Authorities(options.authorities);
  const certMappings = new CertMappings(accounts, authorities);
  for (const mapping of options.certMappings) {
    const refusal = certMappings.create(mapping, mapping);
    if (refusal !== undefined) throw certMappingError(refusal);
  }
  const service = new WinrmService(config, options.service);
  const run = (line: string) => runCommandLine(line, { host: model, ...SYSTEM });
  const scheduler = new TaskScheduler(options.clock, run, options.scheduler);
  const model: Model = {
    name: options.name,
    config,
    configPuts: options.configPuts,
    policyFault: options.policyFault,
    registry,
    clock: options.clock,
    programs: options.programs,
    date: options.date,
    service,
    scheduler,
    power: new Power(options.clock, scheduler, service),
    filteredAnswer: options.filteredAdministrators,
    absentRegistryValueReturns: options.absentRegistryValueReturns,
    domain,
    enumerations: new Enumerations(),
    sam,
    listeners: new Listeners(),
    logonRights: new LogonRights(sam, options.logonRights),
    accounts,
    authorities,
    certMappings,
    shells: new Shells(options.shellOutput),
    journal: new Journal(),
    misbehaviours: new Misbehaviours(),
    unencryptedResponse: options.unencryptedResponse,
    latencyMs: options.latencyMs,
    logonFailureDelayMs: options.logonFailureDelayMs,
    idleTimeoutMs: options.idleTimeoutMs,
    osVersion: options.osVersion,
    language: options.language,
    nextConnection: () => (connections += 1),
  };
  return model;
}

/** Whom scheduled tasks run as. */
const SYSTEM = {
  caller: {
    name: "NT AUTHORITY\\SYSTEM",
    administrator: true,
    remoteManagement: false,
    remoteWmi: false,
    token: new Set(["S-1-5-18", SIDS.administrators]),
  },
  environment: new Map<string, string>(),
} as const;
