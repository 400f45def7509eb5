/** Proxies' URLs, and the hosts that are reached without one. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { authorityOf, parseProxyUrl } from "../../../provider/session/transport/proxy";
import { bypassesProxy } from "../../../provider/connect/no-proxy";

suite("the URL of a proxy", () => {
  const plain = { transport: "http", host: "proxy.test", port: 3128, credential: undefined };
  const table: readonly (readonly [string, object])[] = [
    ["http://proxy.test:3128", plain],
    ["http://proxy.test:3128/", plain],
    ["HTTP://Proxy.Test:3128", plain],
    ["proxy.test:3128", plain],
    ["http://proxy.test", { ...plain, port: 80 }],
    ["https://proxy.test", { ...plain, transport: "https", port: 443 }],
    ["http://[2001:db8::7]:3128", { ...plain, host: "2001:db8::7" }],
    ["http://u:p@proxy.test:3128", { ...plain, credential: { username: "u", password: "p" } }],
    ["u:p@proxy.test:3128", { ...plain, credential: { username: "u", password: "p" } }],
    ["http://u:p%40ss%3A%2F@proxy.test:3128", { ...plain, credential: { username: "u", password: "p@ss:/" } }],
    ["http://CORP%5Cu:p@proxy.test:3128", { ...plain, credential: { username: "CORP\\u", password: "p" } }],
  ];
  for (const [url, proxy] of table) {
    test(`${url} is read`, () => {
      assert.deepEqual(structuredClone(parseProxyUrl(url)), proxy);
    });
  }

  const refused = [
    ...["", "http://", "socks5://proxy:1080", "ftp://proxy", "http://proxy/path", "http://proxy?x", "http://proxy#x"],
    ...["http://u@proxy", "http://:p@proxy", "http://a%3Ab:p@proxy", "http://u:%ff@proxy", "http://u:%0d%0a@proxy"],
    ...["http://proxy:99999", "http://pro xy", "://proxy"],
  ];
  for (const url of refused) {
    test(`${JSON.stringify(url)} is not one`, () => {
      assert.equal(parseProxyUrl(url), undefined);
    });
  }

  test("any user name and password survive %-coding", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(word, word, (username, password) => {
        fc.pre(!username.includes(":"));
        const url = `http://${encodeURIComponent(username)}:${encodeURIComponent(password)}@proxy.test:3128`;
        assert.deepEqual({ ...parseProxyUrl(url)?.credential }, { username, password });
      }),
    );
  });

  test("any text gives a proxy or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const proxy = parseProxyUrl(text);
        assert.ok(proxy === undefined || (proxy.host !== "" && proxy.port <= 65_535));
      }),
    );
  });

  test("is shown without its credential, and addresses in brackets", () => {
    assert.equal(authorityOf(parseProxyUrl("http://u:hidden@proxy.test:3128")!), "proxy.test:3128");
    assert.equal(authorityOf({ host: "2001:db8::7", port: 5986 }), "[2001:db8::7]:5986");
  });
});

suite("NO_PROXY", () => {
  const covered: readonly (readonly [string, string, number?])[] = [
    ["*", "web01"],
    ["web01", "WEB01"],
    ["WEB01.", "web01"],
    ["web01", "web01."],
    ["a, corp.test ,b", "corp.test"],
    ["corp.test", "web01.corp.test"],
    ["a b\tcorp.test", "web01.corp.test"],
    [".corp.test", "web01.corp.test"],
    ["*.corp.test", "web01.dmz.corp.test"],
    ["web01:5986", "web01"],
    ["*.corp.test:5985", "web01.corp.test", 5985],
    ["10.0.0.7", "10.0.0.7"],
    ["10.0.0.7:5986", "10.0.0.7"],
    ["10.0.0.0/8", "10.255.0.1"],
    ["10.0.0.7/32", "10.0.0.7"],
    ["0.0.0.0/0", "192.0.2.1"],
    ["2001:DB8::7", "2001:db8:0::7"],
    ["[2001:db8::7]", "2001:db8::7"],
    ["[2001:db8::7]:5986", "2001:db8::7"],
    ["2001:db8::/32", "2001:db8:ffff::1"],
    ["fe80::/10", "fe80::1%eth0"],
  ];
  for (const [list, host, port = 5986] of covered) {
    test(`${JSON.stringify(list)} covers ${host}:${port}`, () => {
      assert.ok(bypassesProxy(list, { host, port }));
    });
  }

  const uncovered: readonly (readonly [string, string, number?])[] = [
    ["", "web01"],
    [", ,", "web01"],
    ["web0", "web01"],
    ["eb01", "web01"],
    ["corp.test", "mycorp.test"],
    [".corp.test", "corp.test"],
    ["*.corp.test", "corp.test"],
    ["web01.corp.test", "corp.test"],
    ["web01:5985", "web01"],
    ["10.0.0.7", "10.0.0.70"],
    ["10.0.0.7:5985", "10.0.0.7"],
    ["10.0.0.0/8", "11.0.0.1"],
    ["10.0.0.0/33", "10.0.0.1"],
    ["10.0.0.0/", "10.0.0.0"],
    ["10.0.0.0/8", "10.example.com"],
    ["10", "10.0.0.7"],
    ["0.0.7", "10.0.0.7"],
    [".7", "10.0.0.7"],
    ["2001:db8::/32", "2001:db9::1"],
    ["2001:db8::/129", "2001:db8::1"],
    ["[2001:db8::7]:5985", "2001:db8::7"],
    ["2001:db8::7:5986", "2001:db8::7"],
    ["10.0.0.0/8", "2001:db8::1"],
    ["localhost/8", "localhost"],
  ];
  for (const [list, host, port = 5986] of uncovered) {
    test(`${JSON.stringify(list)} does not cover ${host}:${port}`, () => {
      assert.ok(!bypassesProxy(list, { host, port }));
    });
  }

  test("any list is read, and an entry of any address covers that address", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.oneof(fc.ipV4(), fc.ipV6()), (text, host) => {
        bypassesProxy(text, { host, port: 5986 });
        bypassesProxy(text, { host: "web01", port: 5986 });
        assert.ok(bypassesProxy(`x,${host}`, { host, port: 5986 }));
      }),
    );
  });
});
