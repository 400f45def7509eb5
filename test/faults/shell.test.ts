/** Command shells of the client: what they bring, what goes wrong at each step, and that none is left on the host. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { ProviderProcess } from "../../provider/engine/process";
import type { WinrmError } from "../../provider/errors";
import { changeMember } from "../../provider/host/accounts/local-group-commands";
import { type RunCommand, type ShellTiming, withShell } from "../../provider/host/shell";
import type { HostOptions, MisbehaviourAction, MisbehaviourMoment, SimulatedHost } from "../../simulator";
import { WsmanClient } from "../../provider/session/wsman-client";
import { answer, sealedFrame, startSealed } from "../support/hosts/hostile-server";
import { startRelayedHost } from "../support/hosts/hosts";
import { failure, NEVER, openSession, targetOf } from "../support/hosts/sessions";
import { assertWording } from "../support/pages/golden";

const LIMIT = { timeout: 60_000 } as const;
const TIMED_OUT = 2150858793;
const UNKNOWN_ID = 2150858843;
const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";

async function start(t: TestContext, options: HostOptions = {}) {
  const { host, relay } = await startRelayedHost(t, options);
  const { client } = openSession(t, relay);
  return { host, client };
}

function verbs(host: SimulatedHost): (string | undefined)[] {
  return host.journal.requests().map(({ action }) => action?.split("/").at(-1));
}

/** Waits of the quota, seen and cut short. */
function timing(onPause: () => Promise<void> | void = () => undefined): ShellTiming & { pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    pause: async (ms) => {
      pauses.push(ms);
      await onPause();
    },
  };
}

const hostname = (run: RunCommand) => run("hostname");

suite("a shell", LIMIT, () => {
  test("is opened, used for each command, and closed, every message sealed", async (t) => {
    const { host, client } = await start(t);
    const results = await withShell(client, NEVER, async (run) => [
      await run("hostname"),
      await run("net localgroup nix"),
    ]);
    assert.deepEqual(results[0], { exitCode: 0, stdout: "WEB01\r\n", stderr: "" });
    assert.deepEqual([results[1]!.exitCode, results[1]!.stdout], [2, ""]);
    assert.match(results[1]!.stderr, /1376/);
    const command = ["Command", "Receive", "Signal"];
    assert.deepEqual(verbs(host), ["Create", ...command, ...command, "Delete"]);
    assert.ok(host.journal.requests().every(({ sealed }) => sealed));
    assert.deepEqual([host.shells.opened, host.shells.open], [1, 0]);
  });

  test("asks for UTF-8 and puts characters together that arrive in pieces", async (t) => {
    const { host, client } = await start(t, { language: "de-DE", shellOutput: { bytesPerReceive: 1 } });
    const { stdout } = await withShell(client, NEVER, (run) => run("echo Gruppe für Jürgen 日本"));
    assert.equal(stdout, "Gruppe für Jürgen 日本\r\n");
    assert.equal(host.shells.open, 0);
  });

  test("reads numbers where a program writes in another code page", async (t) => {
    const { host, client } = await start(t, { language: "de-DE", shellOutput: { oem: true, bytesPerReceive: 3 } });
    const change = { group: "Gäste", member: "Gast", action: "add" } as const;
    assert.deepEqual(await withShell(client, NEVER, (run) => changeMember(run, change)), { code: 1378 });
    assert.equal(host.shells.open, 0);
  });

  test("gives exit codes unsigned", async (t) => {
    const { client } = await start(t);
    const { exitCode } = await withShell(client, NEVER, (run) => run("exit 4294967295"));
    assert.equal(exitCode, 4294967295);
  });

  test("asks again when there was no output in time, and gives a command up that says nothing for long", async (t) => {
    const { host, client } = await start(t);
    host.injectFault({ on: "receive", action: "fault", code: TIMED_OUT });
    host.injectFault({ on: "receive", action: "fault", code: TIMED_OUT, nth: 2 });
    assert.equal((await withShell(client, NEVER, hostname)).stdout, "WEB01\r\n");
    assert.equal(verbs(host).filter((verb) => verb === "Receive").length, 3);
    for (let nth = 1; nth <= 6; nth++) host.injectFault({ on: "receive", action: "fault", code: TIMED_OUT, nth });
    const stuck = await failure(withShell(client, NEVER, hostname));
    assert.deepEqual([stuck.code, stuck.context.outcomeUnknown], ["WINRM_E_COMMAND", true]);
    assertWording(t, stuck.message);
    assert.deepEqual(verbs(host).slice(-2), ["Signal", "Delete"]);
    assert.equal(host.shells.open, 0);
  });

  test("is waited for while a quota is used up, and then asked for in vain with advice", async (t) => {
    const { host, client } = await start(t, { config: { "winrs/MaxShellsPerUser": 1 } });
    const calm = timing();
    const nested = await withShell(client, NEVER, () => failure(withShell(client, NEVER, hostname, calm)));
    assert.equal(nested.code, "WINRM_E_QUOTA");
    assert.match(nested.message, /next: .*sessions/);
    assert.equal(calm.pauses.length, 3);
    assert.ok(calm.pauses.every((ms, index) => ms > (calm.pauses[index - 1] ?? 0)));
    host.config.set("winrs/MaxShellsPerUser", 1);
    const relieved = timing(() => {
      host.config.set("winrs/MaxShellsPerUser", 2);
    });
    const inner = await withShell(client, NEVER, () => withShell(client, NEVER, hostname, relieved));
    assert.deepEqual([inner.stdout, relieved.pauses.length], ["WEB01\r\n", 1]);
    assert.equal(host.shells.open, 0);
  });

  test("that the host forbids is an error with the setting's name, and nothing is sent twice", async (t) => {
    const { host, client } = await start(t, { policy: { "winrs/AllowRemoteShellAccess": false } });
    const error = await failure(withShell(client, NEVER, hostname));
    assert.equal(error.code, "WINRM_E_SHELL_DISABLED");
    assert.match(error.message, /AllowRemoteShellAccess/);
    assert.deepEqual(verbs(host), ["Create"]);
  });

  test("is closed when the work in it fails, and when it is cancelled", async (t) => {
    const { host, client } = await start(t);
    const mine = new Error("mine");
    await assert.rejects(
      withShell(client, NEVER, () => Promise.reject(mine)),
      mine,
    );
    assert.equal(host.shells.open, 0);
    const controller = new AbortController();
    const work = withShell(client, controller.signal, async (run) => {
      setImmediate(() => {
        controller.abort();
      });
      return run("pause");
    });
    assert.equal((await failure(work)).code, "WINRM_E_CANCELLED");
    assert.deepEqual([host.shells.open, host.shells.opened], [0, 2]);
  });
});

