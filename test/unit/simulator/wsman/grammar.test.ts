/** The grammars of winrm/config's string leaves. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import {
  isCertificateThumbprint,
  isIpFilter,
  isSecurityDescriptor,
  isTrustedHosts,
  isUrlPrefix,
} from "../../../../simulator/windows/config/grammar";

suite("the grammar of", () => {
  test("TrustedHosts takes what WinRM documents and nothing else", () => {
    const good = [
      "",
      "*",
      "srv1",
      "srv1,srv2.corp.test,10.0.0.7",
      "*.corp.test",
      "web*,10.0.*",
      "<local>",
      "<LOCAL>,a",
      "[1:2:3::8]",
      "a, b",
    ];
    const bad = [
      ",",
      "a,",
      "a,,b",
      "*,a",
      "a,*",
      "a*b",
      "**",
      "*a*",
      "1:2:3::8",
      "[10.0.0.1]",
      "<remote>",
      "a b",
      "http://a",
      "a;b",
      "a\nb",
    ];
    assert.deepEqual(
      good.filter((text) => !isTrustedHosts(text)),
      [],
    );
    assert.deepEqual(
      bad.filter((text) => isTrustedHosts(text)),
      [],
    );
  });

  test("TrustedHosts takes any list of good entries", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
    const entry = fc.oneof(
      name,
      name.map((text) => `*${text}`),
      name.map((text) => `${text}*`),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
    );
    fc.assert(fc.property(fc.array(entry), (entries) => isTrustedHosts(entries.join(","))));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => !isTrustedHosts([...entries, "*"].join(","))),
    );
  });

  test("IP filters takes ranges of its own family", () => {
    assert.deepEqual(
      ["", "*", "10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9,*"].filter((text) => !isIpFilter(text, "IPv4Filter")),
      [],
    );
    assert.deepEqual(
      ["x", "10.0.0.1", "10.0.0.1-", "::1-::2", ","].filter((text) => isIpFilter(text, "IPv4Filter")),
      [],
    );
    assert.ok(isIpFilter("::1-::2", "IPv6Filter"));
  });

  test("URL prefixes, thumbprints and security descriptors", () => {
    assert.deepEqual(
      ["wsman", "a/b_1"].filter((text) => !isUrlPrefix(text)),
      [],
    );
    assert.deepEqual(["", "/a", "a/", "a b", "a-b"].filter(isUrlPrefix), []);
    assert.deepEqual(
      ["", "0A".repeat(20), "0a ".repeat(20)].filter((text) => !isCertificateThumbprint(text)),
      [],
    );
    assert.deepEqual(["0A", "xy".repeat(20), "\u200e" + "0A".repeat(20)].filter(isCertificateThumbprint), []);
    assert.deepEqual(
      ["D:P(A;;GA;;;BA)", "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)"].filter(
        (text) => !isSecurityDescriptor(text),
      ),
      [],
    );
    assert.deepEqual(["", "x", "D:(A;;GA;;;BA", "D:P(A;;GA;;;BA) "].filter(isSecurityDescriptor), []);
  });
});
