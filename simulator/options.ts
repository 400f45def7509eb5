/** How a simulated host is described, and what is taken where nothing is said. */

import { type BrokenProgram, type BrokenPrograms, brokenPrograms } from "./windows/broken-programs";
import { WinrmError } from "../provider/errors";
import { type HostClock, MACHINE_CLOCK } from "./clock";
import type { PublicNetwork } from "./windows/config/store";
import type { DefaultEntries } from "./windows/config/stored-settings";
import type { SchedulerOptions } from "./windows/scheduler/scheduler";
import type { ServiceOptions } from "./windows/winrm-service";
import type { AccountOptions } from "./windows/accounts";
import type { KerberosOptions } from "./auth/kerberos-mechanism";
import type { CertificatePair } from "./windows/certificate";
import type { CertMappingOptions } from "./windows/cert-mappings";
import type { FilteredAnswer } from "./windows/access";
import type { Language } from "./wsman/fault-table";
import type { ShellOutputOptions } from "./windows/shells";
import type { DomainOptions } from "./windows/sam/domain";
import type { LogonRightOptions } from "./windows/logon-rights";
import type { LockoutOptions } from "./windows/lockout";
import type { RegistryContent } from "./windows/registry";
import type { ClientCertificateRequest } from "./http/client-certificate";

/** Both are reported of Windows: 500 by most clients, 401 by one recording whose client could not seal. */
export type UnencryptedResponse = 500 | 401;

/** A listener. Loopback only. */
export interface ListenerOptions {
  /** Default 0: a free port. */
  readonly port?: number;
}

/** An https listener. */
export interface TlsListenerOptions extends ListenerOptions {
  /** Default: a fresh self-signed one for the host's name, `localhost` and 127.0.0.1. */
  readonly certificate?: CertificatePair;
  /**
   * When a client is asked for its certificate: `on-demand` within the connection, which needs TLS 1.2, as Windows does
   * unless it is told otherwise, or in the first `handshake`. Default `on-demand`.
   */
  readonly clientCertificates?: ClientCertificateRequest;
}

