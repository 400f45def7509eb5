import type { WinrmError } from "../../errors";
import { type Judgement, codeOf, findingText, noteText } from "../../contract/finding";
import type { RecordedChange, RecordedFinding, UnreadHost } from "../../contract/findings-file";
import { plural, sortedHosts } from "../../fleet/groups";
import type { Candidate } from "./candidate";
import { type Failure, groupFailures, hostList } from "./failures";
import { writeFindingsFile } from "./findings-file";
import type { Verdict } from "./judge";
import type { Prepared } from "./prepare";
import type { PreviewRun } from "./preview-run";
import { type Remark, sayRemarks } from "./remarks";
import { unknownSettings } from "./unknown-settings";
import { withoutSecrets, withoutValues } from "./secrecy";

/** Everything that the pre-flight says: each line once, each under the resource or the stack that it is about. */
export class Report {
  readonly #run: PreviewRun;
  readonly #told = new Set<string>();
  /** As messages name them; several may be `[secret]`. */
  readonly #hostsRead = new Map<string, string>();
  readonly #findings: RecordedFinding[] = [];
  readonly #changes: RecordedChange[] = [];
  readonly #unread: UnreadHost[] = [];
  readonly #remarks: Remark[] = [];
  #failed = 0;

  constructor(run: PreviewRun) {
    this.#run = run;
  }

  /** Weak choices of a connection, once for all resources that make them on one host; and what is certain to fail. */
  prepared(resource: Prepared): void {
    const { host, mode, problem } = resource;
    for (const warning of resource.resolved.warnings) {
      const text = withoutValues(warning, resource, host);
      if (this.#first(host, text)) this.#remark({ severity: "warning", resource, text });
    }
    if (problem === undefined) return;
    const severity = mode === "error" ? "error" : "warning";
    this.#trouble({ severity, resource, text: problem.message }, "secret-reference", problem);
  }

  /** A part of a host that could not be read; the rest of the host may still be judged. */
  unreadPart({ resource, error }: { readonly resource: Prepared; readonly error: WinrmError }): void {
    const { host } = resource;
    const text = `pre-flight: not checked on ${host}, and the preview uses Pulumi's state instead: ${error.message}`;
    this.#trouble({ severity: "warning", resource, text }, "not-read", error);
  }

  #trouble(remark: Remark & Pick<RecordedFinding, "severity">, rule: string, error: WinrmError): void {
    const { severity, resource, text } = remark;
    const { host } = resource;
    const shown = (one: string) => withoutValues(one, resource, host);
    this.#remark({ severity, resource, text: shown(text) });
    const about = { host: shown(host), resource: resource.name, type: resource.type, property: "" };
    this.#findings.push({ rule, severity, code: error.code, ...about, message: shown(error.summary) });
  }

