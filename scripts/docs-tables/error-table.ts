/** The table of docs/errors.md: what each code means, as the package says it, and what to do about it. */
import { ERROR_CODES, type ErrorCode } from "../../provider/errors";
import { markdownTable } from "./markdown-tables";

/**
 * The next step for each code, where nothing is known but the code: a message has the one for the failure at hand. The
 * compiler asks for one of every new code.
 */
const ADVICE: Readonly<Record<ErrorCode, string>> = {
  WINRM_E_ARGUMENT: "Correct what the message names; it says what to write instead.",
  WINRM_E_CREDENTIALS_REQUIRED:
    "Give what the message names: as an argument, in the stack's configuration, or in the environment of `pulumi`.",
  WINRM_E_SECRET_REFERENCE: "Set the variable, or put the file where `pulumi` runs; refresh and destroy need it too.",
  WINRM_E_NOT_TRUSTED: "Use https, or add the host to `winrm:trustedHosts` on purpose.",
  WINRM_E_UNENCRYPTED_REFUSED:
    "Use https, or a method that seals its messages over http: `ntlm`, `negotiate` or `kerberos`.",
  WINRM_E_METHOD_UNSUPPORTED: "Install what the message names (`koffi`, a Kerberos library), or use another method.",
  WINRM_E_DNS: "Check `connection.host`, and this machine's DNS.",
  WINRM_E_CONNECTION_REFUSED:
    "On the host, run `winrm enumerate winrm/config/listener`, and compare port and transport.",
  WINRM_E_UNREACHABLE:
    "Check the route to the host; for Kerberos, the domain's name and port 88 of a domain controller.",
  WINRM_E_CONNECT_TIMEOUT:
    "Check that the port is open from this machine; raise `timeouts.connectSeconds` for slow networks.",
  WINRM_E_TIMEOUT: "Run again; raise the limit that the message names.",
  WINRM_E_CONNECTION_LOST:
    "Run again: what is done already is found, and not repeated. If it stays, look for restarts and proxies.",
  WINRM_E_CANCELLED: "Run again: the next run reads first what the host has.",
  WINRM_E_PROXY: "Check the proxy's URL and rules, or go without it: `NO_PROXY`, or `connection.proxy: false`.",
  WINRM_E_PROXY_AUTH: "Correct the user name and the password in the proxy's URL; only Basic is supported.",
  WINRM_E_TLS_UNTRUSTED:
    "Set `tls.ca` to the authority's certificate, or `tls.pinnedSha256` to the host's fingerprint.",
  WINRM_E_TLS_NAME: "Connect by the name in the certificate, or set `tls.serverName` to it.",
  WINRM_E_TLS_EXPIRED: "Renew the listener's certificate and bind it; check the clocks.",
  WINRM_E_TLS_PIN: "Compare the fingerprint on the host itself before you change `tls.pinnedSha256`.",
  WINRM_E_TLS: "Check the port, and which TLS versions and certificates the host's listener has.",
  WINRM_E_METHOD_NOT_OFFERED: "Choose a method from the list in the message, or switch it on at the host.",
  WINRM_E_LOGON_DENIED:
    "Go through the causes in the message before you run again: each run is one more try. The host's Security log has the true reason.",
  WINRM_E_LOGON_SUPPRESSED: "Correct the credential and run again; the message names who refused it.",
  WINRM_E_HANDSHAKE: "Check that host and port are those meant, and connect without what stands between.",
  WINRM_E_KERBEROS: "Check the service principal name and the clocks; the message has the library's own reason.",
  WINRM_E_MESSAGE_INTEGRITY: "Connect without the middleboxes on the path, or over https.",
  WINRM_E_NOT_WINRM: "Check host, port and path; on the host, run `winrm enumerate winrm/config/listener`.",
  WINRM_E_HTTP_STATUS: "Look the status up in [diagnosis.md](diagnosis.md#an-http-response-without-a-message).",
  WINRM_E_UNENCRYPTED_DISABLED: "Use https, or `ntlm` over http; leave `AllowUnencrypted` as it is.",
  WINRM_E_PROTOCOL: "Check host, port and path. If they are right, please report it with the Windows version.",
  WINRM_E_ENVELOPE_TOO_LARGE: "Raise `MaxEnvelopeSizekb` on the host; for a response above 2 MiB, check host and port.",
  WINRM_E_ACCESS_DENIED:
    "Use an account in the host's Administrators; for a local one, see `LocalAccountTokenFilterPolicy`.",
  WINRM_E_POLICY_CONTROLLED:
    "Change the value in the Group Policy object, or set it to Not Configured there and apply again.",
  WINRM_E_PUBLIC_NETWORK: "Make the connection Private or disable it, or leave `allowUnencrypted` out.",
  WINRM_E_QUOTA: "Wait until other sessions of the account end, or raise the quota that the message names.",
  WINRM_E_SHELL_DISABLED: "Allow remote shells on the host: changes of local groups need one.",
  WINRM_E_COMMAND:
    "Do what the message names, or make the change on the host manually; look there for a program that hangs.",
  WINRM_E_FAULT: "On the host, run `winrm helpmsg` with the number in the message.",
  WINRM_E_POLICY_CONFLICT: "Change the Group Policy object, or take the setting out of the program.",
  WINRM_E_LOCKOUT: "Connect first in the way that the message names, or set `acceptLockout: true`.",
  WINRM_E_CONFIRM_UNAVAILABLE:
    "Fix on the host what the message names (Task Scheduler, WMI's classes of scheduled tasks, a policy that blocks `cmd`, `reg`, `findstr`, `sc`, `net` or `schtasks` for SYSTEM), or set `confirm: false` to go without a way back.",
  WINRM_E_CONFIRM_PENDING:
    "Run again after the time in the message. Do not delete the task: it is the other run's way back.",
  WINRM_E_CONFIRM_FAILED:
    "Find out why a fresh logon fails with the new settings, and apply again. Where the message says that the restoration was not verified, wait until the time it names and run `pulumi refresh`.",
  WINRM_E_NOT_APPLIED:
    "Look on the host for what sets the value back (Group Policy, another program), and apply again.",
  WINRM_E_UNCERTAIN_WRITE: "Run `pulumi up` again when the host responds: it reads first and writes only what differs.",
  WINRM_E_NOT_FOUND: "Make the thing that the message names on the host, or correct its name.",
  WINRM_E_EXISTS: "Set `adopt: true` to take it over, or remove it on the host.",
  WINRM_E_MAPPING_CREDENTIALS: "Correct the mapping's user name and password, and apply again.",
  WINRM_E_CERTIFICATE_EXPIRES: "Renew it and apply the new one; a certificate with the same names keeps its mapping.",
  WINRM_E_DRIFT: "Run `pulumi up --refresh`, or set `options: { refresh: always }` in Pulumi.yaml.",
  WINRM_E_CHANGE_WINDOW: "Run again in the window, or deploy without the hook in an emergency.",
  WINRM_E_SCHEMA:
    "Install the release that wrote the state, or a newer one; restore a damaged state from a checkpoint, or remove the resource from state: the next apply adopts the host as it is.",
  WINRM_E_NOT_INSTALLED:
    "Run `npm install pulumi-winrm` in the project's folder, also where a library or a bundle brings the package.",
  WINRM_E_IMPORT: "Take the `import` option out, and run `pulumi up`.",
  WINRM_E_INTERNAL: "Please report it with the whole message.",
};

/** A row for each code, in their order. */
export function errorTable(): string {
  const rows = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => [
    `\`${code}\``,
    ERROR_CODES[code],
    ADVICE[code],
  ]);
  return markdownTable(["code", "meaning", "what to do"], rows);
}