/** A simulated host. */
export interface HostOptions {
  /** NetBIOS name, 1 to 15 letters, digits and hyphens. Default `WEB01`. */
  readonly name?: string;
  /** Local accounts. Default none, so that nobody can log on. */
  readonly accounts?: readonly AccountOptions[];
  /** Default `true`. */
  readonly http?: boolean | ListenerOptions;
  /** Default `false`. */
  readonly https?: boolean | TlsListenerOptions;
  /** Local settings over Windows' defaults, by path: `{"service/auth/Basic": true}`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /**
   * Which Puts of a part of the configuration are taken: `any` (default; assumed (put-partial) for `client` and `service`), `whole` ones
   * only, or `writable`: whole ones without what cannot be written, as old hosts are reported to want them.
   */
  readonly configPuts?: ConfigPuts;
  /** Settings that Group Policy owns, by path. */
  readonly policy?: Readonly<Record<string, string | number | boolean>>;
  /** How a Put of one of them is refused. Default `policy-controlled`: 2150858890 (assumed (policy-fault)). */
  readonly policyFault?: PolicyFault;
  /**
   * Members of local groups by group, both by name or SID: `{"Remote Management Users": ["ops", "CORP\\Deploy"]}`. A
   * group that is not there is made; a SID that nobody has is kept. They come on top of what Windows puts into a group.
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /**
   * Who may log on over the network, by name or SID: `{SeDenyNetworkLogonRight: ["S-1-5-114"]}`. Default as on a fresh
   * Windows: everybody but Guest.
   */
  readonly logonRights?: LogonRightOptions;
  /** The language of the names of built-in groups. Default: `language`. */
  readonly groupLanguage?: Language;
  /** `WinRMRemoteWMIUsers__` is there. Default: on Windows Server 2012 and 2012 R2 (`osVersion` 6.2, 6.3). A plain
   * Windows Server 2008 R2 has none; newer ones neither. */
  readonly remoteWmiUsersGroup?: boolean;
  /**
   * `winrm quickconfig` was run. In a workgroup it sets `LocalAccountTokenFilterPolicy` to 1, so that every local
   * administrator has full rights over the network. Default `true` in a workgroup, `false` in a domain.
   */
  readonly quickConfig?: boolean;
  /**
   * What a local administrator meets whose token remote UAC filters: a 401 at the logon, or code 5 at each request.
   * Both are reported of Windows. Default `unauthorized`.
   */
  readonly filteredAdministrators?: FilteredAnswer;
  /** The domain whose principals the host knows. Default: none, a workgroup. */
  readonly domain?: DomainOptions;
  /** The host is a controller of `domain`: its groups and accounts are the domain's. Default `false`. */
  readonly domainController?: boolean;
  /** Registry values over those of a fresh Windows: `{"HKLM\\SOFTWARE\\Vendor": {Level: 1}}`. A number is a DWORD. */
  readonly registry?: RegistryContent;
  /** `ReturnValue` of a registry read whose value is not there: Windows hosts differ. Default 1. */
  readonly absentRegistryValueReturns?: 1 | 2 | 2147749890;
  /** Certificates in the stores Root and CA, as PEM texts: who may issue certificates of clients. Default none. */
  readonly certificates?: { readonly authorities: readonly string[] };
  /** Client certificates that log in as local accounts. Default none. */
  readonly certMappings?: readonly CertMappingOptions[];
  /** Makes the host a member of a Kerberos domain. Default: a workgroup, where nobody logs on with Kerberos. */
  readonly kerberos?: KerberosOptions;
  /** How the output of commands in shells comes over the wire. */
  readonly shellOutput?: ShellOutputOptions;
  /**
   * The status of the answer to a message in cleartext over http while `AllowUnencrypted` is off: 500 or 401. Both are
   * reported of Windows. Default 500.
   */
  readonly unencryptedResponse?: UnencryptedResponse;
  /**
   * A network connection of the host has the profile Public: `AllowUnencrypted` cannot be put, or with `local-puts` not on
   * the host itself. Default `false`.
   */
  readonly publicNetwork?: PublicNetwork;
  /** Milliseconds that every answer waits. Default 0. */
  readonly latencyMs?: number;
  /** Locks local accounts after wrong passwords. Default: never, as Windows before 2022. */
  readonly lockout?: LockoutOptions;
  /** Milliseconds that the 401 to a wrong password waits beside `latencyMs`. Default 0. */
  readonly logonFailureDelayMs?: number;
  /** How the service behaves where it is stopped, and from when a Put counts. */
  readonly service?: ServiceOptions;
  /** How the task scheduler behaves. */
  readonly scheduler?: SchedulerOptions;
  /** What a Put of a default value leaves in the service's store. Default `explicit`. */
  readonly storedDefaults?: DefaultEntries;
  /** Where the service keeps its settings: in the `registry`, or `elsewhere`. Default `registry`. */
  readonly store?: "registry" | "elsewhere";
  /** Responses say what time it is on the host. Default `true`. */
  readonly date?: boolean;
  /** What is wrong with programs, by name in lower case, or asked at each start. Default: nothing. */
  readonly programs?: Readonly<Record<string, BrokenProgram>> | BrokenPrograms;
  /** The clock of scheduled tasks. Default: the machine's. */
  readonly clock?: HostClock;
  /** Milliseconds until an idle connection is closed. Default 120 000, as HTTP.sys. */
  readonly idleTimeoutMs?: number;
  /** `major.minor.build` in Identify. Default `10.0.20348` (Windows Server 2022). */
  readonly osVersion?: string;
  /** The language of fault texts and of the programs in shells. Default `en-US`. */
  readonly language?: Language;
}

/** Form of the Puts that a host takes. */
export type ConfigPuts = "any" | "whole" | "writable";

/** See {@link HostOptions.policyFault}. */
export type PolicyFault = "policy-controlled" | "access-denied";

/** A description with every default filled in. */
export interface ResolvedHostOptions {
  readonly name: string;
  readonly accounts: readonly AccountOptions[];
  readonly http: ListenerOptions | undefined;
  readonly https: TlsListenerOptions | undefined;
  readonly config: readonly (readonly [string, string])[];
  readonly configPuts: ConfigPuts;
  readonly policy: readonly (readonly [string, string])[];
  readonly policyFault: PolicyFault;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly logonRights: LogonRightOptions;
  readonly groupLanguage: Language;
  readonly remoteWmiUsersGroup: boolean;
  readonly quickConfig: boolean;
  readonly filteredAdministrators: FilteredAnswer;
  readonly domain: DomainOptions | undefined;
  readonly domainController: boolean;
  readonly registry: RegistryContent;
  readonly absentRegistryValueReturns: number;
  readonly authorities: readonly string[];
  readonly certMappings: readonly CertMappingOptions[];
  readonly kerberos: KerberosOptions | undefined;
  readonly shellOutput: ShellOutputOptions;
  readonly unencryptedResponse: UnencryptedResponse;
  readonly publicNetwork: PublicNetwork;
  readonly latencyMs: number;
  readonly lockout: LockoutOptions;
  readonly logonFailureDelayMs: number;
  readonly service: ServiceOptions;
  readonly scheduler: SchedulerOptions;
  readonly storedDefaults: DefaultEntries;
  readonly store: "registry" | "elsewhere";
  readonly date: boolean;
  readonly programs: BrokenPrograms;
  readonly clock: HostClock;
  readonly idleTimeoutMs: number;
  readonly osVersion: string;
  readonly language: Language;
}

