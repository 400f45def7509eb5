/** Command shells of the simulated host: their life, their quotas and their faults. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Shells } from "../../../../simulator/windows/shells";
import { ShellWire, startShellHost } from "./shell-messages";
import { ADMIN, basic, faultCodes, rawExchange, wireTo } from "../wire";

const NO_ID = "00000000-0000-0000-0000-000000000000";
const OPS = { name: "ops", password: "Winter-2031!" } as const;

suite("the life of a shell", () => {
  test("is create, command, receive, signal and delete", async (t) => {
    const { host, shells } = await startShellHost(t);
    const created = await shells.create({ WINRS_CODEPAGE: "65001", WINRS_NOPROFILE: "TRUE" });
    assert.equal(created.status, 200);
    const id = /<w:Selector Name="ShellId">([0-9A-F-]{36})</.exec(created.text)?.[1];
    assert.ok(id !== undefined && created.text.includes(`<rsp:ShellId>${id}<`));
    assert.match(created.text, /<rsp:Owner>Administrator<.*<rsp:IdleTimeOut>PT7200\.000S</);
    assert.equal(host.shells.open, 1);
    const command = await shells.start(id, "hostname");
    const received = await shells.receive(id, command);
    const data = Buffer.from("WEB01\r\n").toString("base64");
    assert.ok(received.text.includes(`<rsp:Stream Name="stdout" CommandId="${command}">${data}</rsp:Stream>`));
    assert.match(received.text, /Name="stdout" CommandId="[^"]+" End="true"><\/rsp:Stream><rsp:Stream Name="stderr"/);
    assert.match(received.text, /CommandState\/Done"><rsp:ExitCode>0</);
    const signalled = await shells.signal(id, command, "http://x/signal/Terminate");
    assert.match(signalled.text, /<s:Body><rsp:SignalResponse/);
    const deleted = await shells.delete(id);
    assert.match(deleted.text, /transfer\/DeleteResponse<.*<s:Body><\/s:Body>/);
    assert.deepEqual([host.shells.open, host.shells.opened], [0, 1]);
    assert.deepEqual(host.shells.commands, [{ line: "hostname", programs: [["hostname"]], exitCode: 0 }]);
  });

  test("joins the command and its arguments with blanks, and sets the client's variables", async (t) => {
    const { shells } = await startShellHost(t);
    const variables = `<r:Environment><r:Variable Name="Who">a b</r:Variable></r:Environment>`;
    const id = /<rsp:ShellId>([^<]+)</.exec((await shells.create({}, variables)).text)![1]!;
    const { stdout } = await shells.run(id, "echo", "%WHO%", "%NOT_THERE%", "%COMPUTERNAME%");
    assert.equal(stdout.toString(), "a b %NOT_THERE% WEB01\r\n");
  });

  test("keeps the id that the client chose, unless it is taken", async (t) => {
    const { shells } = await startShellHost(t);
    const chosen = "2B1C9C4A-5B2E-4B0B-9C55-0B3F0A7F2E11";
    const ids: (string | undefined)[] = [];
    for (let n = 0; n < 2; n++) {
      const { text } = await shells.create({}, "", ` ShellId="${chosen.toLowerCase()}"`);
      ids.push(/<rsp:ShellId>([^<]+)</.exec(text)?.[1]);
    }
    assert.equal(ids[0], chosen);
    assert.notEqual(ids[1], chosen);
  });

  test("ends when it is idle for its own limit, or the host's if that is shorter", () => {
    let now = 0;
    const shells = new Shells({}, () => now);
    const about = { codePage: 65001, environment: new Map(), inputStreams: "", outputStreams: "" };
    const shell = shells.create({ ...about, owner: "ops", idleTimeoutMs: 1000 });
    now = 900;
    assert.ok(shells.find(shell.id, "OPS") !== undefined);
    now = 1900;
    assert.equal(shells.open, 1);
    now = 1901;
    assert.deepEqual([shells.open, shells.find(shell.id, "ops")], [0, undefined]);
  });
});

suite("output", () => {
  test("can be split in the middle of a character", async (t) => {
    const { shells } = await startShellHost(t, { language: "de-DE", shellOutput: { bytesPerReceive: 1 } });
    const id = await shells.open();
    const { stdout, receives } = await shells.run(id, "echo Grüße");
    assert.equal(stdout.toString(), "Grüße\r\n");
    assert.equal(receives, Buffer.byteLength("Grüße\r\n"));
  });

  test("is in the shell's code page, or in the OEM one where programs insist on it", async (t) => {
    const { shells } = await startShellHost(t);
    for (const [page, bytes] of [
      ["65001", Buffer.from("ä\r\n")],
      ["437", Buffer.from([0x84, 13, 10])],
      ["1252", Buffer.from([0xe4, 13, 10])],
      ["20127", Buffer.from("?\r\n")],
    ] as const) {
      const id = await shells.open({ WINRS_CODEPAGE: page });
      assert.deepEqual((await shells.run(id, "echo ä")).stdout, bytes, page);
    }
    const oem = await startShellHost(t, { shellOutput: { oem: true } });
    const id = await oem.shells.open();
    assert.deepEqual((await oem.shells.run(id, "echo ä")).stdout, Buffer.from([0x84, 13, 10]));
  });

  test("that a program writes bit by bit comes bit by bit", async (t) => {
    const { shells } = await startShellHost(t);
    const { stdout, receives } = await shells.run(await shells.open(), "ping", "-n 3 10.0.0.7");
    assert.equal(stdout.toString().match(/Reply from 10\.0\.0\.7/g)?.length, 3);
    assert.equal(receives, 5);
  });

  test("of a program that never ends times out after the operation timeout, until it is interrupted", async (t) => {
    const { host, shells } = await startShellHost(t);
    const id = await shells.open();
    const command = await shells.start(id, "pause");
    await shells.receive(id, command);
    const late = await shells.receive(id, command, "PT0.5S");
    assert.deepEqual([late.status, ...faultCodes(late)], [500, 2150858793]);
    assert.match(late.text, /s:Receiver<.*w:TimedOut</);
    assert.equal(host.shells.commands[0]!.exitCode, undefined);
    await shells.signal(id, command, "http://x/signal/CTRL_C");
    const ended = await shells.receive(id, command);
    assert.match(ended.text, /CommandState\/Done"><rsp:ExitCode>3221225786</);
  });
});

suite("faults of shells", () => {
  test("name ids that nobody has", async (t) => {
    const { shells } = await startShellHost(t);
    const id = await shells.open();
    const command = await shells.start(id, "hostname");
    const answers = [
      await shells.command(NO_ID, "hostname"),
      await shells.receive(NO_ID, command),
      await shells.receive(id, NO_ID),
      await shells.signal(id, NO_ID, "x/signal/terminate"),
      await shells.delete(NO_ID),
    ];
    for (const answer of answers) {
      assert.deepEqual([answer.status, ...faultCodes(answer)], [500, 2150858843]);
      assert.match(answer.text, /w:InvalidSelectors<.*faultDetail\/UnexpectedSelectors</);
    }
    assert.deepEqual(faultCodes(await shells.send("Delete", {})), [2150858842]);
    await shells.signal(id, command, "x/signal/terminate");
    assert.deepEqual(faultCodes(await shells.receive(id, command)), [2150858843], "a terminated command is gone");
  });

  test("answer 87 to a wrong body, a missing command id and an unknown signal", async (t) => {
    const { shells } = await startShellHost(t);
    const id = await shells.open();
    const command = await shells.start(id, "hostname");
    const bare = "<r:Receive><r:DesiredStream>stdout</r:DesiredStream></r:Receive>";
    const answers = [
      await shells.send("Create", { body: "<r:Thing/>" }),
      await shells.create({}, "<r:IdleTimeOut>soon</r:IdleTimeOut>"),
      await shells.send("Receive", { selector: id, body: bare }),
      await shells.command(id, " "),
      await shells.signal(id, command, "x/signal/wink"),
    ];
    for (const answer of answers) assert.deepEqual([answer.status, ...faultCodes(answer)], [500, 87]);
    assert.deepEqual(faultCodes(await shells.send("Get", { selector: id })), [2150858771]);
  });

  test("say that shells are off, that the code page is unknown, and that a quota is used up", async (t) => {
    const config = { "winrs/MaxShellsPerUser": 2, "winrs/MaxConcurrentUsers": 1 };
    const { host, shells } = await startShellHost(t, { config, accounts: [ADMIN, OPS] });
    assert.deepEqual(faultCodes(await shells.create({ WINRS_CODEPAGE: "12345" })), [2150859072]);
    const ids = [await shells.open(), await shells.open()];
    const quota = await shells.create();
    assert.deepEqual([quota.status, ...faultCodes(quota)], [500, 2150859173]);
    assert.match(quota.text, /w:QuotaLimit/);
    const other = new ShellWire(wireTo(t, host.http!.url), OPS);
    assert.deepEqual(faultCodes(await other.create()), [2150859179]);
    await shells.delete(ids[0]!);
    assert.equal((await shells.create()).status, 200);
    host.config.set("winrs/AllowRemoteShellAccess", false);
    assert.deepEqual(faultCodes(await shells.create()), [2150859180]);
  });

  test("hide the shells of others, and refuse whoever is no administrator", async (t) => {
    const GUEST = { name: "guest1", password: "Winter-2031!", administrator: false } as const;
    const { host, shells } = await startShellHost(t, { accounts: [ADMIN, OPS, GUEST] });
    const id = await shells.open();
    const other = new ShellWire(wireTo(t, host.http!.url), OPS);
    assert.deepEqual(faultCodes(await other.command(id, "hostname")), [2150858843]);
    assert.deepEqual(faultCodes(await other.delete(id)), [2150858843]);
    const guest = new ShellWire(wireTo(t, host.http!.url), GUEST);
    assert.deepEqual(faultCodes(await guest.create()), [5]);
    assert.equal(host.shells.open, 1);
  });

  test("K2: shells are not for members of Remote Management Users, unless RootSDDL opens them", async (t) => {
    const operator = { name: "operator1", password: "Winter-2031!", administrator: false } as const;
    const groups = { "Remote Management Users": ["operator1"] };
    const { host } = await startShellHost(t, { accounts: [ADMIN, operator], groups });
    const shells = new ShellWire(wireTo(t, host.http!.url), operator);
    const denied = await shells.create();
    assert.deepEqual([denied.status, faultCodes(denied)], [500, [5]]);
    host.config.set("service/RootSDDL", "O:NSG:BAD:P(A;;GA;;;BA)(A;;GXGR;;;RM)S:P(AU;FA;GA;;;WD)");
    const id = await shells.open();
    assert.equal((await shells.run(id, "whoami")).stdout.toString(), "web01\\operator1\r\n");
    const added = await shells.run(id, "net localgroup Administrators operator1 /add");
    assert.deepEqual([added.exitCode, /System error 5 /.test(added.stderr.toString())], [2, true]);
    assert.equal((await shells.run(id, "reg add HKLM\\SOFTWARE\\A /v b /d c /f")).exitCode, 1);
  });

  test("refuse a body in chunks", async (t) => {
    const { host, shells } = await startShellHost(t);
    const sent = await rawExchange(host.http!.port, chunked(await bodyOf(shells)));
    assert.match(sent, /^HTTP\/1\.1 500.*w:InternalError.*Code="50"/s);
    assert.equal(host.shells.opened, 0);
  });
});

/** The text of a Create as this test's client sends it. */
async function bodyOf(shells: ShellWire): Promise<string> {
  let text = "";
  const spy = { send: (body: string) => ((text = body), Promise.reject(new Error("caught"))) } as never;
  await new ShellWire(spy, shells.account).create().catch(() => undefined);
  return text;
}

function chunked(body: string): string {
  const headers = ["POST /wsman HTTP/1.1", "Host: x", "Content-Type: application/soap+xml;charset=UTF-8"];
  const { Authorization } = basic();
  headers.push(`Authorization: ${Authorization}`, "Transfer-Encoding: chunked", "Connection: close");
  return `${headers.join("\r\n")}\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}
