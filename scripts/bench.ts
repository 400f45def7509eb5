/** `npm run bench`: our speed beside that of others, measured in the same run. Ratios, because machines differ. */
import { Command, InvalidArgumentError } from "commander";
import { benchFleet } from "./bench/fleet";
import { benchSession } from "./bench/session";

const JSON_OPTION = ["--json", "print one line of JSON instead of text"] as const;

async function main(): Promise<void> {
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const program = new Command("npm run bench --").description("Our speed beside that of others, in the same run.");
  program
    .command("fleet", { isDefault: true })
    .description("up and preview of simulated hosts beside ordinary no-op dynamic resources (the default)")
    .option("--hosts <number>", "simulated hosts, two resources each", positive, 200)
    .option("--rounds <number>", "rounds; the median counts", positive, 3)
    .option(...JSON_OPTION)
    .action(({ hosts, rounds, json }: { hosts: number; rounds: number; json?: true }) =>
      benchFleet({ hosts, rounds, json: json === true, log }),
    );
  program
    .command("session")
    .description("a sealed NTLM session and a read of one simulated host beside Debian's python3-winrm")
    .option("--rounds <number>", "rounds; the median counts", positive, 200)
    .option("--warm-up <number>", "rounds before the first that counts", positive, 100)
    .option(...JSON_OPTION)
    .action(({ rounds, warmUp, json }: { rounds: number; warmUp: number; json?: true }) =>
      benchSession({ rounds, warmUp, json: json === true, log }),
    );
  await program.parseAsync();
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
});
