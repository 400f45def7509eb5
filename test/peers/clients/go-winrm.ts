/** The WinRM client for Go that Terraform and Packer use, built from the Go module proxy. The password goes by standard input. */
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { skipUnless } from "../ntlm/installed";
import type { PeerResult } from "./command-peers";
import { run, temporaryFolder } from "./peer";

const SOURCE = join(__dirname, "..", "..", "..", "..", "test", "peers", "clients", "winrm-go");
/** A first build compiles Go's own packages, too. */
const BUILD_TIMEOUT_MS = 600_000;

/** The `skip` option: false if Go is there. @throws Error when it is missing and CI=true. */
export function skipWithoutGo(): string | false {
  return skipUnless(["go", "version"], "apt-get install golang-go");
}

/** Builds the client. @returns its file; where the module proxy cannot be reached, the reason why not. */
export function buildGoClient(t: TestContext): { readonly file: string } | { readonly missing: string } {
  const folder = temporaryFolder(t);
  cpSync(SOURCE, folder, { recursive: true });
  const file = join(folder, "winrm-go");
  try {
    const options = { cwd: folder, stdio: "ignore", timeout: BUILD_TIMEOUT_MS } as const;
    execFileSync("go", ["build", "-o", file, "."], options);
    return { file };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { missing: "not built: github.com/masterzen/winrm from the Go module proxy" };
  }
}

/** Runs command lines, each in a shell of its own, sealed with NTLM over http. */
export async function goCommands(
  t: TestContext,
  file: string,
  job: {
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly commands: readonly string[];
  },
): Promise<PeerResult[]> {
  return JSON.parse(await run(t, [file], { input: JSON.stringify(job), env: {} })) as PeerResult[];
}
