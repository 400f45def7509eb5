import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, type Connection } from "pulumi-winrm";

// No user name and no password: Kerberos logs in as the owner of the ticket (kinit, or a pipeline's keytab).
const connection = new pulumi.Config().requireObject<Connection>("connection");

const host = new AuthConfig("host", {
  connection,
  // Negotiate could fall back to NTLM; Kerberos cannot. The preview refuses this over a connection that needs Negotiate.
  service: { basic: false, kerberos: true, negotiate: false },
});

/** What the host's service accepts now. */
export const service = host.effective.service;
