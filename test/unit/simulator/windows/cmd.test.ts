/** How the simulated host's cmd reads a line, and its programs in English and German. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { expandVariables, splitArguments } from "../../../../simulator/windows/commands/cmd-syntax";
import { type CmdNode, readLine } from "../../../../simulator/windows/commands/cmd-line";
import { readPowershell } from "../../../../simulator/windows/commands/powershell-syntax";
import { SYSTEM_POLICIES_KEY } from "../../../../simulator";
import { startShellHost } from "../wsman/shell-messages";
import { ADMIN } from "../wire";

suite("cmd", () => {
  test("replaces variables that exist, inside quotes too, and leaves the rest of a line alone", () => {
    const values: Record<string, string> = { A: "1", "B C": "2" };
    for (const [line, expanded] of [
      ["%A%", "1"],
      ['"%A%"', '"1"'],
      ["%B C%%A%", "21"],
      ["%N% 100% %%", "%N% 100% %%"],
      ["%%A%%", "%1%"],
      ["^%A^%", "^%A^%"],
    ] as const) {
      assert.equal(
        expandVariables(line, (name) => values[name]),
        expanded,
        line,
      );
    }
  });

  test("joins commands with | before &&, || and &, and takes carets away outside quotes", () => {
    const shown = (node: CmdNode | undefined): string => {
      if (node === undefined) return "?";
      if (node.kind === "command") return node.text.trimEnd();
      if (node.kind === "block") return `(${shown(node.body)})`;
      return `[${shown(node.first)} ${node.kind} ${shown(node.second)}]`;
    };
    for (const [line, tree] of [
      ['a "b & c" & d&&e', '[a "b & c" always [d after-success e]]'],
      ["a || b && c", "[a after-failure [b after-success c]]"],
      ["a && b | c || d", "[[a after-success [b piped c]] after-failure d]"],
      ["(a & b) || (c && (d))", "[([a always b]) after-failure ([c after-success (d)])]"],
      ["(a) b", "?"],
      ["(a", "?"],
      ["a)", "a)"],
      ["echo (a & b", "[echo (a always b]"],
      ['a ^& b^^ "^&"', 'a & b^ "^&"'],
      ["a &", "a"],
      ["(a &)", "(a)"],
    ] as const) {
      assert.equal(shown(readLine(line)), tree, line);
    }
    for (const wrong of ["& a", "a &&", "a | | b", "a >", "a > & b"]) assert.equal(readLine(wrong), undefined, wrong);
    assert.deepEqual(readLine("(a) 2>&1 >nul"), {
      kind: "block",
      body: { kind: "command", text: "a", redirections: [] },
      redirections: [
        { stream: "stderr", target: "&1" },
        { stream: "stdout", target: "nul" },
      ],
    });
  });

  test("gives programs their arguments as the C runtime splits them", () => {
    // The examples of Microsoft's page on parsing C command-line arguments.
    for (const [text, args] of [
      ['"abc" d e', ["abc", "d", "e"]],
      ['a\\\\b d"e f"g h', ["a\\\\b", "de fg", "h"]],
      ['a\\\\\\"b c d', ['a\\"b', "c", "d"]],
      ['a\\\\\\\\"b c" d e', ["a\\\\b c", "d", "e"]],
      ['a"b"" c d', ['ab" c d']],
      ['""', [""]],
    ] as const) {
      assert.deepEqual(splitArguments(text), args, text);
    }
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        const quoted = args.map(
          (arg) => `"${arg.replace(/(\\*)("|$)/g, (_, b: string, q) => b + b + (q ? '\\"' : ""))}"`,
        );
        assert.deepEqual(splitArguments(quoted.join(" ")), args);
      }),
    );
  });

  test("runs everything that stands on a line, and shows what ran", async (t) => {
    const { host, shells } = await startShellHost(t);
    const id = await shells.open();
    const { stdout } = await shells.run(id, 'net localgroup "Users" & hostname && whoami || ver | cmd /c "echo x"');
    assert.match(stdout.toString(), /Members.*WEB01\r\nweb01\\administrator\r\n$/s);
    assert.deepEqual(
      host.shells.commands[0]!.programs.map(([name]) => name),
      ["net", "hostname", "whoami"],
    );
    for (const [line, outcome] of [
      ["nix", [1, "", /'nix' is not recognized/]],
      ["nix 2>nul || echo so", [0, "so\r\n", /^$/]],
      ["exit 5", [5, "", /^$/]],
      ["echo a > C:\\file", [1, "", /Access is denied/]],
      ["echo a &&", [1, "", /syntax of the command/]],
      [`echo ${"x".repeat(8200)}`, [1, "", /too long/]],
      ["echo a\nhostname", [0, "a\r\n", /^$/]],
      ['"hostname" & whoami', [0, "WEB01\r\nweb01\\administrator\r\n", /^$/]],
    ] as const) {
      const ran = await shells.run(id, line);
      assert.deepEqual([ran.exitCode, ran.stdout.toString()], outcome.slice(0, 2), line);
      assert.match(ran.stderr.toString(), outcome[2], line);
    }
  });
});

suite("PowerShell", () => {
  test("takes five characters for single quotes, and two of any of them for one", () => {
    assert.deepEqual(readPowershell("'a''b' ‘c’‘d’ ‚e‛"), [
      { kind: "literal", text: "a'b" },
      { kind: "literal", text: "c’d" },
      { kind: "literal", text: "e" },
    ]);
    assert.equal(readPowershell("'a"), undefined);
    assert.equal(readPowershell('"$x"'), undefined);
  });

  test("runs one program with its arguments, and answers everything else with CLIXML", async (t) => {
    const { shells } = await startShellHost(t);
    const id = await shells.open();
    const encoded = (script: string) =>
      `PowerShell -NoProfile -ExecutionPolicy Unrestricted -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;
    assert.equal((await shells.run(id, encoded("hostname"))).stdout.toString(), "WEB01\r\n");
    const failed = await shells.run(id, encoded("net localgroup 'no such'"));
    assert.deepEqual([failed.exitCode, /1376/.test(failed.stderr.toString())], [1, true]);
    for (const script of ["Get-Service", "hostname; hostname", "hostname | Out-File x", "'hostname'", "$x"]) {
      const ran = await shells.run(id, encoded(script));
      assert.deepEqual([ran.exitCode, ran.stdout.length], [1, 0], script);
      assert.match(
        ran.stderr.toString(),
        /^#< CLIXML\r\n<Objs .*not recognized.*_x000D__x000A_<\/S><\/Objs>$/s,
        script,
      );
    }
  });
});

suite("programs", () => {
  test("net localgroup changes and lists groups, with Windows' exit codes, in English and German", async (t) => {
    for (const language of ["en-US", "de-DE"] as const) {
      const german = language === "de-DE";
      const group = german ? "Remoteverwaltungsbenutzer" : "Remote Management Users";
      const accounts = [ADMIN, { name: "ops", password: "x" }, { name: "a_name_of_21_letters_", password: "x" }];
      const { host, shells } = await startShellHost(t, { language, accounts });
      const id = await shells.open();
      const net = async (rest: string) => {
        const { exitCode, stdout, stderr } = await shells.run(id, `net localgroup "${group}" ${rest}`);
        return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
      };
      const added = await net("ops /add");
      assert.deepEqual([added.exitCode, added.stderr], [0, ""]);
      assert.match(added.stdout, german ? /erfolgreich ausgeführt/ : /completed successfully/);
      assert.match((await net("")).stdout, /^-{79}\r\nops\r\n/m);
      assert.equal(host.groups.get(group).members.length, 1);
      for (const [rest, exitCode, stderr] of [
        ["ops /add", 2, german ? /^Systemfehler 1378 aufgetreten\./ : /^System error 1378 has occurred\./],
        ["Administrator /delete", 2, / 1377 /],
        ["nobody /add", 2, german ? /HELPMSG 3783 eingeben/ : /user or group: nobody\.\r\n\r\n.*NET HELPMSG 3783/],
        ["S-1-5-11 /add", 2, /3783/],
        ["CORP\\ops /add", 2, / 1355 /],
        [
          "a_name_of_21_letters_ /add",
          1,
          german ? /^Die Syntax/ : /^The syntax of this command is:\r\n\r\nNET LOCALGROUP/,
        ],
        ["ops /add /delete", 1, /NET LOCALGROUP/],
      ] as const) {
        const ran = await net(rest);
        assert.deepEqual([ran.exitCode, ran.stdout], [exitCode, ""], rest);
        assert.match(ran.stderr, stderr, rest);
      }
      assert.equal((await shells.run(id, "net localgroup nix ops /add")).stderr.toString().includes("1376"), true);
      assert.equal((await net("ops /delete")).exitCode, 0);
      assert.deepEqual(host.groups.get(group).members, []);
      assert.ok((await shells.run(id, "net localgroup")).stdout.toString().includes(`*${group}\r\n`));
    }
  });

  test("winrm get prints the settings in force, with their source", async (t) => {
    const { host, shells } = await startShellHost(t, { policy: { "service/auth/CbtHardeningLevel": "Strict" } });
    host.config.set("client/TrustedHosts", "a,b");
    const id = await shells.open();
    const whole = (await shells.run(id, "winrm get winrm/config")).stdout.toString();
    assert.match(whole, /^Config\r\n {4}MaxEnvelopeSizekb = 500\r\n/);
    assert.match(whole, /\r\n {4}Client\r\n {8}NetworkDelayms = 5000\r\n/);
    assert.match(whole, /\r\n {8}TrustedHosts = a,b\r\n/);
    assert.match(whole, /\r\n {12}CbtHardeningLevel = Strict \[Source="GPO"\]\r\n/);
    assert.match(
      (await shells.run(id, "winrm g winrm/config/service/auth")).stdout.toString(),
      /^Auth\r\n {4}Basic = true/,
    );
    assert.equal((await shells.run(id, "winrm get winrm/config/nix")).exitCode, 2150858811);
    assert.equal((await shells.run(id, "winrm frobnicate")).exitCode, 1);
  });

  test("reg reads and writes the registry", async (t) => {
    const { host, shells } = await startShellHost(t, { quickConfig: false });
    const id = await shells.open();
    const key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
    const name = "DontDisplayLastUserName";
    const reg = async (rest: string) => {
      const ran = await shells.run(id, `reg ${rest}`);
      return [ran.exitCode, ran.stdout.toString() + ran.stderr.toString()] as const;
    };
    const missing = await reg(`query ${key} /v ${name}`);
    assert.deepEqual(missing, [1, "ERROR: The system was unable to find the specified registry key or value.\r\n"]);
    assert.equal((await reg(`add "${key}" /v ${name} /t REG_DWORD /d 1 /f`))[0], 0);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, name), 1);
    const long = key.replace("HKLM", "HKEY_LOCAL_MACHINE");
    assert.deepEqual(await reg(`query ${key} /v ${name}`), [
      0,
      `\r\n${long}\r\n    ${name}    REG_DWORD    0x1\r\n\r\n`,
    ]);
    assert.match((await reg(`query ${key}`))[1], /EnableLUA {4}REG_DWORD {4}0x1\r\n[^]*System\\UIPI\r\n$/);
    assert.equal((await reg(`delete ${key} /v ${name} /f`))[0], 0);
    assert.equal(host.registry.getDword(SYSTEM_POLICIES_KEY, name), undefined);
    for (const wrong of [
      `delete ${key} /v ${name} /f`,
      "query HKXX\\A",
      `add ${key} /v a /d b`,
      "nix",
      `query ${key} /zz`,
    ]) {
      assert.equal((await reg(wrong))[0], 1, wrong);
    }
  });
});
