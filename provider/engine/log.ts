import { createRequire } from "node:module";
import type * as enginePb from "@pulumi/pulumi/proto/engine_pb";

/**
 * Lines to the engine's own log, under the resource they are about. Console output would become anonymous lines of the
 * stack. Severity ERROR is never sent: it stops nothing, and the run would end with exit code 0.
 */
export interface EngineLog {
  warn(text: string, urn: string | undefined): void;
  /** A line that stays, and is no warning. */
  note(text: string, urn: string | undefined): void;
  /** Status text in the resource's row; gone afterwards. */
  progress(text: string, urn: string | undefined): void;
  /** Waits until what was sent has arrived, two seconds at the most. */
  flush(): Promise<void>;
}

/** A malformed URN makes the whole command line panic, so anything else than this is sent under no URN. */
const URN = /^urn:pulumi:[^:]+::[^:]+::[^:](?:(?!::).)*::.+$/;
const ENGINE_ADDRESS = /^(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;
const DEADLINE_MS = 2_000;

/** The engine's address, if this is a provider process: the last argument. */
export function engineAddress(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  const isProvider = argv.some((argument) => /[\\/]dynamic-provider(?:[\\/]index(?:\.js)?)?$/.test(argument));
  return isProvider && last !== undefined && ENGINE_ADDRESS.test(last) ? last : undefined;
}

/** The log of a provider process; outside of one, lines go nowhere. */
export function openEngineLog(address: string | undefined): EngineLog {
  if (address === undefined) return { warn: nothing, note: nothing, progress: nothing, flush: () => Promise.resolve() };
  const pending = new Set<Promise<void>>();
  let send: Send | undefined;
  const line = (kind: Line["kind"], text: string, urn: string | undefined) => {
    try {
      send ??= connect(address);
      const sent = send({ kind, text, urn: urn !== undefined && URN.test(urn) ? urn : "" });
      pending.add(sent);
      void sent.finally(() => pending.delete(sent));
    } catch {
      // A log line that cannot be sent must not fail the operation it is about.
    }
  };
  return {
    warn: (text, urn) => {
      line("warning", text, urn);
    },
    note: (text, urn) => {
      line("note", text, urn);
    },
    progress: (text, urn) => {
      line("progress", text, urn);
    },
    flush: async () => {
      await Promise.all(pending);
    },
  };
}

function nothing(): void {
  // No engine.
}

interface Line {
  readonly kind: "warning" | "note" | "progress";
  readonly text: string;
  readonly urn: string;
}

type Send = (line: Line) => Promise<void>;

interface EngineClient {
  log(request: enginePb.LogRequest, options: { deadline: number }, callback: (error: unknown) => void): void;
}

/** gRPC is taken from the SDK that runs this process, so that there is one copy, under every package manager. */
function connect(address: string): Send {
  const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  const grpc = sdk("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };
  const { EngineClient } = sdk("@pulumi/pulumi/proto/engine_grpc_pb") as {
    EngineClient: new (address: string, credentials: unknown) => EngineClient;
  };
  const { LogRequest, LogSeverity } = sdk("@pulumi/pulumi/proto/engine_pb") as typeof enginePb;
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  return ({ kind, text, urn }) =>
    new Promise((resolve) => {
      const request = new LogRequest();
      request.setSeverity(LogSeverity[kind === "warning" ? "WARNING" : "INFO"]);
      request.setMessage(text);
      request.setUrn(urn);
      request.setEphemeral(kind === "progress");
      client.log(request, { deadline: Date.now() + DEADLINE_MS }, () => {
        resolve();
      });
    });
}
