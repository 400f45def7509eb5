/** Inputs that people have and that were refused, or taken for something else. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { resolveTarget } from "../../../provider/connect/target";
import type { Auth, Connection } from "../../../provider/contract/connection/connection";
import { connectionIdentity } from "../../../provider/contract/connection/connection";
import { checkConnection } from "../../../provider/contract/connection/connection-settings";
import { Settings } from "../../../provider/contract/settings";
import { closestName } from "../../../provider/contract/names/suggestion";
import {
  canonicalEntry,
  distinctEntries,
  entryProblem,
  trusts,
} from "../../../provider/contract/trusted-host-patterns";
import { type ErrorCode, isWinrmError } from "../../../provider/errors";
import { targetUrl } from "../../../provider/session/target";
import { readClientCertificate } from "../../../provider/x509/client-certificate";
import { readMappedIdentity } from "../../../provider/x509/mapped-identity";
import { authority, clientCertificate } from "../../support/hosts/client-certificates";

/**
 * OpenSSL 3: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=deploy -addext
 * subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:deploy@localhost`, which makes it an authority, and
 * `openssl pkcs12 -export -passout 'pass:Bçş'`, which encrypts by PBES2.
 */
const PFX = [
  "MIIEPAIBAzCCA/IGCSqGSIb3DQEHAaCCA+MEggPfMIID2zCCApIGCSqGSIb3DQEHBqCCAoMwggJ/AgEAMIICeAYJKoZIhvcNAQcBMFcGCSqG",
  "SIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi5qXEefhfdmgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEP/Y+6DqIcJ23qT45LTb",
  "tqOAggIQgzBWAKV+VSYYecCoG1Q2Ak6PZs9LKTAk6HwaZ9RtYW2L6HsNNOnQkl17PdrX81kElkDO/0x1szQjAZdFptd5e82xNlEXEH3IaTWi",
  "TH55Cv8JrbyZSPNsV95SbVKdJvzZyjl/TYUUkC54FFZVzUwlxW/EN4OVKxqn+wb8KU9E+FM5H77Khniv1H9d+Wfgn1UUhLRFZEuxgq3Yp3tt",
  "oLbM5/3qy+eX+AEnnZL7WnqpcBClYIwyAJQ7DhtTNV1j07/+T0YX98oLsLZWYwTpuKiKYxkO07ziR7Adx4OHejbtYXD/MYZ21R3QhbtvAthx",
  "4am9W3jPeBW3ZzFOSWSV1S4yJ+t9rGZS6pQ4RTDi1fCJkc+ZCjPc8QBzgDos9X0TZGppiNZ6Sfckt4JyjP18wOsXZvGJ0D/jsQofMupt89U6",
  "pRFgz95GH1ubK8OH4UWaX5h15esNLbeEr3ESvOE/ITivK7HX9tA3bygiIlXC2OjdDPvBJOOxsjyK55bboMJydpR5zyEmxy+2NMeLALZTrlmJ",
  "NcC4eRBsonolOfi0VjWCPGpDEFnaJpSIz7CpsEVpCIwCAOig7rPQCHJBKBycW+27ZoMpeXZ66CsTB5tnsZxPT4RKi/Qik5ICfwlJ/uSkpHtL",
  "KZ1qauvkKiqe/8he8wZUYbbGbiTjvx8Rljs4dgorvzIh56j9c19JbeNHRlQhj4mxMIIBQQYJKoZIhvcNAQcBoIIBMgSCAS4wggEqMIIBJgYL",
  "KoZIhvcNAQwKAQKgge8wgewwVwYJKoZIhvcNAQUNMEowKQYJKoZIhvcNAQUMMBwECNPMPW3T+d38AgIIADAMBggqhkiG9w0CCQUAMB0GCWCG",
  "SAFlAwQBKgQQOEy4U036FxoN3AE5IJrl5wSBkHbYp3g59eTYOVbMCb6N2hvzx2viitieru7UH1NjZWSe/JPrqHjtGyXHEXxA2sRaxBCF6k15",
  "CcKMV2GJynm3fGHXBS7uvmQHEonjm/O8J5CCjYtVw8h/hwyS6IcmbRUMasVa6rEC4Fb4aqxymklAH//MB92QEPBApQ1LDw13UrI2p4Nqmx46",
  "HlMRQLj+tglgSDElMCMGCSqGSIb3DQEJFTEWBBS3Cvi0CXKl9D9wSvgoNUDRBUVPNjBBMDEwDQYJYIZIAWUDBAIBBQAEIB53d98L3xh1OPiW",
  "bSVXvX63W+cglp34fXC3mBuatKkWBAg8ncj1P+z0lQICCAA=",
].join("");
const CA_TRUE = `-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUDoAMpSueqW9E7XHX+7tcXZA2R+8wCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGZGVwbG95MCAXDTI2MTEzMDAxMjY1N1oYDzIxMjYxMTA2MDEy
NjU3WjARMQ8wDQYDVQQDDAZkZXBsb3kwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASZrFwEbi+q2vHBd6nuMtptyo0lkseAX/3UXMN88aTEGBfX9rVd8E9RwJBpZnVg
1ifwk5i1lHFV4KUvf78KxCBio4GAMH4wHQYDVR0OBBYEFPT+tEJH6vxkRQCisoXe
BCDoMV9tMB8GA1UdIwQYMBaAFPT+tEJH6vxkRQCisoXeBCDoMV9tMA8GA1UdEwEB
/wQFMAMBAf8wKwYDVR0RBCQwIqAgBgorBgEEAYI3FAIDoBIMEGRlcGxveUBsb2Nh
bGhvc3QwCgYIKoZIzj0EAwIDSAAwRQIgbT/NRaQvBcSiJqPFD8s/n6/Q7xAJt3Gh
WHw8jET2nF8CIQDIFJEhXmsMWcLa1Ixbf+AxvmXn/dYFEGciHCL+NJwj0A==
-----END CERTIFICATE-----
`;

