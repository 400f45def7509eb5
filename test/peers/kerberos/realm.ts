/** A Kerberos realm of its own for one test file: MIT's KDC on loopback, with its database in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReservedPort, reservePort } from "../../support/hosts/ports";

export const REALM = "WINRM.TEST";
export const HOST = "host.winrm.test";
export const SPN = `HTTP/${HOST}`;
/** A second realm, which takes the tickets of `REALM`; not the other way round. */
export const PARTNER = { realm: "PARTNER.TEST", host: "host.partner.test" } as const;
/** Services with keys of one encryption type each: `HTTP/<type>.winrm.test`. */
export const ENCTYPES = ["aes256-sha1", "aes128-sha1", "aes128-sha2", "aes256-sha2", "rc4-hmac"] as const;
/** Made-up accounts; `kadmin.local` reads them from stdin. */
export const PASSWORDS = { alice: "Alice's made-up password", bob: "Bob's Pässwörd ☃" } as const;
/** The account of the second realm. */
export const CAROL = {
  kind: "password",
  principal: `carol@${PARTNER.realm}`,
  password: "Carol's made-up one",
} as const;

const SBIN = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };

/** The environment of one process inside the realm. */
export type RealmEnv = Readonly<Record<string, string>>;

export class Realm {
  readonly folder: string;
  readonly #reserved: ReservedPort;
  readonly #log: string;
  readonly #realms: readonly string[];
  #kdc: ChildProcess | undefined;
  #profiles = 0;

  private constructor(folder: string, reserved: ReservedPort, realms: readonly string[]) {
    this.folder = folder;
    this.#realms = realms;
    this.#reserved = reserved;
    this.#log = join(folder, "kdc.log");
  }

  /**
   * With alice, bob, accounts in trouble, and the service `SPN` in `keytab`.
   * @param options `partner`: the KDC serves `PARTNER` too, whose host is in the same keytab.
   */
  static async start(options: { readonly partner?: boolean } = {}): Promise<Realm> {
    const realms = [REALM, ...(options.partner === true ? [PARTNER.realm] : [])];
    const realm = new Realm(mkdtempSync(join(tmpdir(), "krb5-realm-")), await reservePort(), realms);
    try {
      realm.#create();
      await realm.#serve();
      return realm;
    } catch (error) {
      await realm.stop();
      throw error;
    }
  }

  get keytab(): string {
    return join(this.folder, "service.keytab");
  }

  get aliceKeytab(): string {
    return join(this.folder, "alice.keytab");
  }