const OS_VERSION = "10.0.20348";
const IDLE_TIMEOUT_MS = 120_000;

/** @throws WinrmError `WINRM_E_ARGUMENT` for a name that no host or no account has, or a controller without a domain. */
export function resolveOptions(options: HostOptions): ResolvedHostOptions {
  const name = options.name ?? "WEB01";
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,14})$/.test(name)) {
    throw new WinrmError(
      "WINRM_E_ARGUMENT",
      `${JSON.stringify(name)} is not a NetBIOS name (1 to 15 letters, digits, hyphens)`,
    );
  }
  if (options.domainController === true && options.domain === undefined) {
    throw new WinrmError("WINRM_E_ARGUMENT", "a domain controller needs a domain");
  }
  return {
    name,
    accounts: distinctAccounts(options.accounts ?? []),
    http: listener(options.http ?? true),
    https: listener(options.https ?? false),
    config: texts(options.config),
    configPuts: options.configPuts ?? "any",
    policy: texts(options.policy),
    policyFault: options.policyFault ?? "policy-controlled",
    groups: options.groups ?? {},
    logonRights: options.logonRights ?? {},
    groupLanguage: options.groupLanguage ?? options.language ?? "en-US",
    remoteWmiUsersGroup: options.remoteWmiUsersGroup ?? /^6\.[2-9]/.test(options.osVersion ?? OS_VERSION),
    quickConfig: options.quickConfig ?? (options.domain === undefined && options.kerberos === undefined),
    filteredAdministrators: options.filteredAdministrators ?? "unauthorized",
    domain: options.domain,
    domainController: options.domainController ?? false,
    registry: options.registry ?? {},
    absentRegistryValueReturns: options.absentRegistryValueReturns ?? 1,
    authorities: options.certificates?.authorities ?? [],
    certMappings: options.certMappings ?? [],
    kerberos: options.kerberos,
    shellOutput: options.shellOutput ?? {},
    unencryptedResponse: options.unencryptedResponse ?? 500,
    publicNetwork: options.publicNetwork ?? false,
    latencyMs: options.latencyMs ?? 0,
    lockout: options.lockout ?? { threshold: 0 },
    logonFailureDelayMs: options.logonFailureDelayMs ?? 0,
    service: options.service ?? {},
    scheduler: options.scheduler ?? {},
    storedDefaults: options.storedDefaults ?? "explicit",
    store: options.store ?? "registry",
    date: options.date ?? true,
    programs: brokenPrograms(options.programs ?? {}),
    clock: options.clock ?? MACHINE_CLOCK,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    osVersion: options.osVersion ?? OS_VERSION,
    language: options.language ?? "en-US",
  };
}

/** Characters that no account of Windows has (NetUserAdd), and names of dots and blanks alone. */
const NO_ACCOUNT = /["/\\[\]:;|=,+*?<>@]|^[. ]*$/;

function distinctAccounts(accounts: readonly AccountOptions[]): readonly AccountOptions[] {
  const names = accounts.map(({ name }) => name.toLowerCase());
  const wrong = accounts.find(({ name }, index) => NO_ACCOUNT.test(name) || names.indexOf(name.toLowerCase()) < index);
  if (wrong === undefined) return accounts;
  const why = NO_ACCOUNT.test(wrong.name) ? "cannot be an account of Windows" : "is an account twice";
  throw new WinrmError("WINRM_E_ARGUMENT", `${JSON.stringify(wrong.name)} ${why}`);
}

function listener<Options extends ListenerOptions>(given: boolean | Options): Options | undefined {
  if (given === false) return undefined;
  return given === true ? ({} as Options) : given;
}

function texts(values: HostOptions["config"] = {}): (readonly [string, string])[] {
  return Object.entries(values).map(([path, value]) => [path, String(value)] as const);
}
