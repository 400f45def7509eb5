/**
 * `npm run demo`: the main job, end to end, with the real Pulumi CLI against two simulated Windows hosts.
 * It leaves nothing behind.
 */
import { Command } from "commander";
import { SimulatedHost } from "../simulator";
import { finalProgram, firstProgram } from "./demo/programs";
import { type Row, comparison, essence, heading, note, program } from "./demo/screen";
import { type LocalProject, localProject } from "./local-project";

const ACCOUNT = "ops";
const PASSWORD = "Demo-Password-1";
const OWNED = " (Group Policy)";
/** What the story is about; shown before and after. */
const SHOWN = [
  "service/auth/Basic",
  "service/auth/CbtHardeningLevel",
  "service/AllowUnencrypted",
  "client/auth/Digest",
  "client/TrustedHosts",
];
/** Where a change that must be confirmed, and a writer of a list, leave their marks on a host. */
const OWN_KEY = "HKLM\\SOFTWARE\\pulumi-winrm\\";
const GROUP = "Remote Management Users";

async function main(): Promise<void> {
  const { verbose = false } = new Command("npm run demo --")
    .description("Preview, apply, drift, repair and restore two simulated Windows hosts with the real Pulumi CLI.")
    .option("--verbose", "show everything that the CLI prints, as it comes")
    .parse()
    .opts<{ verbose?: boolean }>();
  const started = Date.now();
  const hosts = await startHosts();
  let project: LocalProject | undefined;
  const leave = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    project?.remove();
  };
  process.once("SIGINT", () => {
    void leave().finally(() => process.exit(130));
  });
  try {
    const [web01, web02] = hosts;
    project = await localProject({
      name: "winrm-demo",
      files: { "index.js": firstProgram },
      env: { WEB01_PORT: portOf(web01), WEB02_PORT: portOf(web02), OPS_PASSWORD: PASSWORD },
      log: note,
    });
    await story(project, hosts, verbose);
  } finally {
    await leave();
  }
  note(
    "Next: run an example against a simulated host (examples/hello), or look at a host of yours: npx pulumi-winrm doctor HOST",
  );
  note(`Done in ${Math.round((Date.now() - started) / 1000)} s. The hosts are stopped, and the project is removed.`);
}

type Hosts = readonly [SimulatedHost, SimulatedHost];

async function startHosts(): Promise<Hosts> {
  const accounts = [
    { name: ACCOUNT, password: PASSWORD },
    { name: "deploy", password: "Demo-Password-2", administrator: false },
  ];
  const config = { "service/auth/Basic": "true", "client/TrustedHosts": "backup-01" };
  return await Promise.all([
    SimulatedHost.start({ name: "WEB01", accounts, config, policy: { "client/auth/Digest": "true" } }),
    SimulatedHost.start({ name: "WEB02", accounts, config, policy: { "service/AllowUnencrypted": "true" } }),
  ]);
}

function portOf(host: SimulatedHost): string {
  return String(host.http?.port ?? "");
}

