import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type Connection, Provider, type ProviderArgs } from "pulumi-winrm";

/** One site: the defaults of its hosts, the environment variable with its password, and its hosts by name. */
interface Site {
  defaults: ProviderArgs;
  passwordVariable: string;
  hosts: Record<string, Connection>;
}

/** Sites by name, from the stack: `sites:sites`. */
const sites = new pulumi.Config().requireObject<Record<string, Site>>("sites");

const hosts = Object.entries(sites).flatMap(([site, { defaults, passwordVariable, hosts }]) => {
  // The site's own process sees its password as WINRM_PASSWORD; only the variable's name enters state.
  const provider = new Provider(site, defaults, { envVarMappings: { [passwordVariable]: "WINRM_PASSWORD" } });
  return Object.entries(hosts).map(([name, connection]) => {
    const resource = new AuthConfig(
      `${site}-${name}`,
      { connection, service: { basic: false, allowUnencrypted: false }, client: { basic: false, digest: false } },
      { provider },
    );
    return { name: `${site}-${name}`, resource };
  });
});

/** What the services of the hosts accept now. */
export const service = Object.fromEntries(hosts.map(({ name, resource }) => [name, resource.effective.service]));
