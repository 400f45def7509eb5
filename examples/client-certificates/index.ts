import { readFileSync } from "node:fs";
import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AuthConfig, CertMapping, type Connection } from "pulumi-winrm";

const config = new pulumi.Config();
/** How to reach the host, and as whom. */
const connection = config.requireObject<Connection>("connection");
/** PEM files: the clients' certificates, and the authority that signed them. */
const clients = config.requireObject<string[]>("clients");
const authority = readFileSync(config.require("authority"), "utf8");

// Without this the service takes no certificates, whatever is mapped.
const auth = new AuthConfig("web01", { connection, service: { certificate: true } });

// Several certificates may log in as one account: one mapping for each.
const mappings = clients.map(
  (file) =>
    new CertMapping(
      basename(file, ".pem"),
      {
        connection,
        clientCertificatePem: readFileSync(file, "utf8"),
        issuerCertificatePem: authority,
        userName: config.require("account"),
        // Only the name of the variable enters state. The host keeps the password, and tries it with each logon.
        password: { env: "MAPPED_PASSWORD" },
      },
      { dependsOn: auth },
    ),
);

/** The names in the certificates that the host admits. */
export const subjects = mappings.map((mapping) => mapping.mappedSubject);
