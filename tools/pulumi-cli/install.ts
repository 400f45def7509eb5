/** Pulumi's own installer, as the Automation API runs it, with two limits it does not have itself. */
import { join } from "node:path";
import { connect } from "node:tls";
import { runCommand } from "./run-command";
import { CLI_VERSION } from "./version";

const INSTALLER_HOST = "get.pulumi.com";
const REACH_LIMIT_MS = 3_000;
const INSTALL_LIMIT_MS = 5 * 60_000;

/**
 * Whether Pulumi's download host can be reached: a TLS connection within 3 seconds. A direct one, since the
 * Automation API's download uses no proxy either.
 */
export async function canReachInstaller(host = INSTALLER_HOST, port = 443): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: host });
    const response = (reachable: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reachable);
    };
    const timer = setTimeout(response, REACH_LIMIT_MS, false);
    socket.once("secureConnect", () => {
      response(true);
    });
    socket.once("error", () => {
      response(false);
    });
  });
}

/**
 * Installs the CLI below `root` (`root/bin/pulumi` and its language hosts). It runs in a process of its own,
 * because the Automation API's install cannot be cancelled; after 5 minutes that process is ended.
 * Throws an Error with the installer's last words.
 */
export async function installCli(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = join(__dirname, "install-child.js");
  const result = await runCommand(process.execPath, [child, root, CLI_VERSION], { env, timeoutMs: INSTALL_LIMIT_MS });
  if (result.code === 0) return;
  const why = result.timedOut
    ? "it did not finish in 5 minutes"
    : result.stderr.trim().split("\n").slice(-3).join("\n");
  throw new Error(`Pulumi's installer failed: ${why}`);
}
