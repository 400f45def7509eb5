import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type Connection } from "pulumi-winrm";

/** Connections by resource name, from the stack: `explicit-credentials:hosts`. */
const hosts = new pulumi.Config().requireObject<Record<string, Connection>>("hosts");

/** The environment variable with the password of each host's account; only its name enters state. */
const passwordOf = (name: string) => ({ env: `${name.toUpperCase()}_PASSWORD` });

const managed = Object.entries(hosts).map(([name, connection]) => {
  const resource = new AuthConfig(name, {
    // Explicit credentials mean Negotiate: Kerberos for user@DOMAIN, NTLM for the local account MACHINE\user.
    connection: { ...connection, auth: { ...connection.auth, password: passwordOf(name) } },
    // Digest is for servers that are not WinRM services; a Windows client should not offer it.
    client: { digest: false, basic: false },
  });
  return { name, resource };
});

/** How each host's own client logs in to others now. */
export const client = Object.fromEntries(managed.map(({ name, resource }) => [name, resource.effective.client]));
