/**
 * `npm run state-corpus`: writes the states that this release produces to test/engine/golden/state/<version>.json, where
 * the tests of all later releases find them. The corpus of a release that is out is never written again.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import type { SimulatedHost } from "../simulator";
import { localProject } from "./local-project";
import { projectRoot } from "../tools/pulumi-cli/locations";
import type { RunResult } from "../tools/pulumi-cli/run-command";
import {
  CORPUS_FOLDER,
  CORPUS_PROJECT,
  type Corpus,
  type HostContent,
  contentOf,
  contentWith,
  onlyPort,
  startCorpusHost,
  surroundingsOf,
  withPorts,
} from "./state-corpus/corpus";
import { CORPUS_ENTRIES } from "./state-corpus/entries";
import type { CorpusEntry } from "./state-corpus/entry";

const FIRST_PORT = 60_001;

interface Export {
  readonly deployment: { readonly resources: Record<string, unknown>[] };
}

async function main(): Promise<void> {
  new Command("npm run state-corpus --")
    .description("Write the states of this release, as long as CHANGELOG.md calls it unreleased.")
    .parse();
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  if (!readFileSync(join(projectRoot, "CHANGELOG.md"), "utf8").includes(`## ${version} - Unreleased`))
    throw new Error(`${version} is released: its corpus stays as it is. Raise the version first.`);
  const hosts = new Map<string, SimulatedHost>();
  try {
    for (const { name, before, misbehave } of CORPUS_ENTRIES) {
      const host = await startCorpusHost(name, before ?? {});
      hosts.set(name, host);
      if (misbehave !== undefined) host.injectFault(misbehave);
    }
    const program = programOf(CORPUS_ENTRIES);
    const state = await stateOf(program, hosts);
    const ports = new Map([...hosts.values()].map((host, index) => [onlyPort(host), FIRST_PORT + index]));
    const corpus: Corpus = {
      version,
      program: program.split("\n"),
      hosts: CORPUS_ENTRIES.map(
        ({ name, before = {}, after, end = before, step = "same", refreshes = false }, index) => ({
          name,
          port: FIRST_PORT + index,
          after,
          end,
          step,
          refreshes,
        }),
      ),
      state: withPorts(state, ports),
    };
    mkdirSync(CORPUS_FOLDER, { recursive: true });
    const file = join(CORPUS_FOLDER, `${version}.json`);
    writeFileSync(file, `${JSON.stringify(corpus, undefined, 1)}\n`);
    process.stdout.write(`${CORPUS_ENTRIES.length} states of ${version} are in ${file}\n`);
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.stop()));
  }
}

function programOf(entries: readonly CorpusEntry[]): string {
  const declarations = entries.flatMap(({ name, type, args, connection, options, prelude, get }) => {
    const reach = connection ?? `{ host: "127.0.0.1", transport: "http", port: ports.${name} }`;
    const list = [
      JSON.stringify(name),
      `{ connection: ${reach}${args === undefined ? "" : `, ${args}`} }`,
      ...(options === undefined ? [] : [options]),
    ];
    const made = get === true ? `winrm.${type}.get` : `new winrm.${type}`;
    return [...(prelude === undefined ? [] : [prelude]), `${made}(${list.join(", ")});`];
  });
  return [
    'const pulumi = require("@pulumi/pulumi");',
    'const winrm = require("pulumi-winrm");',
    'const ports = require("./ports.json");',
    ...declarations,
    "",
  ].join("\n");
}

/** Applies the program, lets hands change what they change, and exports the state. */
async function stateOf(program: string, hosts: ReadonlyMap<string, SimulatedHost>): Promise<unknown> {
  const { files, env } = surroundingsOf(hosts);
  const log = (line: string) => process.stdout.write(`${line}\n`);
  const project = await localProject({ name: CORPUS_PROJECT, files: { "index.js": program, ...files }, env, log });
  const pulumi = (args: readonly string[]) => project.pulumi([...args, "--non-interactive", "--color", "never"]);
  try {
    const up = await pulumi(["up", "--yes", "--skip-preview", "--continue-on-error"]);
    const failing = CORPUS_ENTRIES.some(({ misbehave }) => misbehave !== undefined);
    if ((up.code !== 0) !== failing) throw failed("up", up);
    const urns = new Map((await exported(pulumi)).deployment.resources.map(({ urn }) => [nameIn(urn), String(urn)]));
    const missing = CORPUS_ENTRIES.filter(({ name }) => !urns.has(name)).map(({ name }) => name);
    if (missing.length > 0) throw failed(`up (no ${missing.join(", ")})`, up);
    const edited = CORPUS_ENTRIES.filter(({ edits }) => edits !== undefined);
    for (const { name, edits } of edited) {
      const host = hosts.get(name);
      if (host !== undefined) edits?.(host);
    }
    const targets = edited.flatMap(({ name }) => ["--target", urns.get(name) ?? ""]);
    const refresh = await pulumi(["refresh", "--yes", ...targets]);
    if (refresh.code !== 0) throw failed("refresh", refresh);
    for (const entry of CORPUS_ENTRIES) await confirmAfter(entry, hosts.get(entry.name));
    const state = await exported(pulumi);
    // Both name folders of the machine that wrote them.
    for (const resource of state.deployment.resources)
      for (const key of ["stackTrace", "sourcePosition"]) Reflect.deleteProperty(resource, key);
    return state;
  } finally {
    project.remove();
  }
}

/** A replay starts the host that an entry says there is, so it must be the one that there is. */
async function confirmAfter({ name, after }: CorpusEntry, host: SimulatedHost | undefined): Promise<void> {
  if (host === undefined) throw new Error(`entry ${name} has no host`);
  const wanted = await contentWith(name, after);
  for (const [part, found] of Object.entries(contentOf(host))) {
    const described = wanted[part as keyof HostContent];
    if (isDeepStrictEqual(found, described)) continue;
    throw new Error(`entry ${name}: the host's ${part} are ${inspect(found)}, and "after" says ${inspect(described)}`);
  }
}

async function exported(pulumi: (args: readonly string[]) => Promise<RunResult>): Promise<Export> {
  const result = await pulumi(["stack", "export"]);
  if (result.code !== 0) throw failed("stack export", result);
  return JSON.parse(result.stdout) as Export;
}

function nameIn(urn: unknown): string {
  return String(urn).split("::").at(-1) ?? "";
}

function failed(what: string, { stdout, stderr }: RunResult): Error {
  return new Error(`pulumi ${what} went another way than planned:\n${stdout}\n${stderr}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