  /** What the KDC has logged so far. */
  get log(): string {
    return readFileSync(this.#log, "utf8");
  }

  /**
   * For a process in this realm, with no tickets unless `KRB5CCNAME` is given. `enctypes` are those it may use; `settings`
   * are more lines of `[libdefaults]`.
   */
  env(options: { enctypes?: string; cache?: string; settings?: readonly string[] } = {}): RealmEnv {
    const config = join(this.folder, `krb5-${this.#profiles++}.conf`);
    writeFileSync(config, this.#config(options.enctypes, options.settings));
    return {
      KRB5_CONFIG: config,
      KRB5CCNAME: options.cache ?? `FILE:${this.folder}/no-such-cache`,
      KRB5_KTNAME: this.keytab,
      KRB5RCACHENAME: `dfl:`,
      KRB5RCACHEDIR: this.folder,
    };
  }

  /** Puts a ticket of the account in a cache, as a user's kinit does, and one for the service. */
  kinit(account: keyof typeof PASSWORDS, cache: string, service?: string, options: readonly string[] = []): void {
    const env = { ...process.env, ...this.env({ cache }) };
    execFileSync("kinit", [...options, `${account}@${REALM}`], {
      env,
      input: `${PASSWORDS[account]}\n`,
      stdio: ["pipe", "ignore", "pipe"],
    });
    if (service !== undefined) execFileSync("kvno", [service], { env, stdio: "ignore" });
  }

  /** The name of the one cache in a collection that holds the account's tickets, as klist shows it. */
  cacheOf(account: keyof typeof PASSWORDS, collection: string): string {
    const env = { ...process.env, ...this.env({ cache: collection }) };
    const list = execFileSync("klist", ["-l"], { env, encoding: "utf8" });
    const line = list.split("\n").find((text) => text.startsWith(`${account}@`));
    if (line === undefined) throw new Error(`no cache of ${account}: ${list}`);
    return line.slice(`${account}@${REALM}`.length).trim();
  }

  kdestroy(cache: string): void {
    execFileSync("kdestroy", ["-A"], { env: { ...process.env, ...this.env({ cache }) }, stdio: "ignore" });
  }

  /** Changes the keys of a principal in the database. */
  administer(...commands: readonly string[]): void {
    this.administerIn(REALM, ...commands);
  }

  /** The same in one of the realms. */
  administerIn(realm: string, ...commands: readonly string[]): void {
    const env = { ...process.env, ...SBIN, ...this.#adminEnv() };
    const input = `${commands.join("\n")}\n`;
    const output = execFileSync("kadmin.local", ["-r", realm], {
      env,
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    });
    if (output.includes("Usage:")) throw new Error(`kadmin.local: ${output}`);
  }

  async stop(): Promise<void> {
    await this.#reserved.release();
    const kdc = this.#kdc;
    if (kdc?.exitCode === null && kdc.signalCode === null) {
      const ended = once(kdc, "exit");
      kdc.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #create(): void {
    mkdirSync(join(this.folder, "db"));
    writeFileSync(join(this.folder, "krb5.conf"), this.#config());
    writeFileSync(
      join(this.folder, "kdc.conf"),
      [
        "[kdcdefaults]",
        ` kdc_listen = 127.0.0.1:${this.#reserved.port}`,
        ` kdc_tcp_listen = 127.0.0.1:${this.#reserved.port}`,
        "[realms]",
        ...this.#realms.flatMap((name) => [
          ` ${name} = {`,
          `  database_name = ${this.folder}/db/${name}`,
          `  key_stash_file = ${this.folder}/db/stash-${name}`,
          "  supported_enctypes = aes256-sha1:normal aes128-sha1:normal aes256-sha2:normal aes128-sha2:normal rc4-hmac:normal",
          " }",
        ]),
        "[logging]",
        ` kdc = FILE:${this.#log}`,
        "",
      ].join("\n"),
    );
    writeFileSync(this.#log, "");
    const env = { ...process.env, ...SBIN, ...this.#adminEnv() };
    for (const name of this.#realms) {
      const stdio = ["pipe", "ignore", "pipe"] as const;
      execFileSync("kdb5_util", ["create", "-s", "-r", name], { env, input: "master\nmaster\n", stdio: [...stdio] });
    }
    const add = (name: string, options = ""): string => `addprinc +requires_preauth ${options} ${name}`;
    this.administer(
      add("alice", `-pw "${PASSWORDS.alice}"`),
      add("bob", `-pw "${PASSWORDS.bob}"`),
      add("locked", "-pw made-up -allow_tix"),
      add("expired", '-pw made-up -expire "2001-01-01"'),
      add("stale", '-pw made-up -pwexpire "2001-01-01"'),
      `addprinc -randkey ${SPN}`,
      `addprinc -randkey HTTP/other.winrm.test`,
      ...ENCTYPES.map((type) => `addprinc -randkey -e ${type}:normal HTTP/${type}.winrm.test`),
      ...ENCTYPES.map((type) => `ktadd -norandkey -k ${this.keytab} HTTP/${type}.winrm.test`),
      "setstr HTTP/rc4-hmac.winrm.test session_enctypes rc4-hmac",
      `ktadd -k ${this.keytab} ${SPN}`,
      `ktadd -norandkey -k ${this.aliceKeytab} alice`,
    );
    if (this.#realms.includes(PARTNER.realm)) this.#trust(add);
  }

  /** One way: the partner's KDC knows the key under which ours vouches for its accounts. */
  #trust(add: (name: string, options?: string) => string): void {
    const vouching = add(`krbtgt/${PARTNER.realm}@${REALM}`, '-pw "the key between the two"');
    const service = `HTTP/${PARTNER.host}`;
    this.administer(vouching);
    this.administerIn(
      PARTNER.realm,
      vouching,
      add("carol", `-pw "${CAROL.password}"`),
      `addprinc -randkey ${service}`,
      `ktadd -k ${this.keytab} ${service}`,
    );
  }

  async #serve(): Promise<void> {
    const env = { ...process.env, ...SBIN, ...this.#adminEnv() };
    await this.#reserved.release();
    const kdc = spawn("krb5kdc", ["-n", ...this.#realms.flatMap((name) => ["-r", name])], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#kdc = kdc;
    for (let tries = 0; !this.log.includes("commencing operation"); tries++) {
      if (kdc.exitCode !== null || tries > 1000) throw new Error(`krb5kdc did not start: ${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #adminEnv(): RealmEnv {
    return { KRB5_CONFIG: join(this.folder, "krb5.conf"), KRB5_KDC_PROFILE: join(this.folder, "kdc.conf") };
  }

  #config(enctypes?: string, settings: readonly string[] = []): string {
    return [
      "[libdefaults]",
      ` default_realm = ${REALM}`,
      " dns_lookup_kdc = false",
      " dns_lookup_realm = false",
      " dns_canonicalize_hostname = false",
      " rdns = false",
      " udp_preference_limit = 1",
      " allow_weak_crypto = true",
      " allow_rc4 = true",
      ...(enctypes === undefined ? [] : [` permitted_enctypes = ${enctypes}`]),
      ...settings.map((line) => ` ${line}`),
      "[realms]",
      ...this.#realms.flatMap((name) => [` ${name} = {`, `  kdc = 127.0.0.1:${this.#reserved.port}`, " }"]),
      " DOWN.TEST = {",
      "  kdc = 127.0.0.1:1",
      " }",
      "[domain_realm]",
      ` .winrm.test = ${REALM}`,
      ` .partner.test = ${PARTNER.realm}`,
      " .down.test = DOWN.TEST",
      "",
    ].join("\n");
  }
}
