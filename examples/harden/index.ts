import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type Connection } from "pulumi-winrm";

/** Connections by resource name, from the stack: `harden:hosts`. */
const hosts = new pulumi.Config().requireObject<Record<string, Connection>>("hosts");

const hardened = Object.entries(hosts).map(([name, connection]) => {
  const resource = new AuthConfig(name, {
    connection,
    // Who may log in to this host.
    service: { basic: false, allowUnencrypted: false, cbtHardeningLevel: "Strict" },
    // How this host logs in to others.
    client: { basic: false, digest: false, allowUnencrypted: false },
    // A setting that Group Policy holds at another value is left alone, with a warning.
    onPolicyConflict: "warn",
  });
  return { name, resource };
});

/** What each host has now. */
export const effective = Object.fromEntries(hardened.map(({ name, resource }) => [name, resource.effective]));

/** The settings that Group Policy owns, by host. */
export const policyOwned = Object.fromEntries(hardened.map(({ name, resource }) => [name, resource.policyOwned]));
