import type { Judgement } from "../../contract/finding";
import { SECRET_VALUE } from "../../contract/findings-file";
import type { Candidate } from "./candidate";

/** Shorter values would take ordinary letters out of the text. */
const SHORTEST_VALUE = 3;

/**
 * A finding as it may be shown: of an argument that is a secret of the program nothing of its value is left, nor of what
 * the host has in its place.
 */
export function withoutSecrets(finding: Judgement, candidate: Candidate, host: string): Judgement {
  const { secrets = [] } = candidate;
  if (secrets.length === 0) return finding;
  const [argument = ""] = finding.property.split(/[.[]/, 1);
  if (!secrets.includes(argument)) {
    const hide = (text: string) => withoutValues(text, candidate, host);
    return { ...finding, message: hide(finding.message), remedy: hide(finding.remedy) };
  }
  const drift = finding.rule === "drift";
  const message = drift
    ? `is ${SECRET_VALUE}, wanted ${SECRET_VALUE}`
    : `the value is a secret, so that this says no more than ${finding.rule}`;
  const change = drift ? { now: SECRET_VALUE, wanted: SECRET_VALUE } : {};
  return { ...finding, property: argument, message, remedy: "", ...change };
}

/** A text without the values of arguments that are secrets, and without the host's name where that is one. */
export function withoutValues(text: string, { secrets = [], inputs }: Candidate, host: string): string {
  const given = inputs as Readonly<Record<string, unknown>>;
  const hostNames = [host, host.replace(/:\d+$/, "")];
  const values = secrets.flatMap((name) => (name === "connection" ? hostNames : stringsIn(given[name])));
  // The longest first: one may be a part of another.
  values.sort((one, other) => other.length - one.length);
  return values
    .filter((value) => value.length >= SHORTEST_VALUE)
    .reduce((shown, value) => shown.replaceAll(value, SECRET_VALUE), text);
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
