import { readFileSync } from "node:fs";
import { WinrmError } from "../../errors";
import { type CertMapping, type CertMappingKey, getCertMapping } from "../../host/cert-mappings";
import type { WsmanClient } from "../../session/wsman-client";
import { type CertMappingInputs, checkMapping, checkPassword, keyOf, wantedOf } from "./arguments";
import { type MappingRecord, type ObservedMapping, canonicalKey, planMapping, planRestore, sameName } from "./plan";
import { type Applying, mappingWrite, deleteMappingWrite } from "./writes";
import { observeConfig } from "../winrm-config/writes";
import { connectionIdentity } from "../../contract/connection";
import type { HostView } from "../../host/host-view";
import { ownsMapping } from "../safety/caller/certificate";
import { createPasswordVerifier, matchesPassword } from "./password-verifier";
import { type Plan, observeNow, reconcile, restore } from "../change/reconcile";
import {
  type LifecycleContext,
  PartialFailure,
  type ResourceLifecycle,
  SCHEMA_VERSION,
  type SharedOutputs,
} from "../lifecycle";
import { resolveSecret } from "../../connect/secret";
import type { Settings } from "../../contract/settings";

/** State of `CertMapping`. */
export interface CertMappingOutputs extends CertMappingInputs, SharedOutputs {
  /** The name that the host compares with the certificate's, where it was read from one. */
  mappedSubject?: string;
  /** SHA-1 thumbprint of the issuer where it was read from a certificate; 40 upper-case hex digits. */
  mappedIssuer?: string;
  /** Recognises the password that was last written; empty if that is not certain. */
  passwordVerifier: string;
  /**
   * What the mapping had after the last apply, where that is not what the arguments say; destroy touches the mapping only
   * where the account is still this one.
   */
  appliedMapping?: { userName: string; enabled: boolean };
  /** What the mapping had before it was adopted; absent if this resource made it. */
  priorMapping?: { userName: string; enabled: boolean };
}

const COMPUTED = [
  "schemaVersion",
  "mappedSubject",
  "mappedIssuer",
  "passwordVerifier",
  "appliedMapping",
  "priorMapping",
];

/** A client certificate that logs in as a local account. */
export const certMapping: ResourceLifecycle<CertMappingInputs, CertMappingOutputs, ObservedMapping> = {
  type: "CertMapping",
  computed: COMPUTED,
  secrets: ["password"],

  check: checkMapping,

  warnings() {
    return [];
  },

  canonicalInputs(inputs) {
    return {
      ...inputs,
      // What the key is read from may be spelled in many ways, and a renewed certificate has the same key.
      ...{ subject: null, issuer: null, clientCertificatePem: null, issuerCertificatePem: null, uri: null },
      // Whether the password differs is for `stale`: behind a reference it cannot be compared.
      password: null,
      adopt: null,
      userName: inputs.userName.toLowerCase(),
      enabled: inputs.enabled ?? true,
      key: canonicalKey(wantedOf(inputs).key),
    };
  },

  async hasHiddenChange(previous, inputs, settings) {
    const { passwordVerifier: verifier } = previous;
    if (verifier === "") return true;
    if (typeof previous.password === "string" && previous.password === inputs.password) return false;
    try {
      return !(await matchesPassword(verifier, passwordOf(inputs, settings)));
    } catch {
      // The runner of a preview need not have what the reference points to.
      return JSON.stringify(previous.password) !== JSON.stringify(inputs.password);
    }
  },

  id(inputs) {
    return `${connectionIdentity(inputs.connection)}/winrm/certmapping/${canonicalKey(wantedOf(inputs).key)}`;
  },

  replaceOnChanges(previous, inputs) {
    const [before, after] = [keyOf(previous), keyOf(inputs)];
    if (before === undefined || after === undefined) return [];
    const names: string[] = [];
    const differs = (name: keyof CertMappingKey) => before[name].toLowerCase() !== after[name].toLowerCase();
    if (differs("uri")) names.push("uri");
    if (differs("subject")) names.push(inputs.subject === undefined ? "clientCertificatePem" : "subject");
    if (differs("issuer")) names.push(issuerArgument(inputs));
    return names;
  },

  async observe(inputs, view) {
    return { ...(await observeMapping(inputs, view)), config: await observeConfig(view) };
  },

  assess(inputs, { observed, host, logon, mine, pendingConfigChanges: others }) {
    const wanted = wantedOf(inputs);
    const { findings } = planMapping(inputs, wanted, {
      observed,
      situation: {
        host,
        own: ownsMapping(logon, wanted.key),
        newPassword: false,
        ...(mine === undefined ? {} : { mine: true }),
        ...(others === undefined ? {} : { others }),
      },
    });
    return { findings, changes: new Map() };
  },

  create(inputs, context) {
    return applyMapping(inputs, context);
  },

  update(previous, inputs, context) {
    return applyMapping(inputs, context, previous);
  },

  async read(previous, context) {
    const { mapping } = await observeNow(previous.connection, context, (view) => observeMapping(previous, view));
    if (mapping === undefined) return undefined;
    const inputs = liveInputs(previous, mapping);
    const { key } = wantedOf(previous);
    const record = recordOf(previous, mapping);
    const { passwordVerifier: verifier = "" } = previous as Partial<CertMappingOutputs>;
    return { inputs, outputs: outputsOf(inputs, key, { ...record, verifier }) };
  },

  async delete(previous, context) {
    await restore(previous, context, {
      observe: (view) => observeMapping(previous, view),
      plan: (observed, reached) => restorePlan(previous, observed, { reached, context }),
    });
  },
};

