/** A stand-in for the engine's own gRPC service, as far as a provider process uses it. */
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import type * as grpcModule from "@grpc/grpc-js";
import type * as engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as enginePb from "@pulumi/pulumi/proto/engine_pb";

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
export const grpc = sdkRequire("@grpc/grpc-js") as typeof grpcModule;
const { EngineService } = sdkRequire("@pulumi/pulumi/proto/engine_grpc_pb") as typeof engineGrpc;
const { LogSeverity } = sdkRequire("@pulumi/pulumi/proto/engine_pb") as typeof enginePb;
const { Empty } = sdkRequire("google-protobuf/google/protobuf/empty_pb.js") as { Empty: new () => object };

/** A line as the engine received it. */
export interface ReceivedLine {
  readonly severity: "INFO" | "WARNING" | "other";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}

/** An engine on a port of its own. */
export class EngineServer {
  readonly lines: ReceivedLine[] = [];
  readonly #server = new grpc.Server();
  #waiting: (() => void)[] = [];
  /** `127.0.0.1:port` */
  address = "";

  static async start(t: TestContext): Promise<EngineServer> {
    const engine = new EngineServer();
    await engine.#listen();
    t.after(() => {
      engine.stop();
    });
    return engine;
  }

  /** Resolves once a line that matches has arrived. */
  async line(pattern: RegExp): Promise<ReceivedLine> {
    for (;;) {
      const found = this.lines.find(({ message }) => pattern.test(message));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #listen(): Promise<void> {
    const log: grpcModule.handleUnaryCall<enginePb.LogRequest, object> = ({ request }, callback) => {
      const severity = request.getSeverity();
      this.lines.push({
        severity: severity === LogSeverity.WARNING ? "WARNING" : severity === LogSeverity.INFO ? "INFO" : "other",
        message: request.getMessage(),
        urn: request.getUrn(),
        ephemeral: request.getEphemeral(),
      });
      for (const resolve of this.#waiting.splice(0)) resolve();
      callback(null, new Empty());
    };
    this.#server.addService(EngineService, { log });
    return new Promise((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) {
          reject(error);
          return;
        }
        this.address = `127.0.0.1:${port}`;
        resolve();
      });
    });
  }
}
