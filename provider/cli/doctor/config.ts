/** What `pulumi-winrm doctor` says of a host's configuration. */

import type { WinrmConfig } from "../../host/config";

/** One line for each thing in `winrm/config` that decides who may log in, and how. */
export function configFacts(config: WinrmConfig): Record<string, string> {
  const on = METHODS.filter((name) => isTrue(config, `service/auth/${name}`));
  const off = METHODS.filter((name) => !on.includes(name));
  const owned = [...config].filter(([, leaf]) => leaf.policy).map(([path]) => path);
  return {
    methods: `on: ${on.join(", ") || "none"}; off: ${off.join(", ") || "none"}`,
    messages: isTrue(config, "service/AllowUnencrypted")
      ? "AllowUnencrypted is true: readable messages are taken over http"
      : "AllowUnencrypted is false: over http messages must be sealed",
    binding: `CbtHardeningLevel is ${config.get("service/auth/CbtHardeningLevel")?.value ?? "not there"}`,
    policy: owned.length === 0 ? "Group Policy owns none" : `Group Policy owns ${owned.join(", ")}`,
  };
}

const METHODS = ["Basic", "Kerberos", "Negotiate", "Certificate", "CredSSP"] as const;

function isTrue(config: WinrmConfig, path: string): boolean {
  return config.get(path)?.value === true;
}
