/** Secrets planted in every secret argument of all five resources and of an explicit provider, by value and by reference. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { asn1, pkcs12, pki } from "node-forge";
import { authority, clientCertificate, thumbprint } from "../support/hosts/client-certificates.js";
import { GROUP, managedOn, MEMBER } from "../support/projects/five.js";
import type { GrpcExchange } from "./support/harness.js";
import { hostFixture, printed, startHost } from "./support/hosts.js";
import { disguises, placesOf } from "./support/planted.js";
import { temporaryFolder } from "./support/project.js";

const CA = authority();
const RUNNER = clientCertificate({ upn: "runner@localhost" }, CA);
const ISSUER = thumbprint(CA.certPem);
const USERNAME = "Administrator";

/** Passwords and passphrases; none of their texts is a part of another. */
const WORDS = {
  password: "Zebra-password-90417",
  provider: "Yak-provider-31185",
  keyPassphrase: "Xerus-key-77602",
  pfxPassphrase: "Walrus-pfx-28846",
  proxy: "Vole-proxy-55093",
  mapped: "Urial-mapped-40118",
  keyPassphraseReferred: "Tapir-key-66274",
  pfxPassphraseReferred: "Serval-pfx-15540",
  proxyReferred: "Rhea-proxy-80193",
  mappedReferred: "Quokka-mapped-29376",
} as const;

const KEYS = {
  key: encryptedKey(WORDS.keyPassphrase),
  keyReferred: encryptedKey(WORDS.keyPassphraseReferred),
  pfx: pfx(WORDS.pfxPassphrase),
  pfxReferred: pfx(WORDS.pfxPassphraseReferred),
} as const;

function encryptedKey(passphrase: string): string {
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
  return createPrivateKey(RUNNER.keyPem).export(options).toString();
}

function pfx(passphrase: string): string {
  const [key, certificate] = [pki.privateKeyFromPem(RUNNER.keyPem), pki.certificateFromPem(RUNNER.certPem)];
  const store = pkcs12.toPkcs12Asn1(key, [certificate], passphrase, { algorithm: "3des" });
  return Buffer.from(asn1.toDer(store).getBytes(), "latin1").toString("base64");
}

/** A piece of a long text that every carrier keeps whole: the tenth line of a key, and as much of the key at a PFX's end. */
function piece(text: string): string {
  return text.includes("\n") ? (text.split("\n")[10] ?? "") : text.slice(-800, -736);
}

/** What is searched for: every word, a piece of every key, and one of the key in clear. */
const PLANTED = {
  ...WORDS,
  ...Object.fromEntries(Object.entries(KEYS).map(([name, text]) => [name, piece(text)])),
  clearKey: piece(RUNNER.keyPem),
} as Readonly<Record<keyof typeof WORDS | keyof typeof KEYS | "clearKey", string>>;
type Form = keyof typeof PLANTED;
const FORMS = Object.keys(PLANTED) as Form[];

const textsOf = (form: Form): string[] => disguises(PLANTED[form], USERNAME);
const found = (text: string): Form[] => FORMS.filter((form) => textsOf(form).some((part) => text.includes(part)));

/** The argument that each secret by value is; nothing else may hold it. What is not here travels nowhere. */
const ARGUMENTS: Partial<Readonly<Record<Form, string>>> = {
  password: "connection.auth.password",
  key: "connection.auth.privateKeyPem",
  keyPassphrase: "connection.auth.passphrase",
  pfx: "connection.auth.pfx",
  pfxPassphrase: "connection.auth.passphrase",
  proxy: "connection.proxy",
  mapped: "password",
};

/** Messages with arguments of a resource; in RegisterResource a secret is inside the wrapper that marks it. */
function argumentPlaces(argument: string): RegExp {
  const path = argument.replaceAll(".", "\\.");
  return new RegExp(
    `^(?:(?:Check|Create|Delete|Diff|Read|Update) re(?:quest|sponse) (?:news|olds|inputs|oldInputs|properties)\\.${path}|` +
      `RegisterResource re(?:quest|sponse) object\\.${path}\\.value)$`,
  );
}

