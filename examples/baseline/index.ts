import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  AuthConfig,
  CertMapping,
  type Connection,
  GroupMembership,
  TokenFilterPolicy,
  TrustedHosts,
} from "pulumi-winrm";

const config = new pulumi.Config();
/** Connections by resource name. */
const hosts = config.requireObject<Record<string, Connection>>("hosts");
/** Accounts and groups that may use WinRM without being administrators. */
const operators = config.requireObject<string[]>("operators");
const pem = (key: string) => readFileSync(config.require(key), "utf8");

const baseline = Object.entries(hosts).map(([name, connection]) => {
  const auth = new AuthConfig(name, {
    connection,
    // Who may log in to this host: with Kerberos or NTLM, or with a certificate; never in cleartext.
    service: { basic: false, negotiate: true, kerberos: true, certificate: true, allowUnencrypted: false },
    // How this host logs in to others.
    client: { basic: false, digest: false, allowUnencrypted: false },
  });
  // Where this host may log in without a proof of the other end.
  const trusted = new TrustedHosts(name, { connection, mode: "exclusive", entries: [] });
  // What the certificate may do is up to the account.
  const mapping = new CertMapping(
    name,
    {
      connection,
      // The client certificate that logs in as the local account, and the authority that signed it.
      clientCertificatePem: pem("certificate"),
      issuerCertificatePem: pem("authority"),
      userName: config.require("account"),
      password: { env: "MAPPED_PASSWORD" },
    },
    { dependsOn: auth },
  );
  const group = new GroupMembership(name, { connection, group: "Remote Management Users", members: operators });
  // Local administrators other than the built-in one have no full rights over the network.
  const remoteUac = new TokenFilterPolicy(name, { connection, localAccountTokenFilterPolicy: 0 });
  return {
    name,
    service: auth.effective.service,
    trusts: trusted.effectiveEntries,
    certificate: mapping.mappedSubject,
    operators: group.effectiveMembers,
    remoteAdministrators: remoteUac.meaning,
  };
});

/** Who may log in to each host, and how. */
export const access = Object.fromEntries(baseline.map(({ name, ...rest }) => [name, rest]));