async function story(project: LocalProject, hosts: Hosts, verbose: boolean): Promise<void> {
  const [web01, web02] = hosts;
  const before = settingsOf(hosts);
  const pulumi = (expected: number, ...args: string[]) => run(project, { expected, args, verbose });

  heading("1. Two Windows hosts, and a program that says who may log in to them");
  note(`WEB01 and WEB02 are simulated; they speak WS-Management on loopback, as ${ACCOUNT}, every message sealed.`);
  program(firstProgram);

  heading("2. Preview: Group Policy conflicts with two settings; both are found at once, nothing is written");
  await pulumi(1, "preview");
  expectWrites(hosts, 0);

  heading("3. The program yields: WEB01's policy is left alone, WEB02's policy is changed by its administrators");
  web02.policy.clear("service/AllowUnencrypted");
  project.write({ "index.js": finalProgram });
  note('WEB01 gets onPolicyConflict: "warn".');
  await pulumi(0, "up", "--yes");
  const applied = settingsOf(hosts);
  note(`The hosts' journals: ${writesOf(hosts).join("; ")}.`);

  heading("4. A second up: nothing to do, nothing written");
  forget(hosts);
  await pulumi(0, "up", "--yes", "--suppress-outputs");
  expectWrites(hosts, 0);

  heading("5. An administrator switches Basic back on, manually, on WEB01");
  web01.config.set("service/auth/Basic", "true");
  await pulumi(0, "refresh", "--yes", "--diff", "--suppress-outputs");

  heading("6. up repairs it: one Put with one setting");
  forget(hosts);
  await pulumi(0, "up", "--yes", "--suppress-outputs");
  expectWrites(hosts, 1);

  heading("7. destroy restores what was there before");
  await pulumi(0, "destroy", "--yes");
  const after = settingsOf(hosts);

  heading("What the hosts had");
  comparison(rowsOf(hosts, [before, applied, after]));
  note("AllowUnencrypted of WEB02 was Group Policy's, and its administrators changed it in step 3.");
  const restored = before.every((values, host) =>
    values.every((value, index) => value === after[host]?.[index] || value.endsWith(OWNED)),
  );
  if (!restored) throw new Error("the hosts are not as they were");
}

/** One command of the story. */
interface CommandLine {
  readonly args: readonly string[];
  readonly expected: number;
  readonly verbose: boolean;
}

/** Runs one command, shows what matters of what it prints, or all of it, and insists on its exit code. */
async function run(project: LocalProject, { args, expected, verbose }: CommandLine): Promise<void> {
  note(`$ pulumi ${args.join(" ")}`);
  const colour = verbose && process.stdout.isTTY && process.env["NO_COLOR"] === undefined ? "always" : "never";
  const shown = verbose
    ? {
        onStdout: (text: string) => process.stdout.write(text),
        onStderr: (text: string) => process.stderr.write(text),
      }
    : {};
  const result = await project.pulumi([...args, "--non-interactive", "--color", colour], shown);
  if (!verbose) essence(result.stdout);
  if (result.code !== expected) {
    if (!verbose) process.stderr.write(`${result.stdout}${result.stderr}`);
    throw new Error(`pulumi ${args.join(" ")} ended with exit code ${result.code}, not ${expected}`);
  }
}

function forget(hosts: Hosts): void {
  for (const host of hosts) host.journal.clear();
}

/** The writes in the hosts' journals: `WEB01 service/auth/Basic=false`. */
function writesOf(hosts: Hosts): string[] {
  return hosts.flatMap((host) =>
    // Create and Delete of a shell are no writes of settings, and neither is what a change leaves as its own trace.
    host.journal.writes().flatMap(({ leaves }) => {
      const paths = Object.entries(leaves ?? {}).filter(([path]) => !path.startsWith(OWN_KEY));
      const settings = paths.map(([path, value]) => `${path}=${value}`);
      return settings.length === 0 ? [] : [`${host.name} ${settings.join(" ")}`];
    }),
  );
}

function expectWrites(hosts: Hosts, count: number): void {
  const writes = writesOf(hosts);
  if (writes.length !== count) throw new Error(`the hosts' journals show ${writes.length} writes, not ${count}`);
  note(`The hosts' journals: ${writes.length === 0 ? "no write" : writes.join("; ")}.`);
}

type Settings = readonly (readonly string[])[];

function settingsOf(hosts: Hosts): Settings {
  return hosts.map((host) => [
    ...SHOWN.map((path) => {
      const owned = Object.keys(host.policy.all()).some((one) => one.toLowerCase() === path.toLowerCase());
      return `${host.config.get(path)}${owned ? OWNED : ""}`;
    }),
    host.groups.get(GROUP).members.join(", "),
  ]);
}

function rowsOf(hosts: Hosts, states: readonly Settings[]): Row[] {
  return hosts.flatMap((host, hostIndex) =>
    [...SHOWN, GROUP].map((setting, index) => ({
      host: host.name,
      setting,
      values: states.map((state) => state[hostIndex]?.[index] ?? ""),
    })),
  );
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
});
