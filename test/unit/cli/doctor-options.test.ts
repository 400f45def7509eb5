import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Command } from "commander";
import {
  addHostCommand,
  connectionOf,
  errorInOptions,
  inOptions,
  type TypedOptions,
} from "../../../provider/cli/shared/connection-options";
import { WinrmError } from "../../../provider/errors";
import { checkConnection } from "../../../provider/contract/connection/connection-settings";
import { filesFor, runDoctor } from "../../support/processes/doctor";
import { assertWording } from "../../support/pages/golden";

/** What commander makes of the words. */
function typed(...words: readonly string[]): TypedOptions {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const command = addHostCommand(program, "doctor", "");
  program.parse(["doctor", "web01", ...words], { from: "user" });
  return command.opts();
}

/** The arguments below one of a connection, as its check lists them for a stranger. */
function argumentsBelow(path: readonly string[]): string[] {
  const stranger = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), { stranger: 1 });
  const connection = { host: "web01", ...(stranger as Record<string, unknown>) };
  const [problem] = checkConnection(connection, "").filter(({ property }) => property.endsWith("stranger"));
  const list = / ((?:\w+, )*\w+)$/.exec(problem?.reason ?? "")?.[1];
  return (list ?? assert.fail(path.join("."))).split(", ");
}

suite("the options of doctor", () => {
  test("are there for every argument of a connection that decides about a logon", () => {
    const groups = ["auth", "auth.kerberos", "tls", "timeouts"];
    const all = ["", ...groups].flatMap((group) =>
      argumentsBelow(group === "" ? [] : group.split(".")).map((name) => (group === "" ? name : `${group}.${name}`)),
    );
    const without = all.filter((name) => !groups.includes(name) && inOptions(`connection.${name}`, {})[0] === "c");
    // The one is about previews, the other about a whole operation of a resource.
    assert.deepEqual(without, ["preflight", "timeouts.totalSeconds"]);
  });

  test("make the connection that a program would write", () => {
    const words = [
      "--transport=https --port=5986 --path=/wsman --method=kerberos --username=ops@CORP --password-file=pw",
      "--cert=c.pem --key=k.pem --pfx=p.pfx --passphrase-env=PASS --realm=CORP --keytab=ops.keytab",
      "--ticket-cache=FILE:/c --spn-service=WSMAN --spn-host=web01.corp --no-channel-binding --allow-unencrypted",
      "--ca=ca.pem --server-name=web01 --pin=5f --insecure --tls-max=TLSv1.2 --proxy-env=PROXY",
      "--connect-seconds=5 --operation-seconds=7",
    ].flatMap((line) => line.split(" "));
    assert.deepEqual(connectionOf("10.0.0.7", typed(...words)), {
      host: "10.0.0.7",
      transport: "https",
      port: 5986,
      path: "/wsman",
      auth: {
        method: "kerberos",
        username: "ops@CORP",
        password: { file: "pw" },
        certificatePem: { file: "c.pem" },
        privateKeyPem: { file: "k.pem" },
        pfx: { file: "p.pfx" },
        passphrase: { env: "PASS" },
        kerberos: { realm: "CORP", keytab: "ops.keytab", cache: "FILE:/c", service: "WSMAN", host: "web01.corp" },
        channelBinding: false,
      },
      allowUnencrypted: true,
      tls: {
        ca: { file: "ca.pem" },
        serverName: "web01",
        pinnedSha256: "5f",
        insecureSkipVerify: true,
        maxVersion: "TLSv1.2",
      },
      proxy: { env: "PROXY" },
      timeouts: { connectSeconds: 5, operationSeconds: 7 },
    });
    assert.deepEqual(connectionOf("web01", typed()), { host: "web01" });
    assert.deepEqual(connectionOf("web01", typed("--proxy", "none")), { host: "web01", proxy: "none" });
  });

  test("stand before the arguments that a text names, with both forms of the path and inside of brackets", () => {
    for (const [text, named] of [
      ["connection.auth.privateKeyPem must not be empty", "--key (connection.auth.privateKeyPem) must not be empty"],
      ["set tls.ca, or leave it", "set --ca (tls.ca), or leave it"],
      [
        "no one looks (auth.channelBinding is false)",
        "no one looks (--no-channel-binding, auth.channelBinding is false)",
      ],
      ["set connection.host to it", "set <host> (connection.host) to it"],
      ["auth.kerberos.realm.", "--realm (auth.kerberos.realm)."],
      ["connection.port and a port", "--port (connection.port) and a port"],
      ["winrm/config/service/auth", "winrm/config/service/auth"],
      ["tls.cab and mytls.ca", "tls.cab and mytls.ca"],
    ] as const) {
      assert.equal(inOptions(text, {}), named);
    }
  });

  test("are those that were typed, where there are several for one argument", () => {
    const text = "connection.auth.password.file must be a string";
    const said = (option: string) => `${option} (connection.auth.password.file) must be a string`;
    assert.equal(inOptions(text, typed("--password-file", "x")), said("--password-file"));
    assert.equal(inOptions(text, {}), said("--password-env or --password-file"));
  });

  test("stand in the whole of an error, whose code and host stay", () => {
    const error = new WinrmError("WINRM_E_ARGUMENT", "auth.pfx is empty", {
      host: "web01",
      causes: ["tls.ca is wrong"],
      remedy: "leave auth.pfx out",
    });
    const named = errorInOptions(error, {});
    assert.ok(named instanceof WinrmError);
    assert.equal(
      named.message,
      [
        "web01: --pfx (auth.pfx) is empty [WINRM_E_ARGUMENT]",
        "  likely cause: --ca (tls.ca) is wrong",
        "  next: leave --pfx (auth.pfx) out",
      ].join("\n"),
    );
  });
});