function issuerArgument(inputs: CertMappingInputs): string {
  if (inputs.issuer !== undefined) return "issuer";
  return inputs.issuerCertificatePem === undefined ? "clientCertificatePem" : "issuerCertificatePem";
}

/** @throws WinrmError `WINRM_E_SECRET_REFERENCE`, `WINRM_E_ARGUMENT`; nothing has been sent then. */
function passwordOf({ password }: CertMappingInputs, settings: Settings): string {
  const text = resolveSecret(
    { value: password, origin: "password" },
    { settings, readFile: (path) => readFileSync(path) },
  );
  const [problem] = checkPassword(text);
  if (problem !== undefined) throw new WinrmError("WINRM_E_ARGUMENT", `password: ${problem.reason}`);
  return text;
}

async function readMapping(client: WsmanClient, signal: AbortSignal, key: string): Promise<CertMapping | undefined> {
  const [uri = "", subject = "", issuer = ""] = JSON.parse(key) as string[];
  return await getCertMapping(client, { uri, subject, issuer }, signal);
}

async function observeMapping(inputs: CertMappingInputs, view: HostView): Promise<ObservedMapping> {
  const { uri, subject, issuer } = wantedOf(inputs).key;
  const mapping = await view.read(readMapping, JSON.stringify([uri, subject, issuer]));
  return { ...(mapping === undefined ? {} : { mapping }), now: new Date() };
}

async function applyMapping(
  inputs: CertMappingInputs,
  context: LifecycleContext,
  previous?: CertMappingOutputs,
): Promise<CertMappingOutputs> {
  const password = passwordOf(inputs, context.settings);
  const wanted = wantedOf(inputs);
  const known = await matchesPassword(previous?.passwordVerifier, password);
  const { before, after, failure } = await reconcile(inputs.connection, context, {
    observe: (view) => observeMapping(inputs, view),
    plan: (observed, reached): Plan<ObservedMapping> => {
      const situation = {
        host: reached.host,
        own: ownsMapping(reached.target, wanted.key),
        mine: previous !== undefined,
        newPassword: !known,
      };
      const { findings, change } = planMapping(inputs, wanted, { observed, situation });
      if (change === undefined) return { findings, writes: [] };
      const target = { key: wanted.key, userName: wanted.userName, password };
      return { findings, writes: [mappingWrite(change, target, { context, reached })] };
    },
  });
  const adopted = previous === undefined ? before.mapping : previous.priorMapping;
  const live = after.mapping ?? { userName: wanted.userName, enabled: wanted.enabled };
  const record = {
    applied: { userName: live.userName, enabled: live.enabled },
    ...(adopted === undefined ? {} : { prior: { userName: adopted.userName, enabled: adopted.enabled } }),
  };
  if (failure !== undefined) {
    const shown = after.mapping === undefined ? inputs : liveInputs(inputs, after.mapping);
    throw new PartialFailure(
      certMapping.id(inputs),
      outputsOf(shown, wanted.key, { ...record, verifier: "" }),
      failure,
    );
  }
  const verifier = known && previous !== undefined ? previous.passwordVerifier : await createPasswordVerifier(password);
  return outputsOf(inputs, wanted.key, { ...record, verifier });
}

/** The arguments as the host has them; spelled as the program spells them where they are the same. */
function liveInputs(inputs: CertMappingInputs, mapping: CertMapping): CertMappingInputs {
  const { userName = "", enabled = true } = inputs as Partial<CertMappingInputs>;
  return {
    ...inputs,
    ...(sameName(userName, mapping.userName) ? {} : { userName: mapping.userName }),
    ...(enabled === mapping.enabled ? {} : { enabled: mapping.enabled }),
  };
}

function recordOf(previous: CertMappingOutputs, mapping: CertMapping): MappingRecord {
  // Nothing is recorded if the resource is only read (`CertMapping.get`).
  const { appliedMapping, priorMapping, userName = mapping.userName } = previous as Partial<CertMappingOutputs>;
  return {
    applied: appliedMapping ?? { userName, enabled: previous.enabled ?? true },
    ...(priorMapping === undefined ? {} : { prior: priorMapping }),
  };
}

function outputsOf(
  inputs: CertMappingInputs,
  key: CertMappingKey,
  { applied, prior, verifier }: MappingRecord & { readonly verifier: string },
): CertMappingOutputs {
  const asWanted = sameName(applied.userName, inputs.userName) && applied.enabled === (inputs.enabled ?? true);
  return {
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    ...(inputs.subject === undefined ? { mappedSubject: key.subject } : {}),
    ...(inputs.issuer === undefined ? { mappedIssuer: key.issuer } : {}),
    passwordVerifier: verifier,
    ...(asWanted ? {} : { appliedMapping: applied }),
    ...(prior === undefined ? {} : { priorMapping: prior }),
  };
}

function restorePlan(
  previous: CertMappingOutputs,
  { mapping }: ObservedMapping,
  { context, reached }: Applying,
): Plan<ObservedMapping> {
  if (mapping === undefined) return { findings: [], writes: [] };
  const { key } = wantedOf(previous);
  const { acceptLockout = false } = previous;
  const about = { acceptLockout, host: reached.host, own: ownsMapping(reached.target, key) };
  const plan = planRestore(recordOf(previous, mapping), mapping, about);
  switch (plan.kind) {
    case "delete":
      return { findings: plan.findings, writes: [deleteMappingWrite(key)] };
    case "leave":
      context.log.warn(plan.warning);
      return { findings: [], writes: [] };
    case "enable": {
      context.log.warn(plan.warning);
      const change = { kind: "put", credentials: false, enabled: plan.enabled } as const;
      const target = { key, userName: mapping.userName, password: "" };
      return { findings: [], writes: [mappingWrite(change, target, { context, reached })] };
    }
  }
}