  /** What a round found, each thing once, the findings file, and the end of a preview that fails. */
  round(verdicts: readonly Verdict[], failures: readonly Failure[]): void {
    for (const text of unknownSettings(this.#run)) if (this.#first("", text)) this.#run.warn(`pre-flight: ${text}`);
    const [changes, findings] = [this.#changes.length, this.#findings.length];
    for (const verdict of verdicts) this.#verdict(verdict);
    this.#failures(failures);
    const title = this.#title(this.#changes.length - changes, this.#findings.length - findings);
    sayRemarks(this.#run, this.#remarks.splice(0), title);
    this.#write();
    if (this.#failed === 0) return;
    const problems = plural(this.#failed, "problem");
    this.#failed = 0;
    this.#run.fail(`pre-flight: ${problems} found on the live hosts; nothing was changed`);
  }

  /** How much there is, where one host is not all there is. */
  #title(changes: number, findings: number): string | undefined {
    const [read, unread] = [this.#hostsRead.size, this.#unread.length];
    if (read + unread < 2 || changes + findings === 0) return undefined;
    const not = unread === 0 ? "" : `, ${unread} not`;
    return `pre-flight: ${plural(read, "host")} read${not}; ${plural(changes, "change")}, ${plural(findings, "finding")}`;
  }

  #verdict({ resource, findings }: Verdict): void {
    const { host } = resource;
    const shown = withoutValues(host, resource, host);
    this.#hostsRead.set(host, shown);
    const fresh = findings
      .map((finding) => asReported(withoutSecrets(finding, resource, host), resource))
      .filter((finding) => this.#first(resource.name, resource.type, shown, JSON.stringify(finding)));
    this.#drift(fresh, resource, shown);
    const refused = fresh.some(({ severity }) => severity === "error");
    for (const finding of fresh.filter(({ rule }) => rule !== "drift")) {
      const { severity } = finding;
      if (severity === "note") {
        if (!refused) this.#remark({ severity, resource, text: noteText(finding) });
        continue;
      }
      this.#record(finding, resource, shown);
      this.#remark({ severity, resource, text: findingText(finding) });
    }
  }

  /** What differs on the host: what the update will change, or what a plain update will leave. */
  #drift(findings: readonly Judgement[], resource: Prepared, host: string): void {
    const drift = findings.filter(({ rule }) => rule === "drift");
    const [first] = drift;
    if (first === undefined) return;
    const lines = drift.map(noteText);
    if (first.severity === "warning") {
      const why = "state has what is wanted, so that a plain pulumi up does not repair it";
      const text = `${lines.join("; ")}; ${why}: ${first.remedy} [${codeOf(first)}]`;
      this.#remark({ severity: "warning", resource, text, live: true });
      for (const finding of drift) this.#record(finding, resource, host);
      return;
    }
    const { confirm } = resource;
    const confirmed = confirm !== false && findings.some(({ rule }) => rule === "confirm/window");
    const window = confirmed ? { confirmSeconds: confirm } : {};
    for (const [index, { property, message, now = "", wanted = message }] of drift.entries()) {
      this.#remark({ severity: "note", resource, text: lines[index] ?? "", live: true });
      this.#changes.push({ host, resource: resource.name, type: resource.type, property, now, wanted, ...window });
    }
  }

  #record(finding: Judgement, { name, type }: Candidate, host: string): void {
    const { rule, severity, property, message, remedy } = finding;
    if (severity === "note") return;
    const optional = remedy === "" ? {} : { remedy };
    const about = { host, resource: name, type, property };
    this.#findings.push({ rule, severity, code: codeOf(finding), ...about, message, ...optional });
  }

  #remark(remark: Remark): void {
    if (remark.severity === "error") this.#failed += 1;
    this.#remarks.push(remark);
  }

  /** Hosts that were not read: an error where an apply would fail too, and one warning for all others. */
  #failures(failures: readonly Failure[]): void {
    const fresh = failures.filter(({ host, error }) => this.#first(host, error.code));
    const [lines, hosts] = [[] as string[], new Set<string>()];
    for (const group of groupFailures(fresh)) {
      const severity = group.certain ? "error" : "warning";
      for (const host of group.hosts) this.#unread.push({ severity, host, code: group.code, message: group.summary });
      if (group.certain) {
        this.#failed += group.hosts.length;
        const [one] = group.first.resources;
        if (group.hosts.length === 1) this.#run.error(group.message, one?.resource);
        else this.#run.error(`pre-flight: ${group.hosts.length} hosts (${hostList(group.hosts)}): ${group.message}`);
      } else {
        for (const host of group.hosts) hosts.add(host);
        lines.push(`  - ${hostList(group.hosts)}: ${group.summary} [${group.code}]`);
      }
    }
    if (lines.length === 0) return;
    const were = hosts.size === 1 ? "was" : "were";
    this.#run.warn(
      [
        `pre-flight: ${plural(hosts.size, "host", were)} not checked, and the preview uses Pulumi's state instead`,
        ...lines,
      ].join("\n"),
    );
  }

  #write(): void {
    const problem = writeFindingsFile(this.#run, {
      hostsRead: sortedHosts(this.#hostsRead.values()),
      findings: this.#findings,
      changes: this.#changes,
      hostsNotRead: this.#unread,
    });
    if (problem !== undefined && this.#first(problem)) this.#run.warn(problem);
  }

  #first(...parts: readonly string[]): boolean {
    const key = JSON.stringify(parts);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}

/** With `winrm:preflight` at `warn` nothing is more than a warning, wherever it is said. */
function asReported(finding: Judgement, { mode }: Prepared): Judgement {
  return mode === "warn" && finding.severity === "error" ? { ...finding, severity: "warning" } : finding;
}
