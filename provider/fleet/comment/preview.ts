import { SECRET_VALUE, type RecordedChange } from "../../contract/findings-file";
import type { Problem, Review } from "./review";
import { isRecord } from "../../contract/checks";

/** What `pulumi preview --json` tells: its digest, or its stream of events, in one shape. */
export interface Preview extends Omit<Review, "hostsRead" | "hostsNotRead"> {
  /** Whether its end is there: a stream may be cut. */
  readonly finished: boolean;
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
}

interface Diagnostic {
  readonly urn: string;
  readonly severity: string;
  readonly message: string;
}

const OURS = /^pulumi-nodejs:dynamic\/winrm:(\w+)$/;
const CODE = /\s*\[(WINRM_E_[A-Z_]+)\]\s*$/;
/** Arguments that are no settings of the host. */
const NO_SETTINGS: readonly string[] = ["connection", "onDelete", "onPolicyConflict", "acceptLockout", "confirm"];
/** The halves of a replacement say nothing that the step `replace` between them does not. */
const NO_CHANGE: ReadonlySet<string> = new Set(["same", "read", "refresh", "create-replacement", "delete-replaced"]);
/** How the engine marks a secret, wherever its value is then. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Whatever name a secret argument has: its value is not shown, and whether it changed is. */
const SECRETS = /password|passphrase|privatekey|pfx|token|secret/i;

/** Whether a document is the digest of `pulumi preview --json`. */
export function isDigest(document: unknown): boolean {
  return isRecord(document) && ("steps" in document || "changeSummary" in document || "diagnostics" in document);
}

/** Whether a document is one event of the engine's stream. */
export function isEvent(document: unknown): boolean {
  return isRecord(document) && typeof document["sequence"] === "number";
}

/** The digest: `{steps, diagnostics, changeSummary}`. */
export function fromDigest(document: unknown): Preview {
  const digest = record(document);
  const steps = list(digest["steps"]).map((step) => stepOf(step, record(step["oldState"]), record(step["newState"])));
  const diagnostics = list(digest["diagnostics"]).map(diagnosticOf);
  return previewOf(steps, diagnostics, { resourceChanges: digest["changeSummary"] });
}

/** Engine events, as `PULUMI_ENABLE_STREAMING_JSON_PREVIEW` and `pulumi up --json` print them, one a line. */
export function fromEvents(events: readonly unknown[]): Preview {
  const of = (name: string) =>
    events.flatMap((event) => (isRecord(event) && isRecord(event[name]) ? [event[name]] : []));
  const steps = of("resourcePreEvent").map((event) => {
    const metadata = record(event["metadata"]);
    return stepOf(metadata, record(metadata["old"]), record(metadata["new"]));
  });
  const diagnostics = [...of("diagnosticEvent").map(diagnosticOf), ...of("policyEvent").map(violationOf)];
  return previewOf(steps, diagnostics, of("summaryEvent").at(-1));
}

function previewOf(
  steps: readonly Step[],
  diagnostics: readonly Diagnostic[],
  summary: Record<string, unknown> | undefined,
): Preview {
  const counts = record(summary?.["resourceChanges"]);
  const first = [...steps, ...diagnostics].map(({ urn }) => urnParts(urn)).find((parts) => parts !== undefined);
  const hosts = new Map(steps.map(({ urn, before, after }) => [urn, hostOf(after) || hostOf(before)]));
  const operations = Object.entries(counts).flatMap(([name, n]) => (typeof n === "number" ? [[name, n] as const] : []));
  return {
    project: first?.project ?? "",
    stack: first?.stack ?? "",
    ran: steps.length > 0 || operations.length > 0,
    finished: summary !== undefined,
    operations: Object.fromEntries(operations),
    problems: diagnostics.flatMap((diagnostic) => problemOf(diagnostic, hosts)),
    changes: steps.flatMap(changesOf),
  };
}

function stepOf(step: Record<string, unknown>, before: Record<string, unknown>, after: Record<string, unknown>): Step {
  const inputs = (state: Record<string, unknown>) => record(state["inputs"]);
  return { op: string(step["op"]), urn: string(step["urn"]), before: inputs(before), after: inputs(after) };
}

