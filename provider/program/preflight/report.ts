import { type WinrmError, messageOf } from "../../errors";
import { type Judgement, changesText, codeOf, findingText } from "../../contract/finding";
import type { RecordedChange, RecordedFinding, UnreadHost } from "../../contract/findings-file";
import { displayHost } from "../../session/target";
import type { Candidate } from "./candidate";
import { type Failure, groupFailures, hostList, sortedHosts } from "./failures";
import { writeFindingsFile } from "./findings-file";
import type { Verdict } from "./judge";
import type { Prepared } from "./prepare";
import type { PreviewRun } from "./preview-run";
import { withoutSecrets, withoutValues } from "./secrecy";
import { summaryOf } from "./summary";

/** Everything that the pre-flight says: each line once, each under the resource or the stack that it is about. */
export class Report {
  readonly #run: PreviewRun;
  readonly #told = new Set<string>();
  readonly #hostsRead = new Set<string>();
  readonly #findings: RecordedFinding[] = [];
  readonly #changes: RecordedChange[] = [];
  readonly #unread: UnreadHost[] = [];
  #failed = 0;

  constructor(run: PreviewRun) {
    this.#run = run;
  }

  /** Weak choices of a connection; once for all resources that make them on one host. */
  connectionWarnings(resource: Prepared): void {
    const host = displayHost(resource.resolved.target);
    for (const warning of resource.resolved.warnings) {
      const text = withoutValues(warning, resource, host);
      if (this.#first(host, text)) this.#run.warn(text, resource.resource);
    }
  }

  /** What the resource's own arguments make certain to fail. */
  problem(resource: Prepared, error: WinrmError): void {
    const host = displayHost(resource.resolved.target);
    const text = withoutValues(error.message, resource, host);
    if (resource.mode === "error") this.#error(text, resource);
    else this.#run.warn(text, resource.resource);
  }

  /** A part of a host that could not be read; the rest of the host may still be judged. */
  unreadPart({ resource, error }: { readonly resource: Prepared; readonly error: Error }): void {
    const host = displayHost(resource.resolved.target);
    const text = `pre-flight: not checked on ${host}, and the preview goes on from state: ${messageOf(error)}`;
    this.#run.warn(withoutValues(text, resource, host), resource.resource);
  }

  /** What a round found, the summary where there is more than one host, the file, and the end of a preview that fails. */
  round(verdicts: readonly Verdict[], failures: readonly Failure[]): void {
    const [changes, findings] = [this.#changes.length, this.#findings.length];
    for (const verdict of verdicts) this.#verdict(verdict);
    this.#failures(failures);
    const found = { changes: this.#changes.slice(changes), findings: this.#findings.slice(findings) };
    const summary = summaryOf({ hostsRead: this.#hostsRead.size, unread: this.#unread.length, ...found });
    if (summary !== undefined) this.#run.note(summary);
    this.#write();
    if (this.#failed === 0) return;
    const problems = this.#failed === 1 ? "1 problem" : `${this.#failed} problems`;
    this.#failed = 0;
    this.#run.fail(`pre-flight: ${problems} found on the live hosts; nothing was changed`);
  }

  #verdict({ resource, findings }: Verdict): void {
    const host = displayHost(resource.resolved.target);
    const shown = withoutValues(host, resource, host);
    this.#hostsRead.add(shown);
    const fresh = findings
      .map((finding) => asReported(withoutSecrets(finding, resource, host), resource))
      .filter((finding) => this.#first(resource.name, resource.type, shown, JSON.stringify(finding)));
    const drift = fresh.filter(({ rule }) => rule === "drift");
    this.#drift(drift, resource, shown);
    for (const finding of fresh) {
      if (finding.severity !== "note") this.#record(finding, resource, shown);
      if (finding.rule === "drift" || finding.severity === "note") continue;
      const text = findingText(finding);
      if (finding.severity === "error") this.#error(text, resource);
      else if (this.#first(text)) this.#run.warn(text, resource.resource);
    }
  }

  /** What differs on the host: what the update will change, or what a plain update will leave. */
  #drift(drift: readonly Judgement[], resource: Prepared, host: string): void {
    const [first] = drift;
    if (first === undefined) return;
    const text = changesText(host, drift);
    if (first.severity === "warning") {
      const why = "state has what is wanted, so that a plain pulumi up does not repair it";
      this.#run.warn(`${text}; ${why}: ${first.remedy} [${codeOf(first)}]`, resource.resource);
      return;
    }
    this.#run.note(text, resource.resource);
    for (const { property, message, now = "", wanted = message } of drift) {
      this.#changes.push({ host, resource: resource.name, type: resource.type, property, now, wanted });
    }
  }

  #record(finding: Judgement, { name, type }: Candidate, host: string): void {
    const { rule, severity, property, message, remedy } = finding;
    if (severity === "note") return;
    const optional = remedy === "" ? {} : { remedy };
    const about = { host, resource: name, type, property };
    this.#findings.push({ rule, severity, code: codeOf(finding), ...about, message, ...optional });
  }

  #error(text: string, { resource }: Candidate): void {
    this.#failed += 1;
    if (this.#first(text)) this.#run.error(text, resource);
  }

  /** Hosts that were not read: an error where an apply would fail too, and one warning for all others. */
  #failures(failures: readonly Failure[]): void {
    const fresh = failures.filter(({ host, error }) => this.#first(host, error.code));
    const [lines, hosts] = [[] as string[], new Set<string>()];
    for (const group of groupFailures(fresh)) {
      for (const host of group.hosts) this.#unread.push({ host, code: group.code, message: group.summary });
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
    const count = hosts.size === 1 ? "1 host was" : `${hosts.size} hosts were`;
    this.#run.warn([`pre-flight: ${count} not checked, and the preview goes on from state`, ...lines].join("\n"));
  }

  #write(): void {
    const problem = writeFindingsFile(this.#run, {
      hostsRead: sortedHosts(this.#hostsRead),
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
