/** Web servers that nobody here wrote, on loopback, as a process of no rights, with everything in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { later } from "../../support/cleanup";
import { accepts, reservePort } from "../../support/hosts/ports";
import { skipUnless } from "../ntlm/installed";

const MODULES = "/usr/lib/apache2/modules";
/** Web servers do not run as root; `nobody` on Debian. */
const NOBODY = 65_534;
const START_LIMIT_MS = 20_000;
const START_ATTEMPTS = 5;

/** The `skip` option: false if Apache is there. @throws Error when it is missing and CI=true. */
export function skipWithoutApache(): string | false {
  return skipUnless(["/usr/sbin/apache2", "-v"], "apt-get install apache2-bin");
}

/** The `skip` option: false if nginx is there. @throws Error when it is missing and CI=true. */
export function skipWithoutNginx(): string | false {
  return skipUnless(["/usr/sbin/nginx", "-v"], "apt-get install nginx");
}

/** The `skip` option: false if lighttpd is there. @throws Error when it is missing and CI=true. */
export function skipWithoutLighttpd(): string | false {
  return skipUnless(["/usr/sbin/lighttpd", "-v"], "apt-get install lighttpd");
}

/** The `skip` option: false if openssl is there. @throws Error when it is missing and CI=true. */
export function skipWithoutOpenssl(): string | false {
  return skipUnless(["openssl", "version"], "apt-get install openssl");
}

/** A running server. */
export interface WebServer {
  readonly port: number;
  /**
   * One line for each request so far: the status, a blank, and the `Authorization` header. A server may write it after the
   * answer has gone out, so that many are waited for; there may be more.
   */
  readonly log: (requests: number) => Promise<string[]>;
}

/** How one kind of server is configured and started. */
interface ServerPlan {
  /** Files by name, written to the server's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly config: (folder: string, port: number) => string;
  readonly command: (folder: string) => readonly [string, ...string[]];
  /** A file that the server writes once its listener stays; one that accepts before may close again. Default: none. */
  readonly readyFile?: string;
}

/** Answers any request as a service that knows who asks, and how much it was sent. */
const CGI = `#!/bin/sh
bytes=$(wc -c)
printf 'Content-Type: application/soap+xml;charset=UTF-8\\r\\n\\r\\n'
printf '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>'
printf '<i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
printf '<i:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</i:ProtocolVersion>'
printf '<i:ProductVendor>%s</i:ProductVendor><i:ProductVersion>%s</i:ProductVersion>' "$REMOTE_USER$SSL_CLIENT_S_DN_CN" "$bytes"
printf '</i:IdentifyResponse></s:Body></s:Envelope>'
`;

/** Apache. @param site What stands below the basics; it protects `/wsman`. */
export function startApache(
  t: TestContext,
  { modules, site, files = {} }: { modules: readonly string[]; site: string; files?: Record<string, string> },
): Promise<WebServer> {
  const loaded = ["mpm_prefork", "authn_core", "authz_core", "authz_user", "cgi", "alias", "env", ...modules];
  return start(t, {
    files: { ...files, "wsman.cgi": CGI },
    config: (folder, port) =>
      [
        `ServerRoot "${folder}"`,
        ...loaded.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
        `Listen 127.0.0.1:${port}`,
        `PidFile "${folder}/pid"`,
        `DefaultRuntimeDir "${folder}"`,
        "ServerName localhost",
        "StartServers 2",
        "MinSpareServers 1",
        `ErrorLog "${folder}/error.log"`,
        'LogFormat "%>s %{Authorization}i" seen',
        `CustomLog "${folder}/access.log" seen`,
        `ScriptAlias /wsman "${folder}/wsman.cgi"`,
        site.replaceAll("FOLDER", folder),
      ].join("\n"),
    // Apache reads its configuration twice, and listens in between.
    readyFile: "pid",
    command: (folder) => ["/usr/sbin/apache2", "-d", folder, "-f", join(folder, "config"), "-D", "FOREGROUND"],
  });
}

