/** How a target is named. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { displayHost, displayLogon, hostIdentity, targetUrl } from "../../../provider/session/target";
import { targetOf } from "../../support/hosts/sessions";

suite("a target", () => {
  test("is shown with its port only where that is not the default of the transport", () => {
    const shown = (host: string, port: number, transport: "http" | "https") => displayHost({ host, port, transport });
    assert.equal(shown("Web01", 5985, "http"), "Web01");
    assert.equal(shown("Web01", 5986, "https"), "Web01");
    assert.equal(shown("Web01", 5986, "http"), "Web01:5986");
    assert.equal(shown("Web01", 5985, "https"), "Web01:5985");
    assert.equal(shown("fe80::1", 5985, "http"), "[fe80::1]");
    assert.equal(shown("::1", 80, "http"), "[::1]:80");
  });

  test("is one host at both default ports, and another at any other port", () => {
    assert.equal(hostIdentity({ host: "WEB01", port: 5985 }), "web01");
    assert.equal(hostIdentity({ host: "web01", port: 5986 }), "web01");
    assert.equal(hostIdentity({ host: "web01", port: 15985 }), "web01:15985");
    assert.equal(hostIdentity({ host: "FE80::1", port: 5986 }), "[fe80::1]");
    assert.equal(hostIdentity({ host: "::1", port: 1 }), "[::1]:1");
  });

  test("names who logs in and how, without the password", () => {
    const target = targetOf(5985, { username: "CORP\\ops", password: "hidden" });
    assert.equal(displayLogon(target), "ntlm as CORP\\ops over http");
  });

  test("has a URL with brackets around an IPv6 address", () => {
    assert.equal(targetUrl(targetOf(5985, { host: "web01" })), "http://web01:5985/wsman");
    assert.equal(targetUrl(targetOf(1, { host: "::1", transport: "https", path: "/x" })), "https://[::1]:1/x");
  });
});
