import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, TokenFilterPolicy } from "pulumi-winrm";

// A host in a workgroup. The account in winrm:* configuration is the built-in Administrator, whom remote UAC leaves alone.
const connection = { host: new pulumi.Config().require("host") };

// Local accounts log in with Negotiate, which is NTLM for them; Basic is not needed for that.
const auth = new AuthConfig("auth", { connection, service: { negotiate: true, basic: false } });

// Without this, the other members of Administrators log in, and may do nothing.
const policy = new TokenFilterPolicy("remote-uac", {
  connection,
  localAccountTokenFilterPolicy: 1,
});

export const service = auth.effective.service;
export const remoteAdministrators = policy.meaning;