/** nginx with TLS and a static answer that names the certificate's subject. */
export function startNginx(t: TestContext, tls: string, files: Record<string, string>): Promise<WebServer> {
  return start(t, {
    files: { ...files, [join("temp", "none")]: "" },
    config: (folder, port) => `
      daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events {}
      http {
        log_format seen '$status $http_authorization';
        access_log ${folder}/access.log seen;
        client_body_temp_path ${folder}/temp; proxy_temp_path ${folder}/temp; fastcgi_temp_path ${folder}/temp;
        uwsgi_temp_path ${folder}/temp; scgi_temp_path ${folder}/temp;
        server {
          listen 127.0.0.1:${port} ssl;
          ${tls.replaceAll("FOLDER", folder)}
          location /wsman {
            default_type application/soap+xml;
            return 200 '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><i:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</i:ProtocolVersion><i:ProductVendor>$ssl_client_s_dn</i:ProductVendor><i:ProductVersion>$ssl_protocol</i:ProductVersion></i:IdentifyResponse></s:Body></s:Envelope>';
          }
        }
      }`,
    command: (folder) => [
      "/usr/sbin/nginx",
      "-p",
      folder,
      "-e",
      join(folder, "error.log"),
      "-c",
      join(folder, "config"),
    ],
  });
}

/** lighttpd with Digest on everything. @param requirement What `auth.require` says beside the method. */
export function startLighttpd(t: TestContext, settings: string, files: Record<string, string>): Promise<WebServer> {
  return start(t, {
    files: { ...files, "wsman.cgi": CGI },
    config: (folder, port) => `
      server.modules = ("mod_auth", "mod_authn_file", "mod_cgi", "mod_accesslog", "mod_alias")
      server.document-root = "${folder}"
      server.bind = "127.0.0.1"
      server.port = ${port}
      server.errorlog = "${folder}/error.log"
      accesslog.filename = "${folder}/access.log"
      accesslog.format = "%s %{Authorization}i"
      alias.url = ("/wsman" => "${folder}/wsman.cgi")
      cgi.assign = ("wsman.cgi" => "")
      ${settings.replaceAll("FOLDER", folder)}`,
    command: (folder) => ["/usr/sbin/lighttpd", "-D", "-f", join(folder, "config")],
  });
}

/** None of them takes port 0, so a port is asked for and given back just before; somebody else may get it first. */
async function start(t: TestContext, plan: ServerPlan): Promise<WebServer> {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), "winrm-web-"));
    const { port, release } = await reservePort();
    for (const [name, text] of Object.entries({ ...plan.files, config: plan.config(folder, port) })) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), text, { mode: name.endsWith(".cgi") ? 0o755 : 0o644 });
    }
    chmodSync(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const name of ["", ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY, NOBODY);
    const [command, ...args] = plan.command(folder);
    await release();
    // In a process group of its own: Apache ends its whole group, and with it the servers of other tests.
    const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn(command, args, { stdio: "ignore", detached: true, ...owner });
    later(t, async () => {
      await stop(child);
      rmSync(folder, { recursive: true });
    });
    const ready = () => plan.readyFile === undefined || existsSync(join(folder, plan.readyFile));
    if (await listens(child, port, ready)) {
      return { port, log: (requests) => linesOf(join(folder, "access.log"), requests) };
    }
    if (attempt === START_ATTEMPTS) {
      throw new Error(`${command} does not start: ${readFileSync(join(folder, "error.log"), "utf8")}`);
    }
  }
}

async function linesOf(file: string, wanted: number): Promise<string[]> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    if (lines.length >= wanted || Date.now() > deadline) return lines;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** True once the server accepts connections, false if it ends before. */
async function listens(child: ChildProcess, port: number, ready: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (ready() && (await accepts(port))) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

/** Asked politely, because a server has children that it must end itself. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Runs openssl in a folder. */
export function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}