/** A provider's arguments are configuration of its process, which the engine sends in two forms. */
const PROVIDER_PLACES = new RegExp(
  "^(?:(?:CheckConfig|DiffConfig|Configure) re(?:quest|sponse) (?:news|olds|inputs|oldInputs|args)\\.winrm-provider:password(?:\\.value)?|" +
    "Configure request variables\\.pulumi-nodejs:config:winrm-provider:password|" +
    "RegisterResource re(?:quest|sponse) object\\.winrm-provider:password\\.value)$",
);

test("no secret of any argument is where it does not belong", async (t) => {
  const options = { http: false, https: true, quickConfig: false } as const;
  const host = await startHost(t, {
    ...options,
    accounts: [
      { name: USERNAME, password: WORDS.password },
      { name: "svc-one", password: WORDS.mapped, administrator: false },
      { name: "svc-two", password: WORDS.mappedReferred, administrator: false },
      MEMBER,
    ],
    certificates: { authorities: [CA.certPem] },
    config: { "service/auth/Certificate": true },
    certMappings: [{ subject: "runner@localhost", issuer: ISSUER, userName: USERNAME, password: WORDS.password }],
  });
  const site = await startHost(t, {
    ...options,
    name: "SITE",
    accounts: [{ name: USERNAME, password: WORDS.provider }],
  });
  const before = [host, site].map(managedOn);
  const secrets = temporaryFolder("secret-");
  const file = (name: string, content: string | Buffer): string => {
    const path = join(secrets, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const passwordFile = file("password.txt", `${WORDS.password}\n`);
  const keyFile = file("runner.key", KEYS.keyReferred);
  const pfxFile = file("runner.pfx", Buffer.from(KEYS.pfxReferred, "base64"));
  const temporary = temporaryFolder("tmpdir-");

  const at = (one: typeof host) =>
    `host: "127.0.0.1", port: ${String(one.https?.port)}, tls: { ca: ${JSON.stringify(one.https?.certificatePem)} }`;
  const certificatePem = JSON.stringify(RUNNER.certPem);
  const mapping = (name: string) => `subject: "${name}@localhost", issuer: "${ISSUER}", userName: "svc-${name}"`;
  const fixture = await hostFixture(t, {
    resources: [],
    // Not in the program's text, so that all files can be searched.
    code: `const given = process.env;
      const host = { ${at(host)} };
      new winrm.AuthConfig("auth", {
        connection: { ...host, auth: { pfx: given.PFX, passphrase: pulumi.secret(given.PFX_PASSPHRASE) } },
        client: { digest: false },
      });
      new winrm.TrustedHosts("hosts", {
        connection: { ...host, auth: { certificatePem: ${certificatePem}, privateKeyPem: given.KEY, passphrase: given.KEY_PASSPHRASE } },
        entries: ["web02"],
      });
      new winrm.GroupMembership("group", {
        connection: { ...host, auth: { username: "${USERNAME}", password: given.PASSWORD }, proxy: given.PROXY },
        group: "${GROUP}",
        members: ["${MEMBER.name}"],
      });
      new winrm.TokenFilterPolicy("uac", {
        connection: { ...host, auth: { username: "${USERNAME}", password: { file: ${JSON.stringify(passwordFile)} } }, proxy: { env: "PROXY_REFERRED" } },
        localAccountTokenFilterPolicy: 1,
      });
      new winrm.CertMapping("one", {
        connection: { ...host, auth: { certificatePem: ${certificatePem}, privateKeyPem: { file: ${JSON.stringify(keyFile)} }, passphrase: { env: "KEY_REFERRED" } } },
        ${mapping("one")}, password: given.MAPPED,
      });
      new winrm.CertMapping("two", {
        connection: { ...host, auth: { pfx: { file: ${JSON.stringify(pfxFile)} }, passphrase: { env: "PFX_REFERRED" } } },
        ${mapping("two")}, password: { env: "MAPPED_REFERRED" },
      });
      const provider = new winrm.Provider("site", { username: "${USERNAME}", password: given.PROVIDER });
      new winrm.AuthConfig("other", { connection: { ${at(site)} }, client: { digest: false } }, { provider });`,
    logGrpc: true,
    env: {
      TMPDIR: temporary,
      WINRM_USERNAME: "",
      WINRM_PASSWORD: "",
      PASSWORD: WORDS.password,
      PROXY: `http://ops:${WORDS.proxy}@proxy.example.com:3128`,
      PROXY_REFERRED: `http://ops:${WORDS.proxyReferred}@proxy.example.com:3128`,
      KEY: KEYS.key,
      KEY_PASSPHRASE: WORDS.keyPassphrase,
      KEY_REFERRED: WORDS.keyPassphraseReferred,
      PFX: KEYS.pfx,
      PFX_PASSPHRASE: WORDS.pfxPassphrase,
      PFX_REFERRED: WORDS.pfxPassphraseReferred,
      MAPPED: WORDS.mapped,
      MAPPED_REFERRED: WORDS.mappedReferred,
      PROVIDER: WORDS.provider,
    },
  });

  const commandLines = new Set<string>();
  const watch = setInterval(() => {
    for (const { commandLine } of fixture.leftovers()) commandLines.add(commandLine);
  }, 100);
  t.after(() => {
    clearInterval(watch);
  });
  const exchanges: GrpcExchange[] = [];
  for (const command of [
    ["up", "--yes"],
    ["preview", "--diff"],
    ["refresh", "--yes", "--diff"],
    ["destroy", "--yes"],
  ]) {
    const text = printed(await fixture.pulumi(command));
    assert.deepEqual(found(text), [], command.join(" "));
    assert.doesNotMatch(text, /warning:|error:/);
    assert.deepEqual(found(fixture.rawFiles()), [], `files after ${command.join(" ")}`);
    exchanges.push(...fixture.grpcLog());
    if (command[0] === "up") {
      assert.match(text, /\+ 9 created/);
      const state = JSON.stringify(await fixture.state());
      assert.ok(state.includes("PFX_REFERRED"), "the state was searched");
      assert.deepEqual(found(state), []);
    }
  }
  clearInterval(watch);

  for (const { journal, shells } of [host, site]) {
    assert.deepEqual(found(JSON.stringify([journal.entries(), shells.commands])), []);
    assert.deepEqual(journal.logonFailures(), []);
  }
  assert.ok(host.shells.commands.length > 0, "command lines were seen");
  assert.ok(new Set(host.journal.entries().map(({ auth }) => auth)).has("Certificate"), "certificates logged in");
  assert.deepEqual([host, site].map(managedOn), before);
  assert.ok(
    [...commandLines].some((line) => line.includes("dynamic-provider")),
    "process arguments were seen",
  );
  assert.deepEqual(found([...commandLines].join("\n")), []);
  const files = readdirSync(temporary, { recursive: true, encoding: "utf8" })
    .map((name) => join(temporary, name))
    .filter((path) => statSync(path).isFile());
  assert.deepEqual(found(files.map((path) => readFileSync(path, "latin1")).join("\n")), []);

  for (const form of FORMS) {
    const places = [...new Set(exchanges.flatMap((exchange) => placesOf(exchange, textsOf(form))))].sort();
    const argument = ARGUMENTS[form];
    const allowed = form === "provider" ? PROVIDER_PLACES : argument === undefined ? /^$/ : argumentPlaces(argument);
    const strays = places.filter((place) => !allowed.test(place));
    assert.deepEqual(strays, [], form);
    assert.equal(places.length > 0, form === "provider" || argument !== undefined, `${form} was looked for`);
  }
});
