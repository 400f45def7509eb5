import * as pulumi from "@pulumi/pulumi";
import { AuthConfig } from "pulumi-winrm";

// Switching a method off is risky, so the host is armed to undo it: a fresh logon has a minute to prove the new settings.
const host = new AuthConfig("host", {
  connection: { host: new pulumi.Config().require("host") },
  service: { basic: false, credSSP: false },
  confirm: 60,
});

export const effective = host.effective;
