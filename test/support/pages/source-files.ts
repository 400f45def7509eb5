import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../tools/pulumi-cli/locations";

/** The TypeScript files below a folder of the repository, as paths from its root with slashes. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .sort();
}
