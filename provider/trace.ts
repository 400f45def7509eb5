import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { isWinrmError } from "./errors";
import { printable } from "./printable";

/**
 * A trace for people who debug: channels of `node:diagnostics_channel`, named `pulumi-winrm:` and the topic, which any
 * program may subscribe to, and `WINRM_DEBUG=logon,message` (or `wire`, `all`), which prints them to standard error.
 * An event has names, numbers and codes: never a password, a token, a message or a text of a host. While nobody listens
 * nothing is made up.
 */

/** Fields of an event by topic; `code` is the error's where it failed. */
export interface TraceEvents {
  /** A socket to a host was opened, TLS included, or was not. */
  readonly connect: {
    readonly host: string;
    readonly transport: string;
    readonly tls?: string;
    readonly code?: string;
  };
  /** One leg of a logon: bytes of the tokens and the HTTP status, or one request that carries a credential. */
  readonly logon: {
    readonly host: string;
    readonly method: string;
    readonly mechanism?: string;
    readonly leg: number;
    readonly bytesOut: number;
    readonly bytesIn: number;
    readonly status: number;
  };
  /** A WS-Management message and its response. */
  readonly message: {
    readonly host: string;
    readonly operation: string;
    readonly action: string;
    readonly charactersOut: number;
    readonly charactersIn?: number;
    readonly ms: number;
    readonly code?: string;
    readonly fault?: number;
  };
  /** A request is sent again. */
  readonly retry: {
    readonly host: string;
    readonly operation: string;
    readonly attempt: number;
    readonly waitMs: number;
    readonly code: string;
  };
  /** What a resource is going to write, and how many findings there are. */
  readonly plan: { readonly host: string; readonly findings: number; readonly writes: readonly string[] };
  /** A write, and what came of it. */
  readonly write: {
    readonly host: string;
    readonly operation: string;
    readonly outcome: "done" | "failed" | "unknown";
    readonly code?: string;
  };
}

/** A topic of the trace. */
export type TraceTopic = keyof TraceEvents;

const CHANNELS = {
  connect: channel("pulumi-winrm:connect"),
  logon: channel("pulumi-winrm:logon"),
  message: channel("pulumi-winrm:message"),
  retry: channel("pulumi-winrm:retry"),
  plan: channel("pulumi-winrm:plan"),
  write: channel("pulumi-winrm:write"),
} as const satisfies Readonly<Record<TraceTopic, unknown>>;

/** Every topic. */
export const TRACE_TOPICS = Object.keys(CHANNELS) as readonly TraceTopic[];

/** Words that stand for several topics. */
const GROUPS: Readonly<Record<string, readonly TraceTopic[]>> = { wire: ["connect", "message"], all: TRACE_TOPICS };

/** Publishes one event; `make` is called only if somebody listens. */
export function trace<Topic extends TraceTopic>(topic: Topic, make: () => TraceEvents[Topic]): void {
  if (CHANNELS[topic].hasSubscribers) CHANNELS[topic].publish(make());
}

/** The code of a failure; `undefined` for what is no error of this package. */
export function traceCode(error: unknown): { readonly code?: string } {
  return isWinrmError(error) ? { code: error.code } : {};
}

/** The topics that a list names: `logon,wire`. What is no topic is left out. */
export function topicsOf(list: string): TraceTopic[] {
  const words = list.split(",").map((word) => word.trim().toLowerCase());
  return TRACE_TOPICS.filter((topic) => words.some((word) => word === topic || GROUPS[word]?.includes(topic) === true));
}

/** Prints events of these topics, one line each, until the function that it returns is called. */
export function printTrace(topics: readonly TraceTopic[], write: (line: string) => void): () => void {
  const stops = topics.map((topic) => {
    const listener = (event: unknown): void => {
      const fields = Object.entries(event as object).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      write(`winrm ${topic} ${printable(fields.join(" "), MAX_LINE)}\n`);
    };
    const { name } = CHANNELS[topic];
    subscribe(name, listener);
    return () => unsubscribe(name, listener);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

const MAX_LINE = 2_000;

const wanted = topicsOf(process.env["WINRM_DEBUG"] ?? "");
if (wanted.length > 0) printTrace(wanted, (line) => process.stderr.write(line));
