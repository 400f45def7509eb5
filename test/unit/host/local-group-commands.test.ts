/** Changes of local groups by commands: what is sent for which names, and what is read from the outcome. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import {
  adsiCommand,
  changeMember,
  type MemberChange,
  netCommand,
  quoteArgument,
  quotePowershell,
} from "../../../provider/host/accounts/local-group-commands";
import type { CommandResult } from "../../../provider/host/shell";
import { splitArguments } from "../../../simulator/windows/commands/cmd-syntax";
import { readLine } from "../../../simulator/windows/commands/cmd-line";
import { readPowershell } from "../../../simulator/windows/commands/powershell-syntax";

const GROUP = "Remote Management Users";
const HOSTILE = [
  ...[
    "&",
    "|",
    "^",
    "%",
    "!",
    '"',
    "'",
    "`",
    "$",
    "(",
    ")",
    "<",
    ">",
    ";",
    ",",
    "=",
    "\\",
    "/",
    "@",
    "*",
    "?",
    ":",
    ".",
  ],
  ...[
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u200b",
    "\u2028",
    "\u202e",
    "‘",
    "’",
    "‚",
    "‛",
    "“",
    "”",
    "„",
    "＂",
    "％",
    "¥",
    "ß",
    "é",
  ],
  ...[
    "%PATH%",
    "%COMPUTERNAME%",
    "!PATH!",
    "^&",
    "&&",
    "||",
    "\\\\",
    '\\"',
    '""',
    "/add",
    "-e",
    "$(calc)",
    "日本",
    "𝒜",
    "\ud800",
  ],
  ...["a", "b", "Z", "0", "9", "_", "-", "ops", "S-1-5-32-544"],
];
const hostile = fc.array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const change: fc.Arbitrary<MemberChange> = fc.record({
  group: fc.oneof(fc.constant(GROUP), hostile),
  member: fc.oneof(
    hostile,
    fc.tuple(hostile, hostile).map((parts) => parts.join("\\")),
  ),
  action: fc.constantFrom("add", "remove"),
});

/**
 * What a program started by `cmd /c` gets as arguments, or `undefined` where the line does anything else. Written from
 * the rules and not from the simulated host: cmd replaces %…% everywhere (and !…! where delayed expansion is on) and
 * ends at a line break; a quote switches the meaning of & | < > ^ ( ) off up to the next one. CommandLineToArgvW then
 * splits at blanks outside quotes, with a backslash special only before a quote.
 */
