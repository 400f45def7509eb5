/** Automation API stacks whose program is a function of the test: they need no language host. */
import { createRequire } from "node:module";
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type * as Automation from "@pulumi/pulumi/automation";
import { STACK } from "./harness.js";
import { endProcessesOf } from "./leftovers.js";
import { offlineEnvironment, pulumiCli } from "./offline.js";
import { type ProjectOptions, temporaryFolder, writeProject } from "./project.js";

/** How an inline stack is made. */
export interface InlineOptions {
  /** Further environment variables of the CLI and of the provider process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that the provider process needs beside it. Default: none. */
  readonly files?: ProjectOptions["program"];
  /** The project's name. Default `proj`. */
  readonly projectName?: string;
  /** Names of the stacks, which share the project and the process. Default `dev` alone. */
  readonly stacks?: readonly string[];
}

/** Inline stacks of one project. */
export interface InlineStack {
  /** The first of them. */
  readonly stack: Automation.Stack;
  readonly stacks: readonly Automation.Stack[];
  /** The project's folder: the working directory of the provider process. */
  readonly directory: string;
}

/**
 * Makes stacks for a program that is given the `require` of a project in which the packed tarball
 * is installed. The program must load `@pulumi/pulumi` and `pulumi-winrm` through it: a second copy of the SDK,
 * such as this checkout's, knows nothing of the running program. The test's end removes everything.
 */
export async function inlineStack(
  t: TestContext,
  program: (require: NodeJS.Require) => ReturnType<Automation.PulumiFn>,
  options: InlineOptions = {},
): Promise<InlineStack> {
  const { env = {}, files = {}, projectName = "proj", stacks: names = [STACK] } = options;
  const root = temporaryFolder("inline-");
  const directory = join(root, "project");
  t.after(() => {
    endProcessesOf(join(root, "home"));
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  await writeProject(directory, { program: files, projectName });
  const envVars = { ...(await offlineEnvironment(root)), ...env };
  const projectRequire = createRequire(join(directory, "package.json"));
  const { LocalWorkspace, PulumiCommand } = projectRequire("@pulumi/pulumi/automation") as typeof Automation;
  const { command } = await pulumiCli();
  const binDirectory = dirname(command);
  const pulumiCommand = await PulumiCommand.get({
    skipVersionCheck: true,
    ...(basename(binDirectory) === "bin" ? { root: dirname(binDirectory) } : {}),
  });
  const stacks: Automation.Stack[] = [];
  for (const stackName of names) {
    const made = await LocalWorkspace.createOrSelectStack(
      { stackName, projectName, program: () => program(projectRequire) },
      {
        pulumiCommand,
        workDir: directory,
        envVars: definedOnly(envVars),
        projectSettings: { name: projectName, runtime: "nodejs", main: directory },
      },
    );
    stacks.push(made);
  }
  const [stack] = stacks;
  if (stack === undefined) throw new Error("no stack is named");
  return { stack, stacks, directory };
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