suite("a wrong option of doctor", () => {
  const USER = ["web01.test", "--username", "ops", "--password-env", "PASSWORD"];
  const SECRET = "Typed-Secret-1";

  for (const [what, words] of [
    ["a fingerprint that is none", ["--pin", "5f0c"]],
    ["a port that is none", ["--port", "70000"]],
    ["port 0", ["--port", "0"]],
    ["seconds that are none", ["--connect-seconds", "0"]],
    [
      "a PFX that is not there, which is given beside a method",
      ["--method", "certificate", "--pfx", "/nowhere/ops.pfx"],
    ],
    ["authorities that are not there", ["--ca", "/nowhere/ca.pem"]],
    ["a certificate without its key", ["--method", "certificate", "--cert", "/nowhere/ops.pem"]],
    ["a keytab for an account without a realm", ["--method", "kerberos", "--keytab", "ops.keytab"]],
    ["a ticket cache without its kind", ["--ticket-cache", "/tmp/cache"]],
    ["two places of one secret", ["--password-file", "/nowhere/password"]],
    ["NTLM over http to a host that is not trusted", ["--transport", "http"]],
    ["a proxy's password", ["--proxy", `http://ops:${SECRET}@proxy.test:3128`]],
    ["a password", ["--password", SECRET]],
    ["a passphrase", [`--passphrase=${SECRET}`]],
    ["S3: a password at a mistyped option", [`--passwort=${SECRET}`]],
  ] as const) {
    test(`is wrong usage, before anything is sent, and is named as typed: ${what}`, async (t) => {
      const { code, stdout, stderr } = await runDoctor([...USER, ...words], { PASSWORD: SECRET });
      assert.deepEqual([code, stdout], [2, ""]);
      assertWording(t, stderr);
      assert.ok(!stderr.includes(SECRET), stderr);
    });
  }

  test("is named where a variable or a file holds nothing", async (t) => {
    const file = filesFor(t);
    const empty = await runDoctor(["web01.test", "--username", "ops", "--password-file", file("empty", "\n")]);
    assert.match(empty.stderr, /--password-file \(connection\.auth\.password\)/);
    const unset = await runDoctor(USER);
    assert.match(unset.stderr, /--password-env \(connection\.auth\.password\).* PASSWORD/);
    const proxy = await runDoctor([...USER, "--proxy-file", file("proxy", `http://ops:${SECRET}@/`)], {
      PASSWORD: SECRET,
    });
    assert.match(proxy.stderr, /--proxy-file \(connection\.proxy\)/);
    assertWording(t, empty.stderr.replace(/\S+(?=\/empty)/, ""), unset.stderr, proxy.stderr);
    assert.deepEqual([empty.code, unset.code, proxy.code], [2, 2, 2]);
    assert.ok(!proxy.stderr.includes(SECRET));
  });
});
