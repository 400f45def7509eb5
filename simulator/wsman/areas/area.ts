/** What an area of resources gets to know, and what it answers. An area owns a family of resource URIs. */

import type { BrokenPrograms } from "../../windows/broken-programs";
import type { ConfigPuts, PolicyFault } from "../../options";
import type { Caller } from "../../windows/access";
import type { Accounts } from "../../windows/accounts";
import type { CertMappings } from "../../windows/cert-mappings";
import type { Power } from "../../windows/power";
import type { Listeners } from "../../windows/listeners";
import type { ConfigStore } from "../../windows/config/store";
import type { Enumerations } from "../enumeration";
import type { Language } from "../fault-table";
import type { Registry } from "../../windows/registry";
import type { Sam } from "../../windows/sam/sam";
import type { Shells } from "../../windows/shells";
import type { SoapRequest } from "../soap";
import type { TaskScheduler } from "../../windows/scheduler/scheduler";
import type { WinrmService } from "../../windows/winrm-service";

/** The parts of the host that areas read and change. */
export interface AreaHost {
  readonly name: string;
  /** `major.minor.build`. */
  readonly osVersion: string;
  readonly language: Language;
  readonly config: ConfigStore;
  readonly configPuts: ConfigPuts;
  readonly policyFault: PolicyFault;
  readonly enumerations: Enumerations;
  /** Users and groups with their SIDs. */
  readonly sam: Sam;
  readonly accounts: Accounts;
  readonly registry: Registry;
  /** `ReturnValue` of a registry read whose value is not there. */
  readonly absentRegistryValueReturns: number;
  readonly certMappings: CertMappings;
  readonly listeners: Listeners;
  readonly shells: Shells;
  readonly service: WinrmService;
  readonly scheduler: TaskScheduler;
  readonly power: Power;
  /** Programs that do not run as they should. */
  readonly programs: BrokenPrograms;
}

/** What an area hands back: the content of the SOAP body, and what the journal shall say. */
export interface AreaReply {
  readonly body: string;
  /** Values that the request asked to write, by path. Never a password. */
  readonly leaves?: Readonly<Record<string, string>>;
}

/** Notes that survive a fault: what a refused Put wanted to write, what a method returned. */
export interface AreaNotes {
  /** Milliseconds that the answer is held back. */
  holdMs?: number;
  leaves?: Readonly<Record<string, string>>;
  /** What a WMI method returned: 0 when it was carried out. */
  returnValue?: number;
  selectors?: Readonly<Record<string, string>>;
  /** The account whose name and password were tried and refused while the request was carried out. */
  logonFailure?: string;
}

/** A request and its sender. */
export interface AreaRequest extends SoapRequest {
  readonly caller: Caller;
}

/** One family of resources. */
export interface Area {
  /** @param uri the resource URI in lower case. */
  owns(uri: string): boolean;
  /** Who else than an administrator may use the area. Default nobody. */
  admits?(caller: Caller, host: AreaHost): boolean;
  /**
   * Lower-cased names of the options that the area knows, or that it ignores all others; default none. Unknown ones with
   * `MustComply` are refused ([MS-WSMV] 3.1.4.1.13, notes 50 and 52).
   */
  readonly options?: ReadonlySet<string> | "ignored";
  /** @throws SoapFault */
  handle(request: AreaRequest, host: AreaHost, notes: AreaNotes): AreaReply;
}