function argumentsOf(line: string): string[] | undefined {
  if (/[\r\n\0]/.test(line) || line.includes("%") || line.includes("!")) return undefined;
  const outside = line.split('"').filter((_, index) => index % 2 === 0);
  if (line.split('"').length % 2 === 0 || outside.some((text) => /[&|<>^()]/.test(text))) return undefined;
  const args: string[] = [];
  const pattern = /[ \t]*((?:"(?:\\+(?!")(?!\\)|(?:\\\\)+(?=")|\\"|[^"\\])*"|[^ \t"])+)/y;
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    const text = match[1]!;
    const quoted = /^"(.*)"$/s.exec(text)?.[1];
    args.push(quoted === undefined ? text : quoted.replace(/(\\+)$/, (run) => run.slice(run.length / 2)));
  }
  return args;
}

/** The script of a PowerShell command line, whose only argument with characters of its own is base64. */
function scriptOf(line: string): string {
  const base64 = /^powershell -NoProfile -NonInteractive -EncodedCommand ([A-Za-z0-9+/=]+)$/.exec(line)?.[1];
  assert.ok(base64 !== undefined, line);
  return Buffer.from(base64, "base64").toString("utf16le");
}

/** A host that answers each command in turn. */
function answering(...results: Partial<CommandResult>[]) {
  const sent: string[] = [];
  const run = (line: string): Promise<CommandResult> => {
    sent.push(line);
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...results[sent.length - 1] });
  };
  return { run, sent };
}

suite("quoting", () => {
  test("for cmd either gives a program exactly the text, by two accounts of the rules, or refuses", () => {
    let quoted = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.string()), { minLength: 1, maxLength: 3 }), (texts) => {
        const parts = texts.map(quoteArgument);
        if (parts.some((part) => part === undefined)) {
          assert.match(texts.join(""), /["%!\p{Cc}]/u);
          return;
        }
        quoted += 1;
        const line = `net ${parts.join(" ")} /add`;
        assert.deepEqual(argumentsOf(line), ["net", ...texts, "/add"]);
        const command = readLine(line)!;
        assert.ok(command.kind === "command", line);
        assert.deepEqual(command.redirections, []);
        assert.deepEqual(splitArguments(command.text), ["net", ...texts, "/add"]);
      }),
      { numRuns: 2000 },
    );
    assert.ok(quoted > 200, `${quoted}`);
  });

  test("for PowerShell gives exactly the text as one literal", () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (text) => {
        const literal = quotePowershell(text);
        assert.deepEqual(readPowershell(literal), [{ kind: "literal", text: text }]);
        // Every quote inside is doubled, so that none of them ends the text.
        assert.match(literal, /^'(?:[^'\u2018\u2019\u201a\u201b]|(['\u2018\u2019\u201a\u201b])\1)*'$/);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Everything of the script that is not a text. */
const code = (verb: string, path: string) =>
  `$ProgressPreference=;$ErrorActionPreference=;try{([ADSI]).${verb}(${path});exit0}` +
  "catch{$e=$_.Exception;while($e.InnerException){$e=$e.InnerException};$h=$e.HResult;if(!$h){$h=1};exit$h}";
const CODE = {
  add: { anywhere: code("Add", ""), here: code("Add", "+$env:COMPUTERNAME+") },
  remove: { anywhere: code("Remove", ""), here: code("Remove", "+$env:COMPUTERNAME+") },
} as const;

/** [MS-DTYP] 2.4.2.1: an authority of 48 bits, and 1 to 15 parts of 32. */
function isSid(text: string): boolean {
  const [letter, revision, authority = "", ...parts] = text.toUpperCase().split("-");
  const numbers = [authority, ...parts].every(
    (part, index) => /^\d+$/.test(part) && part.length <= (index === 0 ? 15 : 10),
  );
  return letter === "S" && revision === "1" && numbers && parts.length >= 1 && parts.length <= 15;
}

suite("a change of a group", () => {
  test("with hostile names sends the names as data, or nothing at all", async () => {
    const outcomes = { net: 0, adsi: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(change, async (wanted) => {
        const { run, sent } = answering();
        const refusal = await changeMember(run, wanted).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refusal !== undefined) {
          assert.ok(isWinrmError(refusal));
          assert.ok(refusal.code === "WINRM_E_ARGUMENT" || wanted.member.includes("@"), refusal.message);
          assert.deepEqual(sent, []);
          outcomes.refused += 1;
          return;
        }
        assert.equal(sent.length, 1);
        const [line] = sent as [string];
        const word = wanted.action === "add" ? "/add" : "/delete";
        if (line.startsWith("net ")) {
          outcomes.net += 1;
          assert.deepEqual(argumentsOf(line), ["net", "localgroup", wanted.group, wanted.member, word]);
          return;
        }
        outcomes.adsi += 1;
        const tokens = readPowershell(scriptOf(line))!;
        const literals = tokens.filter(({ kind }) => kind === "literal").map(({ text }) => text);
        const [authority, name] = wanted.member.includes("\\") ? wanted.member.split("\\") : [".", wanted.member];
        const sid = isSid(wanted.member);
        const paths = sid ? [`WinNT://${wanted.member}`] : [`WinNT://${authority!}/${name!}`];
        assert.equal(literals[2], `WinNT://./${wanted.group},group`);
        assert.deepEqual(literals.slice(3), !sid && authority === "." ? ["WinNT://", `/${name!}`] : paths);
        const code = tokens.filter(({ kind }) => kind === "code").map(({ text }) => text);
        assert.equal(code.join(""), CODE[wanted.action][sid || authority !== "." ? "anywhere" : "here"]);
      }),
      { numRuns: 3000 },
    );
    for (const [way, count] of Object.entries(outcomes)) assert.ok(count > 20, `${way}: ${count}`);
  });

  test("goes by net for short plain names, and by ADSI for SIDs, long names and characters that are not safe", () => {
    for (const member of [
      "ops",
      "WEB01\\ops",
      "CORP\\deploy",
      "ops@corp.example",
      "Jürgen",
      "a b & c",
      "x^(y)",
      "12345678901234567890",
    ]) {
      const line = netCommand({ group: GROUP, member, action: "add" });
      assert.equal(line, `net localgroup "${GROUP}" "${member}" /add`, member);
    }
    for (const member of [
      "S-1-5-11",
      "123456789012345678901",
      "CORP\\123456789012345678901",
      "50%",
      "a!b",
      "ａ",
      "o’neil",
      "-x",
    ]) {
      assert.equal(netCommand({ group: GROUP, member, action: "add" }), undefined, member);
      assert.ok(adsiCommand({ group: GROUP, member, action: "add" })!.length < 8191, member);
    }
    assert.ok(netCommand({ group: "Gebruikers van extern beheer", member: "ops", action: "add" }) !== undefined);
    assert.equal(adsiCommand({ group: GROUP, member: "somebody.with.a.name@corp.example", action: "add" }), undefined);
    const long = { group: GROUP, member: `CORP\\${"n".repeat(200)}`, action: "remove" } as const;
    assert.ok(adsiCommand(long)!.length < 8191);
  });

  test("asks ADSI for the member by SID, in its domain, or on the host itself", () => {
    const script = (member: string) => scriptOf(adsiCommand({ group: "G'1", member, action: "remove" })!);
    assert.match(
      script("S-1-5-21-1-2-3-1105"),
      /\[ADSI\]'WinNT:\/\/\.\/G''1,group'\)\.Remove\('WinNT:\/\/S-1-5-21-1-2-3-1105'\)/,
    );
    assert.match(script("CORP\\o’neil"), /\.Remove\('WinNT:\/\/CORP\/o’’neil'\)/);
    for (const member of ["ops", ".\\ops"]) {
      assert.match(script(member), /\.Remove\('WinNT:\/\/'\+\$env:COMPUTERNAME\+'\/ops'\)/);
    }
  });

  test("refuses names that Windows cannot have before anything is sent", async () => {
    const members = [
      "",
      " ",
      ".",
      "a\nb",
      "a\0b",
      'a"b',
      "a/b",
      "a[b",
      "a:b",
      "a;b",
      "a|b",
      "a=b",
      "a,b",
      "a+b",
      "a*b",
      "a?b",
    ];
    members.push("a<b", "a>b", "A\\B\\c", "\\c", "A\\", "a\u200bb", "a\u202eb", "\ud800", "n".repeat(257));
    for (const member of members) {
      const { run, sent } = answering();
      const error = await changeMember(run, { group: GROUP, member, action: "add" }).catch((thrown: unknown) => thrown);
      assert.ok(isWinrmError(error) && error.code === "WINRM_E_ARGUMENT", JSON.stringify(member));
      assert.deepEqual(sent, []);
    }
    for (const group of ["BUILTIN\\Users", "a@b", "x\r\ny", "S,1"]) {
      const { run, sent } = answering();
      const error = await changeMember(run, { group, member: "ops", action: "add" }).catch((thrown: unknown) => thrown);
      assert.ok(isWinrmError(error) && error.code === "WINRM_E_ARGUMENT", group);
      assert.deepEqual(sent, []);
    }
  });
});

suite("the outcome", () => {
  const ask = (member: string, ...results: Partial<CommandResult>[]) =>
    changeMember(answering(...results).run, { group: "G 4711", member, action: "add" });

  test("of net is its exit code and the number in the text, whatever the language", async () => {
    for (const [member, result, code] of [
      ["ops", { exitCode: 0, stdout: "Alles 5 gut" }, 0],
      ["ops", { exitCode: 2, stderr: "System error 1378 has occurred.\r\n\r\nThe 2 accounts." }, 1378],
      ["ops", { exitCode: 2, stderr: "Systemfehler 5 aufgetreten.\r\n" }, 5],
      ["ops", { exitCode: 2, stdout: "Произошла системная ошибка 1377.\r\n" }, 1377],
      ["ops", { exitCode: 2, stderr: "システム エラー 1355 が発生しました。" }, 1355],
      [
        "svc 12345",
        { exitCode: 2, stderr: "There is no such global user or group: SVC 12345.\r\n\r\nNET HELPMSG 3783." },
        3783,
      ],
      ["svc12345", { exitCode: 2, stderr: "no such user: svc12345 in G 4711.\r\nNET HELPMSG 3783." }, 3783],
      ["1378", { exitCode: 2, stderr: "System error 1378 has occurred." }, 1378],
      ["5", { exitCode: 2, stderr: "no such user: 5.\r\nNET HELPMSG 3783." }, 3783],
    ] as const) {
      assert.deepEqual(await ask(member, result), { code }, JSON.stringify(result));
    }
  });

  test("of ADSI is the Win32 code in the exit code", async () => {
    for (const [exitCode, code] of [
      [0, 0],
      [0x80070562, 1378],
      [0x80070005, 5],
      [0x800708ac, 2220],
    ] as const) {
      assert.deepEqual(await ask("S-1-5-11", { exitCode, stdout: "12", stderr: "1377" }), { code });
    }
  });

  test("of net that says no number is asked of ADSI, and an outcome that nobody tells is an error", async () => {
    const { run, sent } = answering(
      { exitCode: 1, stderr: "The syntax of this command is: 99" },
      { exitCode: 0x80070561 },
    );
    assert.deepEqual(await changeMember(run, { group: GROUP, member: "ops", action: "remove" }), { code: 1377 });
    assert.deepEqual(
      sent.map((line) => line.split(" ")[0]),
      ["net", "powershell"],
    );
    for (const results of [
      [
        { exitCode: 2, stderr: "?" },
        { exitCode: 1, stderr: "#< CLIXML 1378" },
      ],
      [{ exitCode: undefined }, { exitCode: undefined }],
      [{ exitCode: 9009 }, { exitCode: 0x80005000 }],
    ]) {
      const error = await ask("ops", ...results).catch((thrown: unknown) => thrown);
      assert.ok(isWinrmError(error) && error.code === "WINRM_E_COMMAND" && error.context.outcomeUnknown === true);
    }
    const upn = await ask("a@corp.example", { exitCode: 1 }).catch((thrown: unknown) => thrown);
    assert.ok(isWinrmError(upn) && /SID/.test(upn.message));
  });
});