const targetOf = (connection: Connection) => resolveTarget(connection, new Settings(() => undefined, {})).target;
const authOf = (auth: Auth, host = "web01.corp.test") =>
  targetOf({ host, auth: { password: "Planted-1!", ...auth } }).auth;
const codeOf = (act: () => unknown): ErrorCode | undefined => {
  try {
    act();
  } catch (error) {
    if (isWinrmError(error)) return error.code;
    throw error;
  }
  return undefined;
};
const problemsOf = (connection: object) => checkConnection({ host: "web01", ...connection }, "connection");

suite("inputs that people have", () => {
  test("I1: a PFX of PBES2 opens with a passphrase beyond ASCII, and with no other", () => {
    const open = (passphrase: string) =>
      readClientCertificate({ kind: "pfx", pfx: Buffer.from(PFX, "base64"), passphrase });
    assert.equal(open("Bçş").name, "deploy@localhost");
    for (const wrong of ["Bcs", "B\u00e7s", "BÃ§ÅŸ", ""])
      assert.equal(
        codeOf(() => open(wrong)),
        "WINRM_E_ARGUMENT",
      );
  });

  test("I3: an IPv6 address with a zone is connected to, and has no zone in URLs", () => {
    const host = "fe80::fc:ff:fe00:1%eth0";
    assert.deepEqual(problemsOf({ host }), []);
    const target = targetOf({ host, auth: { method: "ntlm", username: "ops", password: "x" } });
    assert.equal(target.host, host);
    assert.equal(new URL(targetUrl(target)).host, "[fe80::fc:ff:fe00:1]:5986");
    // The same address on another link is another host.
    assert.notEqual(connectionIdentity({ host }), connectionIdentity({ host: "fe80::fc:ff:fe00:1%eth1" }));
  });

  test("I4: an account of Microsoft or Entra ID is for NTLM at once, and never for Kerberos", () => {
    for (const username of ["MicrosoftAccount\\ann@outlook.com", "azuread\\ann@contoso.com", "AzureAD\\AnnLee"]) {
      assert.deepEqual(problemsOf({ auth: { username } }), []);
      for (const kerberos of [{}, { realm: "CORP.TEST" }]) {
        assert.equal(authOf({ username, kerberos }).method, "ntlm");
        assert.equal(
          codeOf(() => authOf({ username, kerberos, method: "kerberos" })),
          "WINRM_E_ARGUMENT",
        );
      }
    }
    assert.equal(authOf({ username: "ann@outlook.com" }).method, "negotiate");
  });

  test("I7: a certificate that signed itself is the client's where it is alone, authority or not", () => {
    assert.ok(readMappedIdentity(CA_TRUE, undefined).ok);
    assert.equal(readMappedIdentity(`${CA_TRUE}${authority("Other").certPem}`, undefined).ok, false);
    assert.equal(readMappedIdentity(authority("Only signs").certPem, undefined).ok, false);
  });

  test("D5: a certificate without an extended key usage is for any purpose, for a connection and for a mapping", () => {
    for (const [usage, taken] of [
      ["none", true],
      ["clientAuth", true],
      ["serverAuth", false],
    ] as const) {
      const { certPem, keyPem } = clientCertificate({ upn: "a@b", usage });
      const material = { kind: "pem", certificatePem: certPem, privateKeyPem: keyPem, passphrase: undefined } as const;
      assert.equal(
        codeOf(() => readClientCertificate(material)),
        taken ? undefined : "WINRM_E_ARGUMENT",
      );
      assert.equal(readMappedIdentity(certPem, undefined).ok, taken);
    }
  });

  test("I8: a range of addresses is no entry of TrustedHosts, and the reason says so", () => {
    for (const range of [
      "192.168.1.1-192.168.1.255",
      "10.0.0.0/8",
      "10.0.0.1-9",
      "fe80::1-fe80::ff",
      "2001:db8::/32",
      "[fe80::1]-[fe80::2]",
    ]) {
      assert.match(entryProblem(range) ?? "", /IPv4Filter/, range);
    }
    for (const name of ["web-01", "10-20", "192.168.1.*", "10.0.0.1", "[fe80::1%eth0-1]", "a1-b2.c3"]) {
      assert.equal(entryProblem(name), undefined, name);
    }
    for (const other of ["https://web-01", "web01:5985"]) assert.doesNotMatch(entryProblem(other) ?? "", /IPv4Filter/);
  });

  test("I9: a name with a dot at its end, or beyond ASCII, is the host that it means", () => {
    for (const [host, means] of [
      ["web01.corp.test.", "web01.corp.test"],
      ["bücher.example", "xn--bcher-kva.example"],
      ["WEB01.", "WEB01"],
    ] as const) {
      assert.deepEqual(problemsOf({ host }), [], host);
      assert.equal(targetOf({ host, auth: { method: "ntlm", username: "ops", password: "x" } }).host, means);
      assert.equal(connectionIdentity({ host }), connectionIdentity({ host: means }));
    }
    for (const host of ["web01..", ".", "web\u200b01", "bücher/x", "ops@bücher.example", "bü cher"]) {
      assert.deepEqual(
        problemsOf({ host }).map(({ property }) => property),
        ["connection.host"],
        host,
      );
    }
    assert.match(entryProblem("bücher.example") ?? "", /xn--bcher-kva\.example/);
  });

  test("I10: an IPv6 address is the same however it is spelled", () => {
    const spellings = ["[2001:db8:0:0:0:0:0:1]", "[2001:db8::1]", "[2001:0DB8::0001]"];
    assert.equal(new Set(spellings.map(canonicalEntry)).size, 1);
    assert.deepEqual(distinctEntries(spellings), spellings.slice(0, 1));
    assert.ok(trusts(["[2001:db8::1]"], "2001:DB8:0:0::1"));
    assert.notEqual(canonicalEntry("[fe80::1%eth0]"), canonicalEntry("[fe80::1]"));
    assert.match(entryProblem("[2001:db8::1::2]") ?? "", /IPv6/);
    const hosts = ["2001:db8:0:0:0:0:0:1", "2001:DB8::1"].map((host) => connectionIdentity({ host }));
    assert.equal(hosts[0], hosts[1]);
  });

  test("I11: a principal with an instance is taken with a keytab, and with nothing else", () => {
    for (const username of ["HTTP/runner.corp.test@CORP.TEST", "host/runner@CORP.TEST"]) {
      const auth = { username, kerberos: { keytab: "/etc/krb5.keytab" } };
      assert.deepEqual(problemsOf({ auth }), []);
      const resolved = targetOf({ host: "web01.corp.test", auth }).auth;
      const credential = resolved.method === "kerberos" ? resolved.kerberos.credential : undefined;
      assert.deepEqual(credential, { kind: "keytab", principal: username, keytab: "/etc/krb5.keytab" });
      assert.equal(problemsOf({ auth: { username } })[0]?.property, "connection.auth.username");
      for (const method of ["ntlm", "negotiate", "basic"] as const) {
        assert.equal(
          codeOf(() => authOf({ ...auth, method })),
          "WINRM_E_ARGUMENT",
        );
      }
    }
    const crooked = { username: "HTTP/a/b@CORP.TEST", kerberos: { keytab: "k" } };
    assert.equal(problemsOf({ auth: crooked }).length, 1);
  });

  test("I12: a mistyped argument is told what it may mean, at every level", () => {
    for (const [connection, meant] of [
      [{ prot: 1 }, "port"],
      [{ atuh: {} }, "auth"],
      [{ auth: { pasword: "x" } }, "password"],
      [{ auth: { userName: "x" } }, "username"],
      [{ auth: { kerberos: { relm: "x" } } }, "realm"],
      [{ tls: { pinnedSha265: "x" } }, "pinnedSha256"],
      [{ timeouts: { conectSeconds: 1 } }, "connectSeconds"],
    ] as const) {
      assert.match(problemsOf(connection)[0]?.reason ?? "", new RegExp(` ${meant}\\?$`));
    }
    assert.doesNotMatch(problemsOf({ colour: 1 })[0]?.reason ?? "", /\?$/);
    assert.equal(closestName("x", ["y"]), undefined);
  });
});
