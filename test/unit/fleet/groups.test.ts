/** What many hosts have in common. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, sortedHosts, withoutHost } from "../../../provider/fleet/groups";

test("a sentence without its host is the same on every host", () => {
  for (const [text, host, general] of [
    ["on web01:5985 Basic is off", "web01:5985", "on the host Basic is off"],
    ["web01.corp.example.com refused", "web01.corp.example.com", "the host refused"],
    ["WEB01\\ops and Web01.corp.example.com.", "web01.corp.example.com:443", ".\\ops and the host."],
    ["[fe80::1]:5986 and fe80::12", "[fe80::1]:5986", "the host and fe80::12"],
    ["nothing listens on fe80::1", "fe80::1", "nothing listens on the host"],
  ] as const) {
    assert.equal(withoutHost(text, host), general);
  }
});

test("a short host name takes nothing out of other words, names and addresses", () => {
  for (const [text, host] of [
    ["a web server, web01-old, web01.example.com, myweb01", "web01"],
    ["10.0.0.10 and 110.0.0.1 and 10.0.0.1.5", "10.0.0.1"],
    ["a value a host may have", "e"],
    ["CORP\\web01 and OLD-WEB01\\ops", "other"],
    ["(a+b)", ""],
  ] as const) {
    assert.equal(withoutHost(text, host), text);
  }
});

test("groups have those of more hosts first, and each host once", () => {
  const items = ["web10:x", "web2:x", "web2:x", "web1:y", ":z"].map((text) => {
    const [host = "", what = ""] = text.split(":");
    return { host, what };
  });
  assert.deepEqual(
    grouped(items, ({ what }) => what).map(({ first, hosts }) => [first.what, hosts]),
    [
      ["x", ["web2", "web10"]],
      ["y", ["web1"]],
      ["z", []],
    ],
  );
  assert.deepEqual(sortedHosts(["b10", "b9", "a", "b9"]), ["a", "b9", "b10"]);
});
