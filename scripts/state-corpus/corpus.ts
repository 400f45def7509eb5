/** The corpus of states that releases have written: its files, its hosts, and the ports that stand in both. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type CertMapping, type GroupView, type HostOptions, type RegistryValue, SimulatedHost } from "../../simulator";
import { projectRoot } from "../../tools/pulumi-cli/locations";
import { CORPUS_PASSWORD } from "./entry";

/** One file each: `<version>.json`. */
export const CORPUS_FOLDER = join(projectRoot, "test", "engine", "golden", "state");

/** The project's name, which stands in every URN, and the passphrase of its secrets. */
export const CORPUS_PROJECT = "corpus";

/** What a release has written. */
export interface Corpus {
  /** Release of this package. */
  readonly version: string;
  /** Lines of the program, which reads its hosts' ports from `ports.json`. */
  readonly program: readonly string[];
  readonly hosts: readonly CorpusHost[];
  /** `pulumi stack export`, with the ports of `hosts`. */
  readonly state: unknown;
}

/** One host of a corpus. */
export interface CorpusHost {
  /** Name of its resource. */
  readonly name: string;
  /** The port that stands for it in the state. */
  readonly port: number;
  /** How it is when the state was written. */
  readonly after: HostOptions;
  /** How destroy leaves it. */
  readonly end: HostOptions;
  /** What a preview of the program shows for the resource. */
  readonly step: string;
  /** A refresh shows a difference to the state. */
  readonly refreshes: boolean;
}

/** The corpora of all releases, oldest first. */
export function corpora(): Corpus[] {
  if (!existsSync(CORPUS_FOLDER)) return [];
  return readdirSync(CORPUS_FOLDER)
    .filter((name) => name.endsWith(".json"))
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .map((name) => JSON.parse(readFileSync(join(CORPUS_FOLDER, name), "utf8")) as Corpus);
}

/** Starts a host with the administrator of the corpus, before the host's own accounts. */
export function startCorpusHost(name: string, options: HostOptions): Promise<SimulatedHost> {
  return SimulatedHost.start({
    name: name.slice(0, 15),
    ...options,
    accounts: [{ name: "ops", password: CORPUS_PASSWORD }, ...(options.accounts ?? [])],
  });
}

/** What resources manage on a host: settings, registry, certificate mappings, and groups, whose members have no order. */
export interface HostContent {
  readonly config: Readonly<Record<string, string>>;
  readonly registry: Readonly<Record<string, Readonly<Record<string, RegistryValue>>>>;
  readonly certMappings: readonly CertMapping[];
  readonly groups: readonly GroupView[];
}

/** A host's registry without what follows from its settings, and without the markers of changes that were confirmed. */
export function registryOf({ registry }: SimulatedHost): HostContent["registry"] {
  return Object.fromEntries(Object.entries(registry.all()).filter(([key]) => !/\\(?:WSMAN\\|pulumi-winrm)/.test(key)));
}

/** The content of a host as it is now. */
export function contentOf(host: SimulatedHost): HostContent {
  const { config, certMappings, groups } = host;
  return {
    config: config.all(),
    registry: registryOf(host),
    certMappings: certMappings.list(),
    groups: groups.all().map((group) => ({ ...group, members: [...group.members].sort() })),
  };
}

/** The content of a host that has just been started like this. */
export async function contentWith(name: string, options: HostOptions): Promise<HostContent> {
  const host = await startCorpusHost(name, options);
  await host.stop();
  return contentOf(host);
}

/** The port of a host's only listener. */
export function onlyPort(host: SimulatedHost): number {
  const port = host.http?.port ?? host.https?.port;
  if (port === undefined) throw new Error(`${host.name} listens nowhere`);
  return port;
}

/** What the program and its provider process find around them: files of the project, and variables. */
export function surroundingsOf(hosts: ReadonlyMap<string, SimulatedHost>): {
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
} {
  const ports = Object.fromEntries([...hosts].map(([name, host]) => [name, onlyPort(host)]));
  const certificates = [...hosts].flatMap(([name, { https }]) =>
    https ? [[`${name}.pem`, https.certificatePem]] : [],
  );
  return {
    files: {
      "ports.json": JSON.stringify(ports),
      "password.txt": `${CORPUS_PASSWORD}\n`,
      ...(Object.fromEntries(certificates) as Record<string, string>),
    },
    env: {
      WINRM_USERNAME: "ops",
      WINRM_PASSWORD: CORPUS_PASSWORD,
      CORPUS_PASSWORD,
      WINRM_PORT: String(ports["whole"] ?? ""),
    },
  };
}

/** The state with other ports, in numbers and in `127.0.0.1:PORT`. What is encrypted is left as it is. */
export function withPorts(state: unknown, ports: ReadonlyMap<number, number>): unknown {
  if (typeof state === "number") return ports.get(state) ?? state;
  if (typeof state === "string") {
    return state.replaceAll(/(127\.0\.0\.1):(\d+)/g, (whole, host: string, port: string) => {
      const other = ports.get(Number(port));
      return other === undefined ? whole : `${host}:${other}`;
    });
  }
  if (Array.isArray(state)) return state.map((item) => withPorts(item, ports));
  if (typeof state !== "object" || state === null) return state;
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, withPorts(value, ports)]));
}
