/** The CLI that engine tests use, and an environment in which it needs no network and no account. */
import { join } from "node:path";
import { offlineVariables } from "../../../scripts/offline-environment.js";
import { type PulumiCli, findPulumiCli, withPulumiOnPath } from "../../../tools/pulumi-cli/find";
import { CLI_VARIABLE } from "../../../scripts/test-run.js";

/** The passphrase of every test stack. */
export const PASSPHRASE = "test passphrase";

let found: Promise<PulumiCli> | undefined;

/** The CLI: the one that the test runner found, or else looked for once per test file. */
export function pulumiCli(): Promise<PulumiCli> {
  const given = process.env[CLI_VARIABLE];
  found ??=
    given === undefined
      ? findPulumiCli({ log: (line) => process.stderr.write(`${line}\n`) })
      : Promise.resolve(JSON.parse(given) as PulumiCli);
  return found;
}

/**
 * This process's environment without its Pulumi, CI and test-runner variables, plus a home and a file backend
 * below `directory`. Folders are created.
 */
export async function offlineEnvironment(directory: string): Promise<NodeJS.ProcessEnv> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PULUMI_|NODE_OPTIONS$|NODE_TEST_)/.test(name));
  return {
    ...withPulumiOnPath(await pulumiCli(), Object.fromEntries(inherited)),
    ...offlineVariables(directory, PASSPHRASE),
    // The types of every program are checked once, by test/unit/docs/code-blocks.test.ts, not again by each command.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // The CLI lives for seconds: memory costs less than collecting it.
    GOGC: "off",
    NODE_OPTIONS: `--require=${JSON.stringify(join(__dirname, "lazy-sdk.js"))}`,
  };
}