function diagnosticOf(diagnostic: Record<string, unknown>): Diagnostic {
  const message = string(diagnostic["message"]).replace(/<\{%[^%]*%\}>/g, "");
  return { urn: string(diagnostic["urn"]), severity: string(diagnostic["severity"]), message };
}

/** A rule of a policy pack that a resource breaks. */
function violationOf(event: Record<string, unknown>): Diagnostic {
  const severity = event["enforcementLevel"] === "mandatory" ? "error" : "warning";
  const { message } = diagnosticOf(event);
  return { urn: string(event["resourceUrn"]), severity, message: `${string(event["policyName"])}: ${message.trim()}` };
}

function problemOf({ urn, severity, message }: Diagnostic, hosts: ReadonlyMap<string, string>): Problem[] {
  if (severity !== "error" && severity !== "warning") return [];
  const text = message.trim().replace(/^(?:error|warning): /, "");
  if (text === "") return [];
  const { type = "", name = "" } = urnParts(urn) ?? {};
  const [, code = ""] = CODE.exec(text) ?? [];
  const where = { host: hosts.get(urn) ?? "", resource: name, type, property: "" };
  return [{ severity, code, rule: "", ...where, message: text.replace(CODE, ""), remedy: "" }];
}

/** What a step changes, argument by argument; a host is in the connection that the step's state names. */
function changesOf({ op, urn, before, after }: Step): RecordedChange[] {
  const parts = urnParts(urn);
  if (parts === undefined || !OURS.test(parts.fullType) || NO_CHANGE.has(op)) return [];
  const gone = op.startsWith("delete") || op.startsWith("discard");
  const old = settings(before);
  const wanted = gone ? new Map<string, unknown>() : settings(after);
  const host = hostOf(gone ? before : after);
  return [...new Set([...old.keys(), ...wanted.keys()])].flatMap((property) => {
    const secret = SECRETS.test(property);
    const [now, then] = [shown(old.get(property)), shown(wanted.get(property))];
    if (now === then && !secret) return [];
    if (secret && JSON.stringify(old.get(property)) === JSON.stringify(wanted.get(property))) return [];
    const row = { host, resource: parts.name, type: parts.type, property };
    return [secret ? { ...row, now: SECRET_VALUE, wanted: SECRET_VALUE } : { ...row, now, wanted: then }];
  });
}

/** Arguments that are settings, flat: `service.basic`. Lists stay whole. */
function settings(inputs: Record<string, unknown>, prefix = ""): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [name, value] of Object.entries(inputs)) {
    if (name.startsWith("__") || (prefix === "" && NO_SETTINGS.includes(name))) continue;
    if (isRecord(value) && !SECRETS.test(name) && !(SECRET_SIGNATURE in value)) {
      for (const [inner, one] of settings(value, `${prefix}${name}.`)) flat.set(inner, one);
    } else flat.set(prefix + name, value);
  }
  return flat;
}

function shown(value: unknown): string {
  if (value === undefined) return "(not managed by Pulumi)";
  if (value === UNKNOWN) return "(known after apply)";
  if (isRecord(value) && SECRET_SIGNATURE in value) return SECRET_VALUE;
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.map(shown).sort().join(", ");
  const hidden = (_: string, one: unknown) => (isRecord(one) && SECRET_SIGNATURE in one ? SECRET_VALUE : one);
  return typeof value === "string" ? value : JSON.stringify(value, hidden);
}

function hostOf(inputs: Record<string, unknown>): string {
  const { host, port } = record(inputs["connection"]);
  if (typeof host !== "string" || host === UNKNOWN) return "";
  return typeof port === "number" ? `${host}:${port}` : host;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; a name may hold `::`. */
function urnParts(urn: string) {
  const match = /^urn:pulumi:([^:]*)::([^:]*)::(.*?[^:])::(.*)$/s.exec(urn);
  if (match === null) return undefined;
  const [, stack = "", project = "", chain = "", name = ""] = match;
  const fullType = chain.split("$").at(-1) ?? "";
  return { stack, project, fullType, type: OURS.exec(fullType)?.[1] ?? fullType, name };
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
