/** `Win32_OperatingSystem`: which Windows the host runs (Microsoft's reference of the class). */

import type { Language } from "../../wsman/fault-table";
import type { Sam } from "../sam/sam";

/** Names of releases by build, the newest first. */
const SERVERS: readonly (readonly [build: number, name: string])[] = [
  [26100, "Microsoft Windows Server 2025 Standard"],
  [20348, "Microsoft Windows Server 2022 Standard"],
  [17763, "Microsoft Windows Server 2019 Standard"],
  [14393, "Microsoft Windows Server 2016 Standard"],
  [9600, "Microsoft Windows Server 2012 R2 Standard"],
  [9200, "Microsoft Windows Server 2012 Standard"],
  [0, "Microsoft Windows Server 2008 R2 Standard"],
];
const DOMAIN_CONTROLLER = 2;
const SERVER = 3;
const LANGUAGES = { "en-US": 1033, "de-DE": 1031 } as const;

/** What the one instance is made of. */
interface Windows {
  readonly sam: Sam;
  readonly hostName: string;
  readonly osVersion: string;
  readonly language: Language;
}

/** Properties of the one instance; the edition and the disk are made up. */
export function operatingSystem({
  sam,
  hostName,
  osVersion,
  language,
}: Windows): Readonly<Record<string, string | number>> {
  const build = osVersion.split(".")[2] ?? "0";
  const caption = SERVERS.find(([least]) => Number(build) >= least)?.[1] ?? "Microsoft Windows";
  return {
    BuildNumber: build,
    CSName: hostName,
    Caption: caption,
    Name: `${caption}|C:\\Windows|\\Device\\Harddisk0\\Partition3`,
    OSArchitecture: "64-bit",
    OSLanguage: LANGUAGES[language],
    ProductType: sam.domainController ? DOMAIN_CONTROLLER : SERVER,
    ServicePackMajorVersion: 0,
    Status: "OK",
    SystemDirectory: "C:\\Windows\\system32",
    Version: osVersion,
    WindowsDirectory: "C:\\Windows",
  };
}
