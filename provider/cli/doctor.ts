/** `pulumi-winrm doctor`: connects step by step and explains. */

import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { WinrmError, messageOf } from "../errors";
import { type Problem, isRecord } from "../lifecycle/argument-checks";
import { type Connection, METHODS, checkConnection } from "../lifecycle/connection";
import { resolveTarget } from "../lifecycle/resolve-target";
import { Settings } from "../lifecycle/settings";
import { type Method, displayHost, displayLogon } from "../session/target";
import { parsePort } from "./arguments";
import { type Step, type Verdict, examine } from "./doctor-steps";
import { type Style, print, styled } from "./terminal";

interface DoctorOptions {
  readonly transport?: "http" | "https";
  readonly port?: number;
  readonly method?: Method;
  readonly username?: string;
  readonly passwordEnv?: string;
  readonly passwordFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly pfx?: string;
  readonly passphraseEnv?: string;
  readonly ca?: string;
  readonly pin?: string;
  readonly insecure?: true;
  readonly json?: true;
}

const TIME_LIMIT_MS = 60_000;
const EXAMPLES = `
What is left out comes from the environment: WINRM_USERNAME, WINRM_PASSWORD, WINRM_TRANSPORT, WINRM_CA, ...

Examples:
  $ WINRM_PASSWORD=... pulumi-winrm doctor web01.corp.example.com --username 'CORP\\ops'
  $ WINRM_TRUSTED_HOSTS=10.0.0.7 pulumi-winrm doctor 10.0.0.7 --transport http --username 'WEB01\\ops' --password-file ./password --json

It logs in once and changes nothing. Exit codes: 0 all well, 1 a step failed, 2 wrong usage.
`;

/** Adds the command. `exitCode` receives 1 if a step fails. */
export function addDoctor(program: Command, fail: () => void): void {
  program
    .command("doctor")
    .description("Connect to a host step by step, and explain what does not work.")
    .argument("<host>", "DNS name or IP address")
    .addOption(new Option("--transport <transport>", "how to connect (default: https)").choices(["https", "http"]))
    .option("--port <port>", "default: 5986 for https, 5985 for http", parsePort)
    .addOption(
      new Option("--method <method>", "how to log in (default: negotiate with a password, kerberos without)").choices(
        METHODS,
      ),
    )
    .option("--username <name>", "MACHINE\\user, DOMAIN\\user or user@domain")
    .option("--password-env <variable>", "environment variable with the password")
    .option("--password-file <file>", "file with the password")
    .option("--cert <file>", "PEM of the client certificate and its chain")
    .option("--key <file>", "PEM of its private key")
    .option("--pfx <file>", "client certificate and key in one PFX instead")
    .option("--passphrase-env <variable>", "environment variable with the passphrase of the key or the PFX")
    .option("--ca <file>", "PEM of the authorities to trust instead of the system's")
    .option("--pin <sha256>", "fingerprint of the host's own certificate")
    .option("--insecure", "accept any certificate")
    .option("--json", "print one line of JSON instead of text")
    .addHelpText("after", EXAMPLES)
    .action(async (host: string, options: DoctorOptions) => {
      const steps = await diagnose(host, options);
      if (steps.some(({ verdict }) => verdict === "failed")) fail();
    });
}

async function diagnose(host: string, options: DoctorOptions): Promise<Step[]> {
  const connection = connectionOf(host, options);
  const problems: Problem[] = checkConnection(connection, "connection");
  const [problem] = problems;
  if (problem !== undefined) throw new WinrmError("WINRM_E_ARGUMENT", `${problem.property} ${problem.reason}`);
  const settings = new Settings(() => undefined, process.env);
  const { target, warnings, methodReason } = resolveTarget(connection as unknown as Connection, settings);
  const json = options.json === true;
  if (!json) {
    print(`${styled("bold", displayHost(target))}: ${displayLogon(target)}`);
    for (const warning of warnings) print(`  ${styled("yellow", "warning")}  ${warning}`);
  }
  const show = (step: Step) => {
    if (!json) print(...linesOf(step));
  };
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const steps = await examine({ target, methodReason, onStep: show, signal });
  const ok = steps.every(({ verdict }) => verdict !== "failed");
  if (json) print(JSON.stringify({ host: displayHost(target), logon: displayLogon(target), ok, warnings, steps }));
  else
    print(
      ok
        ? styled("green", "Everything that Pulumi needs works.")
        : styled("red", "Pulumi cannot manage this host yet."),
    );
  return steps;
}

function connectionOf(host: string, options: DoctorOptions): Record<string, unknown> {
  const auth = {
    method: options.method,
    username: options.username,
    password:
      options.passwordEnv !== undefined
        ? { env: options.passwordEnv }
        : options.passwordFile !== undefined
          ? { file: options.passwordFile }
          : undefined,
    certificatePem: fileOf(options.cert),
    privateKeyPem: fileOf(options.key),
    pfx: fileOf(options.pfx),
    passphrase: options.passphraseEnv === undefined ? undefined : { env: options.passphraseEnv },
  };
  const tls = {
    ca: options.ca === undefined ? undefined : readCertificate(options.ca),
    pinnedSha256: options.pin,
    insecureSkipVerify: options.insecure,
  };
  return defined({ host, transport: options.transport, port: options.port, auth, tls });
}

function fileOf(file: string | undefined): { file: string } | undefined {
  return file === undefined ? undefined : { file };
}

/** Without keys that are not set. */
function defined(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, isRecord(item) ? defined(item) : item]));
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new WinrmError("WINRM_E_ARGUMENT", `--ca: ${messageOf(error)}`);
  }
}

const STYLES: Readonly<Record<Verdict, Style>> = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" };

function linesOf({ name, verdict, detail, ms, advice }: Step): string[] {
  const time = verdict === "skipped" ? "" : styled("dim", `  ${ms} ms`);
  return [
    `  ${styled(STYLES[verdict], verdict.padEnd(8))} ${name.padEnd(12)} ${detail}${time}`,
    ...advice.map((line) => `${" ".repeat(24)}- ${line}`),
  ];
}
