/** A preview of the live pre-flight that writes down what it is told. */
import assert from "node:assert/strict";
import type { Candidate } from "../../../provider/program/preflight/candidate";
import { collectorOf } from "../../../provider/program/preflight/collector";
import type { PreviewRun } from "../../../provider/program/preflight/preview-run";

/** One line. */
export interface Said {
  readonly severity: "error" | "warn" | "note";
  readonly text: string;
  /** Name of the resource, or `stack`. */
  readonly under: string;
}

/** A preview that writes down what it is told. */
export class RecordedRun implements PreviewRun {
  readonly said: Said[] = [];
  readonly failures: string[] = [];
  /** Runs that are kept alive now. */
  alive = 0;
  #ended: () => void = () => undefined;

  constructor(
    readonly settings: Readonly<Record<string, unknown>> = {},
    readonly env: NodeJS.ProcessEnv = {},
  ) {}

  config(key: string): unknown {
    return this.settings[key];
  }
  configKeys(): string[] {
    return Object.keys(this.settings);
  }
  identity() {
    return { project: "proj", stack: "dev" };
  }
  error(text: string, resource?: object): void {
    this.#say("error", text, resource);
  }
  warn(text: string, resource?: object): void {
    this.#say("warn", text, resource);
  }
  note(text: string, resource?: object): void {
    this.#say("note", text, resource);
  }
  fail(text: string): void {
    assert.ok(this.alive > 0, "the run must be alive when it fails");
    this.failures.push(text);
  }
  keepAlive(): () => void {
    this.alive += 1;
    return () => {
      this.alive -= 1;
      if (this.alive === 0) this.#ended();
    };
  }
  /** Adds the candidates in one turn, and waits until the run may end. */
  async check(candidates: readonly Candidate[]): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    // As constructors do: each announces its resource, and the engine registers them later.
    const arrivals = candidates.map(() => collectorOf(this).expect());
    for (const [index, arrived] of arrivals.entries()) arrived(candidates[index]);
    await ended;
  }
  texts(severity: Said["severity"], under?: string): string[] {
    return this.said
      .filter((one) => one.severity === severity && (under ?? one.under) === one.under)
      .map(({ text }) => text);
  }
  #say(severity: Said["severity"], text: string, resource?: object): void {
    assert.ok(this.alive > 0, "nothing may be said after the run was let go");
    this.said.push({ severity, text, under: (resource as { name: string } | undefined)?.name ?? "stack" });
  }
}

/** An `AuthConfig` as it is registered. */
export function auth(name: string, inputs: object): Candidate {
  return { resource: { name }, name, type: "AuthConfig", inputs };
}

/** A `TrustedHosts` as it is registered. */
export function list(name: string, inputs: object): Candidate {
  return { resource: { name }, name, type: "TrustedHosts", inputs };
}
