/** Clients that run commands: ansible, pywinrm and npm's winrm-client. Passwords go by standard input or environment. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { LEGACY_OPENSSL } from "../../../scripts/bench/pywinrm";
import { PYTHON, skipUnless } from "../ntlm/installed";
import { run, temporaryFolder } from "./peer";
import type { WinrmClientJob } from "./winrm-client-main";

const SCRIPT = join(__dirname, "..", "..", "..", "..", "test", "peers", "clients", "python", "pywinrm_commands.py");
const WINRM_CLIENT = "winrm-client@0.0.11";

/** How a command ended. */
export interface PeerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `skip` option: false if ansible and its WinRM connection are there. @throws Error when it is missing and CI=true. */
export function skipWithoutAnsible(): string | false {
  const probe = [PYTHON, "-c", "import ansible.plugins.connection.winrm, winrm, requests_ntlm"] as const;
  return skipUnless(probe, "apt-get install ansible-core python3-winrm python3-requests-ntlm");
}

/** A folder with winrm-client from npm's registry; where that cannot be reached, the reason why not. */
export function installWinrmClient(t: TestContext): { readonly folder: string } | { readonly missing: string } {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "package.json"), '{"private": true}');
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--prefix", folder];
  try {
    execFileSync("npm", ["install", ...options, WINRM_CLIENT], { stdio: "ignore", cwd: folder, timeout: 120_000 });
    return { folder };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { missing: `not installed: npm install ${WINRM_CLIENT}` };
  }
}

/** Runs commands with winrm-client. @returns the trimmed outputs. */
export async function winrmClient(
  t: TestContext,
  folder: string,
  { ca, ...job }: WinrmClientJob & { readonly ca?: string },
): Promise<string[]> {
  const env = ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca };
  const main = join(__dirname, "winrm-client-main.js");
  const output = await run(t, [process.execPath, main, folder], { input: JSON.stringify(job), env });
  return JSON.parse(output) as string[];
}

/** Runs commands, each as program and arguments, in one shell of pywinrm. */
export async function pywinrmCommands(
  t: TestContext,
  job: {
    readonly endpoint: string;
    readonly transport: "basic" | "ntlm";
    readonly username: string;
    readonly password: string;
    readonly ca?: string;
    readonly codepage?: number;
    readonly commands: readonly (readonly string[])[];
  },
): Promise<PeerResult[]> {
  const config = join(temporaryFolder(t), "openssl.cnf");
  writeFileSync(config, LEGACY_OPENSSL);
  const encryption = job.transport === "ntlm" ? "always" : "auto";
  const input = JSON.stringify({ codepage: 65001, encryption, ...job });
  return JSON.parse(await run(t, [PYTHON, SCRIPT], { input, env: { OPENSSL_CONF: config } })) as PeerResult[];
}

/** One host of an inventory. */
export interface AnsibleHost {
  readonly port: number;
  readonly scheme: "http" | "https";
  readonly transport: "basic" | "ntlm";
  readonly username: string;
  readonly password: string;
  readonly ca?: string;
}

/** Runs one command with ansible's module `raw`. */
export async function ansibleRaw(t: TestContext, host: AnsibleHost, command: string): Promise<PeerResult> {
  const folder = temporaryFolder(t);
  const file = (name: string) => join(folder, name);
  const variables = {
    ansible_host: "127.0.0.1",
    ansible_connection: "winrm",
    ansible_port: host.port,
    ansible_winrm_scheme: host.scheme,
    ansible_winrm_transport: host.transport,
    ...(host.transport === "ntlm" ? { ansible_winrm_message_encryption: "always" } : {}),
    ...(host.ca === undefined ? {} : { ansible_winrm_ca_trust_path: host.ca }),
    ansible_user: host.username,
    ansible_password: "{{ lookup('env', 'PEER_PASSWORD') }}",
  };
  writeFileSync(file("inventory.json"), JSON.stringify({ all: { hosts: { web01: variables } } }));
  writeFileSync(file("openssl.cnf"), LEGACY_OPENSSL);
  const env = {
    PEER_PASSWORD: host.password,
    OPENSSL_CONF: file("openssl.cnf"),
    HOME: folder,
    ANSIBLE_CONFIG: file("ansible.cfg"),
    ANSIBLE_HOME: file("home"),
    ANSIBLE_LOCAL_TEMP: file("temp"),
    ANSIBLE_NOCOLOR: "1",
  };
  writeFileSync(env.ANSIBLE_CONFIG, "[defaults]\n");
  const args = ["web01", "-i", file("inventory.json"), "-m", "raw", "-a", command, "-t", file("results")] as const;
  // A command that fails makes ansible fail; what it says of it is in the results all the same.
  const complaint = await run(t, ["ansible", ...args], { input: "", env }).then(() => "", String);
  const results = JSON.parse(readResult(join(file("results"), "web01"), complaint)) as Record<string, unknown>;
  rmSync(file("results"), { recursive: true });
  return { exitCode: Number(results["rc"]), stdout: String(results["stdout"]), stderr: String(results["stderr"]) };
}

function readResult(path: string, complaint: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Error(complaint);
  }
}
