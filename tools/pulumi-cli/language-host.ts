/**
 * A STAND-IN for Pulumi's Node language host (`pulumi-language-nodejs`), used only where a machine has none:
 * Pulumi ships it with its releases, but its Go module is not published, so it cannot be built with the CLI.
 * An installed one is always preferred.
 *
 * It does what running an ordinary program needs: it serves `LanguageRuntime`, starts the SDK's own runner
 * (`@pulumi/pulumi/cmd/run` of the program) and reports how that ended. It does not install packages, generate
 * code or run Node-based plugins and policy packs.
 *
 * Started by the engine as `pulumi-language-nodejs [flags] ENGINE-ADDRESS`; prints the port it listens on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import {
  AboutResponse,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  LanguageHandshakeResponse,
  type RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as EmptyMessage from "google-protobuf/google/protobuf/empty_pb.js";
import { runnerArguments, runnerEnvironment } from "./language-host-run";
import { sdkDirectory } from "./locations";

/** The runner's exit code for "the user has been told what is wrong": nothing more is to be printed. */
const EXIT_ALREADY_REPORTED = 32;
const ENGINE_CHECK_MS = 5_000;

const sdkRequire = createRequire(join(sdkDirectory(), "package.json"));
const grpc = sdkRequire("@grpc/grpc-js") as typeof Grpc;
const { Empty } = sdkRequire("google-protobuf/google/protobuf/empty_pb.js") as typeof EmptyMessage;

let runner: ChildProcess | undefined;

function runProgram(request: RunRequest): Promise<RunResponse> {
  const response = new RunResponse();
  const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
  let script: string;
  try {
    script = createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    response.setError(`The Pulumi SDK is not installed in ${directory}. Run npm install there first.`);
    return Promise.resolve(response);
  }
  return new Promise((resolve) => {
    runner = spawn(process.execPath, runnerArguments(request, script), {
      cwd: request.getPwd() || directory,
      env: runnerEnvironment(request, process.env),
      stdio: ["ignore", "inherit", "inherit"],
      windowsHide: true,
    });
    runner.once("error", (error) => {
      response.setError(`Node cannot be started: ${error.message}`);
      resolve(response);
    });
    runner.once("exit", (code, signal) => {
      runner = undefined;
      if (code === EXIT_ALREADY_REPORTED) response.setBail(true);
      else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code ?? signal ?? "none"}`);
      resolve(response);
    });
  });
}

function about(): AboutResponse {
  const response = new AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.versions.node);
  return response;
}

/** Answers every call with the same fresh message. */
function response<T>(make: () => T): Grpc.handleUnaryCall<unknown, T> {
  return (_call, callback) => {
    callback(null, make());
  };
}

const handlers: Grpc.UntypedServiceImplementation = {
  handshake: response(() => new LanguageHandshakeResponse()),
  about: response(about),
  getPluginInfo: response(() => new PluginInfo()),
  getRequiredPackages: response(() => new GetRequiredPackagesResponse()),
  getRequiredPlugins: response(() => new GetRequiredPluginsResponse()),
  getProgramDependencies: response(() => new GetProgramDependenciesResponse()),
  installDependencies(call: Grpc.ServerWritableStream<unknown, unknown>) {
    const details = "The stand-in language host installs no packages: run npm install in the program's folder.";
    call.emit("error", { code: grpc.status.UNIMPLEMENTED, details });
  },
  cancel: response(() => {
    runner?.kill("SIGINT");
    return new Empty();
  }),
  run(call: Grpc.ServerUnaryCall<RunRequest, RunResponse>, callback: Grpc.sendUnaryData<RunResponse>) {
    void runProgram(call.request).then((response) => {
      callback(null, response);
    });
  },
};

/** Ends the program and this process once nobody listens at the engine's address: the engine was killed. */
function endWithEngine(address: string): void {
  const [host, port] = [
    address.slice(0, address.lastIndexOf(":")),
    Number(address.slice(address.lastIndexOf(":") + 1)),
  ];
  const timer = setInterval(() => {
    const socket = connect({ host, port });
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => {
      clearInterval(timer);
      shutDown("SIGKILL");
    });
  }, ENGINE_CHECK_MS);
  timer.unref();
}

function shutDown(signal: NodeJS.Signals): void {
  runner?.kill(signal);
  process.exit(0);
}

process.once("SIGINT", () => {
  shutDown("SIGINT");
});
process.once("SIGTERM", () => {
  shutDown("SIGTERM");
});

const engine = process.argv.at(-1) ?? "";
if (/^[^:]+:\d+$/.test(engine)) endWithEngine(engine);

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
server.addService(LanguageRuntimeService, handlers);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    process.stderr.write(`the stand-in language host cannot listen: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});
