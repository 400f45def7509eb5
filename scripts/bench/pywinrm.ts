/** Debian's pywinrm as a process that opens sessions on order and times them itself. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { LineProcess } from "./line-process";

/** Debian's Python, which sees Debian's Python packages. */
const PYTHON = "/usr/bin/python3";
const SCRIPT = join(projectRoot, "scripts", "bench", "pywinrm_session.py");

/** An OpenSSL configuration with the legacy provider: only with it OpenSSL 3 gives MD4, from which pywinrm makes NTLM. */
export const LEGACY_OPENSSL = `openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
`;

/** A new session, or one more request on the last one. */
export type SessionKind = "cold" | "warm";

/** What an order took. */
export interface Timing {
  /** Milliseconds until its end. */
  readonly ms: number;
  /** Milliseconds of CPU time of the client's process, user and system. */
  readonly cpuMs: number;
}

/** What the peer logs in with and sends. */
export interface PywinrmOptions {
  readonly username: string;
  readonly password: string;
  /** The SOAP message. */
  readonly message: string;
  /** A folder for the OpenSSL configuration. */
  readonly directory: string;
}

/** A running Python with pywinrm loaded. */
export class PywinrmProcess {
  readonly #process: LineProcess;
  /** The release of pywinrm. */
  readonly version: string;

  private constructor(process: LineProcess, version: string) {
    this.#process = process;
    this.version = version;
  }

  /** @throws Error that names the packages to install, if pywinrm or its NTLM is missing. */
  static async start({ directory, ...job }: PywinrmOptions): Promise<PywinrmProcess> {
    const version = installedVersion();
    const config = join(directory, "openssl.cnf");
    writeFileSync(config, LEGACY_OPENSSL);
    const env = { ...process.env, NO_PROXY: "127.0.0.1", OPENSSL_CONF: config };
    const child = new LineProcess([PYTHON, SCRIPT], env);
    await child.ask(JSON.stringify(job));
    return new PywinrmProcess(child, version);
  }

  /** What the order took inside the Python process. */
  async run(order: SessionKind, endpoint: string): Promise<Timing> {
    return JSON.parse(await this.#process.ask(JSON.stringify({ do: order, endpoint }))) as Timing;
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.#process.stop();
  }
}

function installedVersion(): string {
  const script = "import winrm, requests_ntlm, importlib.metadata as m; print(m.version('pywinrm'))";
  try {
    return execFileSync(PYTHON, ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    throw new Error("there is nothing to compare with: apt-get install python3-winrm python3-requests-ntlm");
  }
}