suite("the end of the provider process", LIMIT, () => {
  test("closes the shells of changes that run, and waits for no host that hangs", async (t) => {
    for (const hangs of [false, true]) {
      const { host } = await startRelayedHost(t);
      const provider = new ProviderProcess([], {});
      const target = targetOf(host.http!.port);
      const client = new WsmanClient(provider.pool.session(target));
      if (hangs) host.injectFault({ on: "delete", action: "hang" });
      let ended: Promise<WinrmError> | undefined;
      await new Promise<void>((started) => {
        const change = provider.pool.exclusively(target, NEVER, () =>
          withShell(client, provider.stopping, async (run) => {
            await run("hostname");
            started();
            return run("pause");
          }),
        );
        ended = failure(change);
      });
      await provider.stop();
      assert.equal((await ended)?.code, "WINRM_E_CANCELLED");
      assert.deepEqual([host.shells.opened, host.shells.open], [1, hangs ? 1 : 0]);
    }
  });
});

const WRONGS: readonly MisbehaviourAction[] = [
  { action: "reset" },
  { action: "reset-after-apply" },
  { action: "truncate" },
  { action: "tamper-signature" },
  { action: "plain" },
  { action: "wrong-relates-to" },
  { action: "html" },
  { action: "status", status: 503 },
  { action: "status", status: 401 },
  { action: "fault", code: 5 },
  { action: "fault", code: 995 },
  { action: "fault", code: UNKNOWN_ID },
];
const STEPS: readonly MisbehaviourMoment[] = ["create", "command", "receive", "signal", "delete"];

