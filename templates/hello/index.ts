import * as pulumi from "@pulumi/pulumi";
import { AuthConfig } from "pulumi-winrm";

// Account, transport and port are not here: they come from winrm:* configuration or from WINRM_* variables.
const host = new AuthConfig("host", {
  connection: { host: new pulumi.Config().require("host") },
  service: { basic: false },
});

export const effective = host.effective;
