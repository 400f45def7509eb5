/** How the stand-in language host starts the SDK's runner: the flags and variables that `cmd/run` reads. */
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";

/** Arguments of `node`: the user's `nodeargs`, the runner, its flags, and the program's entry point last. */
export function runnerArguments(request: RunRequest, script: string): string[] {
  const info = request.getInfo();
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", process.argv.at(-1) ?? ""],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["stack", request.getStack()],
    ["pwd", request.getPwd()],
    ["root-directory", info?.getRootDirectory() ?? ""],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...words(text(options(request)["nodeargs"])),
    script,
    ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
}

/** The engine's environment plus the stack's configuration and the project's `runtime.options`. */
export function runnerEnvironment(request: RunRequest, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = options(request);
  const env: NodeJS.ProcessEnv = {
    ...environment,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
  // TypeScript is on unless the project switches it off; the SDK brings its own ts-node.
  if (typescript !== false) env["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  // An empty value would be taken as the name of a file.
  if (text(tsconfig) !== "") env["PULUMI_NODEJS_TSCONFIG_PATH"] = text(tsconfig);
  return env;
}

function options(request: RunRequest): Readonly<Record<string, unknown>> {
  return request.getInfo()?.getOptions()?.toJavaScript() ?? {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Splits at blanks; quotes keep a word together. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}
