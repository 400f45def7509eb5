/** Running client programs that nobody here wrote against the simulated host. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { LEGACY_OPENSSL } from "../../../scripts/bench/pywinrm";
import { PYTHON, skipFor, skipUnless } from "../ntlm/installed";

const SCRIPT = join(__dirname, "..", "..", "..", "..", "test", "peers", "clients", "python", "pywinrm_peer.py");
const PEER_TIMEOUT_MS = 60_000;

/** The `skip` option: false if Debian's pywinrm is there. @throws Error when it is missing and CI=true. */
export function skipWithoutPywinrm(): string | false {
  const probe = [PYTHON, "-c", "import winrm, requests_ntlm"] as const;
  return skipUnless(probe, "apt-get install python3-winrm python3-requests-ntlm");
}

/** The `skip` option: false if Debian's pywinrm can use Kerberos tickets. @throws Error when it cannot and CI=true. */
export function skipWithoutPywinrmKerberos(): string | false {
  const probe = [PYTHON, "-c", "import winrm, requests_kerberos"] as const;
  return skipUnless(probe, "apt-get install python3-winrm python3-requests-kerberos");
}

/** The `skip` option: false if curl is there. @throws Error when it is missing and CI=true. */
export function skipWithoutCurl(): string | false {
  return skipUnless(["curl", "--version"], "apt-get install curl");
}

/** The `skip` option: false if curl is there and was built with this. @throws Error when it was not and CI=true. */
export function skipWithoutCurlFor(feature: "NTLM" | "SPNEGO"): string | false {
  const missing = skipWithoutCurl();
  if (missing !== false) return missing;
  const features = execFileSync("curl", ["--version"], { encoding: "utf8" }).split(/\s+/);
  return features.includes(feature) ? false : skipFor(`this curl is built without ${feature}: apt-get install curl`);
}

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "winrm-peer-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

export interface PywinrmJob {
  readonly endpoint: string;
  readonly transport: "basic" | "ntlm" | "kerberos";
  readonly username: string;
  readonly password: string;
  readonly messages: readonly string[];
  readonly ca?: string;
  readonly validation?: "validate" | "ignore";
  readonly encryption?: "auto" | "always" | "never";
  /** The host of the service principal, where the endpoint's is another. */
  readonly kerberosHost?: string;
  /** Over this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface PywinrmAnswer {
  readonly xml: string;
  readonly error?: string;
  readonly code?: number | null;
  /** What Python says of an error that has no HTTP status. */
  readonly reason?: string;
}

/** Sends messages with pywinrm, in one session. The password goes by standard input. */
export async function pywinrm(t: TestContext, { env, ...job }: PywinrmJob): Promise<PywinrmAnswer[]> {
  const config = join(temporaryFolder(t), "openssl.cnf");
  writeFileSync(config, LEGACY_OPENSSL);
  const output = await run(t, [PYTHON, SCRIPT], { input: JSON.stringify(job), env: { ...env, OPENSSL_CONF: config } });
  return JSON.parse(output) as PywinrmAnswer[];
}

export interface CurlAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts with curl; the configuration, with the password in it, goes by standard input and the body by a file. */
export async function curl(
  t: TestContext,
  request: {
    readonly url: string;
    readonly body: string;
    readonly config: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
  },
): Promise<CurlAnswer> {
  const bodyFile = join(temporaryFolder(t), "body.xml");
  writeFileSync(bodyFile, request.body);
  const config = [
    `url = "${request.url}"`,
    `data-binary = "@${bodyFile}"`,
    'header = "Content-Type: application/soap+xml;charset=UTF-8"',
    'write-out = "\\n%{http_code}"',
    ...request.config,
  ];
  const args = ["curl", "--disable", "--silent", "--config", "-"] as const;
  const output = await run(t, args, { input: config.join("\n"), env: request.env ?? {} });
  const end = output.lastIndexOf("\n");
  return { status: Number(output.slice(end + 1)), body: output.slice(0, end) };
}

/** Runs a program to its end. @returns what it wrote; fails with its complaint unless it ended with 0. */
export function run(
  t: TestContext,
  [command, ...args]: readonly [string, ...string[]],
  about: { readonly input: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    // What the machine trusts or uses as a proxy must not matter.
    const neutral = { NO_PROXY: "127.0.0.1", REQUESTS_CA_BUNDLE: "", CURL_CA_BUNDLE: "" };
    const env = { ...process.env, ...neutral, ...about.env };
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"], timeout: PEER_TIMEOUT_MS });
    t.after(() => child.kill("SIGKILL"));
    const chunks: Buffer[] = [];
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(new Error(`${command} ended with ${code ?? "a signal"}: ${complaint}`));
    });
    child.stdin.end(about.input);
  });
}