suite("whatever goes wrong once", LIMIT, () => {
  for (const on of STEPS) {
    for (const wrong of WRONGS) {
      // A host that says that the shell is gone is believed.
      if (on === "delete" && "code" in wrong && wrong.code === UNKNOWN_ID) continue;
      const name = "status" in wrong ? `HTTP ${wrong.status}` : "code" in wrong ? `fault ${wrong.code}` : wrong.action;
      test(`${name} at ${on}: the result or a typed error, and no shell is left`, async (t) => {
        const { host, client } = await start(t);
        const rule = host.injectFault({ on, ...wrong });
        const outcome = await withShell(client, NEVER, hostname).then(
          ({ stdout }) => stdout,
          (error: unknown) => failure(Promise.reject(error as Error)),
        );
        assert.ok(rule.fired);
        if (typeof outcome === "string") assert.equal(outcome, "WEB01\r\n");
        const reported =
          typeof outcome !== "string" && /shell/.test(outcome.message) && outcome.context.remedy !== undefined;
        assert.ok(host.shells.open === 0 || reported, "deleted or reported");
        if (on !== "delete") assert.equal(host.shells.open, 0);
        if (on === "signal") assert.equal(typeof outcome, "string", "nothing depends on the signal");
        const runs = host.shells.commands.length;
        assert.ok(runs <= 1, "a command is never repeated");
        const ran = on === "receive" || (on === "command" && runs === 1);
        if (typeof outcome !== "string" && ran) assert.equal(outcome.context.outcomeUnknown, true);
        // Closing is tried again, but not against a clear refusal.
        if (on === "delete") assert.equal(typeof outcome, name === "fault 5" ? "object" : "string");
      });
    }
  }

  test("a step without an answer ends with the caller's signal, and the shell with it", async (t) => {
    for (const on of ["create", "command", "receive"] as const) {
      const { host, client } = await start(t);
      host.injectFault({ on, action: "hang" });
      const error = await failure(withShell(client, AbortSignal.timeout(200), hostname));
      assert.equal(error.code, "WINRM_E_TIMEOUT", on);
      assert.equal(host.shells.open, 0, on);
    }
  });

  test("a shell that cannot be closed is reported, with what was done marked as done or not known", async (t) => {
    const { host, client } = await start(t);
    for (const nth of [1, 2]) host.injectFault({ on: "delete", action: "reset", nth });
    const late = await failure(withShell(client, NEVER, hostname));
    assert.deepEqual([late.code, late.context.outcomeUnknown], ["WINRM_E_CONNECTION_LOST", true]);
    assert.equal(host.shells.open, 1);
    for (const nth of [1, 2]) host.injectFault({ on: "delete", action: "reset", nth });
    host.injectFault({ on: "command", action: "fault", code: 87 });
    const both = await failure(withShell(client, NEVER, hostname));
    assert.match(both.message, /87 .*\n.*shell/s);
    host.injectFault({ on: "delete", action: "hang" });
    const hanging = await failure(withShell(client, NEVER, hostname, { cleanupMs: 200 }));
    assert.equal(hanging.code, "WINRM_E_TIMEOUT");
    assertWording(t, late.message, hanging.message);
  });

  test("a host that ends meanwhile is a typed error", async (t) => {
    const { host, client } = await start(t);
    const error = await failure(
      withShell(client, NEVER, async (run) => {
        await host.stop();
        return run("hostname");
      }),
    );
    assert.match(error.message, /shell/);
  });
});

suite("a host that answers nonsense", LIMIT, () => {
  test("endlessly, is given up after one mebibyte", async (t) => {
    const block = Buffer.alloc(64 * 1024, 0x61).toString("base64");
    const deleted = await nonsense(t, (verb) => {
      if (verb === "Receive")
        return `<rsp:ReceiveResponse xmlns:rsp="${SHELL}"><rsp:Stream Name="stdout">${block}</rsp:Stream></rsp:ReceiveResponse>`;
      return undefined;
    });
    assert.equal(deleted.code, "WINRM_E_COMMAND");
    assert.ok(deleted.deletes === 1 && deleted.receives < 20);
  });

  test("without an id, an output or an exit code, is a protocol error or an unknown outcome", async (t) => {
    const noCommand = await nonsense(t, (verb) => (verb === "Command" ? "<a/>" : undefined));
    assert.deepEqual([noCommand.code, noCommand.deletes], ["WINRM_E_PROTOCOL", 1]);
    const noOutput = await nonsense(t, (verb) => (verb === "Receive" ? "<a/>" : undefined));
    assert.deepEqual([noOutput.code, noOutput.deletes], ["WINRM_E_PROTOCOL", 1]);
    const killed = await nonsense(t, () => undefined);
    assert.deepEqual([killed.code, killed.deletes], ["exit code undefined", 1]);
  });
});

/** A host whose answers the test writes; by default commands end at once without an exit code. */
async function nonsense(t: TestContext, answers: (verb: string) => string | undefined) {
  const counts: Record<string, number> = {};
  const peer = await startSealed(t, ({ soap, protection, response }) => {
    const action = /<a:Action[^>]*>([^<]+)</.exec(soap)![1]!;
    const verb = action.split("/").at(-1)!;
    counts[verb] = (counts[verb] ?? 0) + 1;
    const usual: Record<string, string> = {
      Command: `<rsp:CommandResponse xmlns:rsp="${SHELL}"><rsp:CommandId>1</rsp:CommandId></rsp:CommandResponse>`,
      Receive: `<rsp:ReceiveResponse xmlns:rsp="${SHELL}"><rsp:CommandState CommandId="1" State="${SHELL}/CommandState/Done"/></rsp:ReceiveResponse>`,
    };
    const body = answers(verb) ?? usual[verb] ?? "";
    answer(response, sealedFrame(protection, envelope(soap, action, body)));
  });
  const { client } = openSession(t, peer);
  const code = await withShell(client, NEVER, hostname).then(
    ({ exitCode }) => `exit code ${exitCode}`,
    async (error: unknown) => (await failure(Promise.reject(error as Error))).code,
  );
  return { code, deletes: counts["Delete"], receives: counts["Receive"] ?? 0 };
}

function envelope(request: string, action: string, body: string): string {
  const relatesTo = /<a:MessageID>([^<]*)</.exec(request)![1]!;
  return (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">' +
    `<s:Header><a:Action>${action}Response</a:Action><a:RelatesTo>${relatesTo}</a:RelatesTo></s:Header>` +
    `<s:Body>${body}</s:Body></s:Envelope>`
  );
}
