/** A secret in a shape or a place where none belongs is refused without being repeated, whatever is done with it. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { Provider, Wire } from "../support/processes/provider-calls";
import { overTheWire } from "../support/processes/provider-calls";
import { startProcess } from "../support/processes/recorded-process";

const TEXT = "Pl4nted-9c1!Secret";
const NUMBER = 7_746_210_993;
const KEY = `-----BEGIN PRIVATE KEY-----\n${"UGw0bnRlZEtleQ".repeat(4)}\n-----END PRIVATE KEY-----\n`;
const PLANTED = [TEXT, String(NUMBER), KEY, KEY.split("\n")[1]!];
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nTm90aGluZw==\n-----END CERTIFICATE-----\n";

/** Refused once everything is resolved, so that nothing is sent. */
const CONNECTION = {
  host: "127.0.0.1",
  transport: "http",
  auth: { method: "basic", username: "ops", password: "Other-1!" },
};
const RESOURCES = {
  auth: { service: { basic: false } },
  hosts: { entries: ["web01"] },
  mappings: {
    subject: "deploy@localhost",
    issuer: "0123456789ABCDEF0123456789ABCDEF01234567",
    userName: "svc",
    password: { env: "PW" },
  },
  groups: { members: ["ops"] },
  filter: { localAccountTokenFilterPolicy: 1 },
} as const;
type Pick = keyof typeof RESOURCES;

const SHAPES: Readonly<Record<string, unknown>> = {
  "a string": TEXT,
  "a number": NUMBER,
  "a list": [TEXT],
  "a list of numbers": [NUMBER],
  "a list in a list": [[TEXT]],
  "a list with a key": [KEY],
  "a private key": KEY,
  "a certificate with its key": CERTIFICATE + KEY,
  "the name of a variable": { env: TEXT },
  "the name of a file": { file: TEXT },
  "a key as the name of a file": { file: KEY },
  "a number as the name of a variable": { env: NUMBER },
  "a list as the name of a file": { file: [TEXT] },
  "a reference beside a value": { env: "PW", value: TEXT },
  "two references": { env: "PW", file: TEXT },
  "another key": { value: TEXT },
  "a key of its own": { [TEXT]: true },
  "an object in an object": { secret: { value: TEXT } },
  "an Output's remains": { value: NUMBER, isSecret: true },
};

const deep = (path: string, value: unknown): Wire => {
  const [first = "", ...rest] = path.split(".");
  return { [first]: rest.length === 0 ? value : deep(rest.join("."), value) };
};
const merged = (one: unknown, other: unknown): unknown => {
  const isObject = (value: unknown): value is Wire =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(one) || !isObject(other)) return other;
  return { ...one, ...Object.fromEntries(Object.entries(other).map(([key, value]) => [key, merged(one[key], value)])) };
};

/** Where a secret belongs, and where one is put by mistake. */
const PLACES = [
  ...["password", "certificatePem", "privateKeyPem", "pfx", "passphrase", "kerberos", "kerberos.password"].map(
    (name) => `connection.auth.${name}`,
  ),
  ...["connection", "connection.auth", "connection.tls", "connection.tls.ca", "connection.proxy"],
  ...["connection.password", "connection.privateKeyPem", "connection.user"],
  ...["auth", "auth.password", "password", "passphrase", "privateKeyPem", "tls.ca", "ca", "proxy"],
];
const OF_MAPPINGS = ["clientCertificatePem", "issuerCertificatePem"];
/** A string stands there rightly, and is repeated; `check` refuses anything else, so nothing else comes further. */
const NAMES = ["connection.host", "connection.auth.username", "userName", "subject", "issuer", "uri"];

async function everything(t: TestContext, pick: Pick, args: Wire, operations: "check" | "all"): Promise<string[]> {
  const { lines, ...process } = startProcess(t, { env: { PW: "Other-2!" } });
  const provider: Provider = process[pick];
  const said: string[] = [];
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      said.push(JSON.stringify((await act()) ?? "done"));
    } catch (error) {
      assert.ok(error instanceof Error);
      const own = Object.entries(error).filter(([key]) => key !== "properties");
      said.push(error.message, error.stack ?? "", String(error), JSON.stringify(own));
    }
  };
  const { failures = [] } = await provider.check({}, args);
  for (const { property } of failures) {
    assert.ok(!Object.hasOwn(args, property), `the engine prints the value of ${property}`);
  }
  said.push(JSON.stringify(failures));
  if (operations === "check") return [...said, ...lines.map(({ text }) => text)];
  const state = { ...args, schemaVersion: 1 };
  const rightly = { connection: CONNECTION, ...RESOURCES[pick], schemaVersion: 1 };
  await attempt(() => provider.diff("x", state, overTheWire({ connection: CONNECTION, ...RESOURCES[pick] })));
  await attempt(() => provider.diff("x", rightly, args));
  await attempt(() => provider.create(args).then(() => "created"));
  await attempt(() => provider.update("x", rightly, args).then(() => "updated"));
  await attempt(() => provider.read("x", state).then(() => "read"));
  await attempt(() => provider.delete("x", state));
  return [...said, ...lines.map(({ text }) => text)];
}

suite("S2: a secret in the wrong shape or place", () => {
  for (const pick of Object.keys(RESOURCES) as Pick[]) {
    // What all resources share of the other operations is looked at with one of them, and with the one that has more.
    const operations = pick === "mappings" || pick === "hosts" ? "all" : "check";
    const places = pick === "mappings" ? [...PLACES, ...OF_MAPPINGS] : PLACES;
    for (const place of [...places, ...NAMES]) {
      test(`at ${place} of ${pick} is printed nowhere`, async (t) => {
        for (const [shape, value] of Object.entries(SHAPES)) {
          if (NAMES.includes(place) && value === TEXT) continue;
          const args = merged({ connection: CONNECTION, ...RESOURCES[pick] }, deep(place, value)) as Wire;
          const said = await everything(t, pick, overTheWire(args), NAMES.includes(place) ? "check" : operations);
          for (const text of said) for (const one of PLANTED) assert.ok(!text.includes(one), `${shape}: ${text}`);
        }
      });
    }
  }
});
