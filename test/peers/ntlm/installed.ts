/** Peer programs are optional on a developer's machine and required in continuous integration. */
import { execFileSync } from "node:child_process";

/** Debian's Python, which sees Debian's Python packages. */
export const PYTHON = "/usr/bin/python3";

/**
 * The `skip` option of a test that cannot run here.
 * @param why what is missing: how it is installed, or who has to run the tests.
 * @throws Error with it if CI=true.
 */
export function skipFor(why: string): string {
  if (process.env["CI"] === "true") throw new Error(`A test would be skipped, which CI=true forbids: ${why}`);
  return why;
}

/**
 * The `skip` option of a test that needs a peer: false if it is installed, else the command that installs it.
 * @throws Error when it is missing and CI=true.
 */
export function skipUnless(probe: readonly [string, ...string[]], install: string): string | false {
  const [command, ...args] = probe;
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return false;
  } catch {
    return skipFor(`not installed: ${install}`);
  }
}

/** For peers that only root can run. @throws Error if somebody else runs the tests and CI=true. */
export function skipUnlessRoot(why: string): string | false {
  return process.getuid?.() === 0 ? false : skipFor(`run the tests as root: ${why}`);
}

/** Samba's ntlm_auth, which needs no running daemon for one account given to it. */
export function skipWithoutNtlmAuth(): string | false {
  return skipUnless(["ntlm_auth", "--version"], "apt-get install winbind");
}

/** gss-ntlmssp through Debian's python3-gssapi. */
export function skipWithoutGssNtlm(): string | false {
  const script =
    "import gssapi; oid = gssapi.OID.from_int_seq('1.3.6.1.4.1.311.2.2.10'); assert oid in gssapi.raw.indicate_mechs()";
  return skipUnless([PYTHON, "-c", script], "apt-get install gss-ntlmssp python3-gssapi");
}
