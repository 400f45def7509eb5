/** Which proxy a connection takes: argument, configuration, environment; or none. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isWinrmError, type WinrmError } from "../../../provider/errors";
import type { Connection } from "../../../provider/contract/connection/connection";
import { checkConnection } from "../../../provider/contract/connection/connection-settings";
import { resolveTarget } from "../../../provider/connect/target";
import { Settings } from "../../../provider/contract/settings";
import { authorityOf } from "../../../provider/session/transport/proxy";
import { displayLogon } from "../../../provider/session/target";
import { assertWording } from "../../support/pages/golden";

const AUTH = { username: "WEB01\\ops", password: "for the test" };
const SECRET = "Planted-proxy-1";

interface Given {
  readonly connection?: Partial<Connection>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly file?: string;
}

function targetOf({ connection, config = {}, env = {}, file = "" }: Given) {
  const settings = new Settings((key) => config[key], env);
  return resolveTarget({ host: "web01.corp.test", auth: AUTH, ...connection }, settings, () => file).target;
}

function proxyOf(given: Given): string | undefined {
  const { proxy } = targetOf(given);
  return proxy === undefined ? undefined : authorityOf(proxy);
}

function refused(given: Given): WinrmError {
  try {
    targetOf(given);
  } catch (error) {
    assert.ok(isWinrmError(error), String(error));
    assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, new RegExp(SECRET));
    return error;
  }
  throw new Error("nothing was thrown");
}

suite("the proxy of a connection", () => {
  const config = { "winrm:proxy": "http://config:1" };
  const env = {
    WINRM_PROXY: "http://winrm:2",
    https_proxy: "http://lower:3",
    HTTPS_PROXY: "http://upper:4",
    all_proxy: "http://all:5",
    ALL_PROXY: "http://ALL:6",
    HTTP_PROXY: "http://never:7",
    http_proxy: "http://never:8",
  };
  const order = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] as const;

  test("is the argument's, then the configuration's, then WINRM_PROXY's, then none", () => {
    const argument = { proxy: "http://argument:9" };
    assert.equal(proxyOf({ connection: argument, config, env }), "argument:9");
    assert.equal(proxyOf({ config, env }), "config:1");
    assert.equal(proxyOf({ env }), "winrm:2");
    assert.equal(proxyOf({ env: { ...env, WINRM_PROXY: "" } }), undefined, "what other programs use is not asked for");
  });

  test("is that of other programs only where the argument, the configuration or WINRM_PROXY says so", () => {
    const left: NodeJS.ProcessEnv = { ...env };
    const seen = order.map((name) => {
      const ways: Given[] = [
        { connection: { proxy: "environment" }, config, env: left },
        { config: { "winrm:proxy": "environment" }, env: left },
        { env: { ...left, WINRM_PROXY: "environment" } },
      ];
      const found = new Set(ways.map(proxyOf));
      left[name] = "";
      return [...found];
    });
    assert.deepEqual(seen, [["lower:3"], ["upper:4"], ["all:5"], ["all:6"]]);
    const none = proxyOf({ connection: { proxy: "environment" }, env: left });
    assert.equal(none, undefined, "HTTP_PROXY forwards requests, and is not read");
    const covered = { ...env, NO_PROXY: "corp.test" };
    assert.equal(proxyOf({ connection: { proxy: "environment" }, env: covered }), undefined);
  });

  test("is the same over http", () => {
    const connection = { transport: "http", host: "web01" } as const;
    const trusted = { "winrm:trustedHosts": "web01" };
    assert.equal(proxyOf({ connection, config: trusted, env }), "winrm:2");
  });

  test("is none at the first place that says so", () => {
    for (const proxy of [false, "none"] as const)
      assert.equal(proxyOf({ connection: { proxy }, config, env }), undefined);
    for (const none of ["none", "false", false])
      assert.equal(proxyOf({ config: { "winrm:proxy": none }, env }), undefined);
    assert.equal(proxyOf({ env: { ...env, WINRM_PROXY: "none" } }), undefined);
  });

  test("is none for a host that NO_PROXY covers, unless the argument names one", () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const without = { ...env, [name]: "x,.corp.test" };
      assert.equal(proxyOf({ env: without }), undefined);
      assert.equal(proxyOf({ config, env: without }), undefined);
      assert.equal(proxyOf({ connection: { proxy: "http://argument:9" }, env: without }), "argument:9");
      assert.equal(proxyOf({ connection: { host: "web01.dmz.test" }, env: without }), "winrm:2");
    }
    assert.equal(proxyOf({ env: { ...env, NO_PROXY: "web01.corp.test:5985" } }), "winrm:2");
  });

  test("is none for this machine itself, whoever names one", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
      assert.equal(proxyOf({ connection: { host, proxy: "http://argument:9" }, config, env }), undefined, host);
  });

  test("may be a reference, from the argument, the configuration and an explicit provider", (t) => {
    const url = `http://u:${SECRET}@proxy:3128`;
    const credential = { username: "u", password: SECRET };
    const secret = { PROXY_URL: url };
    for (const given of [
      { connection: { proxy: { env: "PROXY_URL" } }, env: secret },
      { connection: { proxy: { file: "proxy.txt" } }, file: `${url}\n` },
      { config: { "winrm:proxy": '{"env":"PROXY_URL"}' }, env: secret },
      { config: { "winrm:proxy": { file: "proxy.txt" } }, file: url },
    ]) {
      const target = targetOf(given);
      assert.deepEqual({ ...target.proxy?.credential }, credential);
      assert.match(displayLogon(target), /https.* proxy:3128$/);
    }
    const missing = refused({ connection: { proxy: { env: "PROXY_URL" } } });
    assert.equal(missing.code, "WINRM_E_SECRET_REFERENCE");
    assert.match(missing.message, /^connection\.proxy: .*PROXY_URL/);
    assertWording(t, missing.message);
  });

  test("that is no URL of an HTTP proxy is refused with the place it comes from, and without its text", (t) => {
    const bad = `ftp://u:${SECRET}@proxy`;
    const places: readonly (readonly [Given, RegExp])[] = [
      [{ connection: { proxy: bad } }, /^connection\.proxy /],
      [{ config: { "winrm:proxy": bad } }, /^stack configuration winrm:proxy /],
      [{ env: { WINRM_PROXY: bad } }, /^environment variable WINRM_PROXY /],
      [{ env: { WINRM_PROXY: "environment", HTTPS_PROXY: bad } }, /^environment variable HTTPS_PROXY /],
      [
        { connection: { proxy: "environment" }, env: { ALL_PROXY: `socks5://u:${SECRET}@proxy:1080` } },
        /^environment variable ALL_PROXY .*SOCKS/,
      ],
    ];
    for (const [given, message] of places) {
      const error = refused(given);
      assert.equal(error.code, "WINRM_E_ARGUMENT");
      assert.match(error.message, message);
      assertWording(t, error.message);
    }
    const covered = { ALL_PROXY: "socks5://proxy:1080", NO_PROXY: "corp.test" };
    assert.equal(proxyOf({ connection: { proxy: "environment" }, env: covered }), undefined);
  });

  test("is checked before anything is sent, without repeating its text", () => {
    const check = (proxy: unknown) => checkConnection({ host: "web01", proxy }, "connection");
    for (const good of [false, "none", "http://proxy:3128", { env: "X" }, { file: "x" }, undefined])
      assert.deepEqual(check(good), []);
    for (const bad of [
      true,
      "",
      7,
      {},
      { env: "X", file: "x" },
      `socks5://u:${SECRET}@proxy`,
      `http://${SECRET}@proxy`,
    ]) {
      const problems = check(bad);
      assert.equal(problems.length, 1, JSON.stringify(bad));
      assert.equal(problems[0]!.property, "connection.proxy");
      assert.doesNotMatch(problems[0]!.reason, new RegExp(SECRET));
    }
  });
});
