/** The rules of SPNEGO's initiator, with mechanisms made for the test. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AuthContext, AuthStep } from "../../../../provider/auth/auth-context";
import type { MechListProtection } from "../../../../provider/auth/spnego/mech-list";
import { createNegotiateContext, type NegotiateMech } from "../../../../provider/auth/spnego/negotiate";
import { decodeNegTokenResp, encodeNegTokenResp, type NegTokenResp } from "../../../../provider/auth/spnego/tokens";
import { decodeNegTokenInit } from "../../../../simulator/auth/spnego-tokens";
import { WinrmError } from "../../../../provider/errors";

const [A, B] = ["1.2.3.4", "1.2.3.5"];
const MIC = Buffer.from("the right signature");

interface Made extends NegotiateMech {
  readonly context: AuthContext & { disposed: number; readonly got: (string | undefined)[] };
}

/** A mechanism whose steps are scripted: the tokens it sends, the last one final. `signs` counts its signatures. */
function mech(
  oid: string,
  tokens: readonly (string | undefined | Error)[],
  options: Partial<NegotiateMech> = {},
): Made {
  const got: (string | undefined)[] = [];
  const protection: MechListProtection = {
    seal: (plain) => ({ signature: Buffer.from(oid), sealed: Buffer.from(plain) }),
    unseal: ({ sealed }) => sealed,
    signMechList: () => Buffer.from("our signature"),
    verifyMechList: (_list, mic) => {
      if (!mic.equals(MIC)) throw new WinrmError("WINRM_E_MESSAGE_INTEGRITY", "wrong");
    },
  };
  const context = {
    scheme: "Negotiate" as const,
    encryptionProtocol: "x",
    disposed: 0,
    got,
    step: (token?: Buffer): Promise<AuthStep> => {
      const next = tokens[got.length];
      got.push(token?.toString());
      if (next instanceof Error) return Promise.reject(next);
      const done = got.length === tokens.length;
      return Promise.resolve({ done, ...(next !== undefined && { token: Buffer.from(next) }) });
    },
    protection: () => protection,
    dispose(): void {
      context.disposed++;
    },
  };
  return { ...options, oid, context };
}

const answer = (token: NegTokenResp): Buffer => encodeNegTokenResp(token);
const text = (value: string): Buffer => Buffer.from(value);

suite("the initiator of SPNEGO", () => {
  test("sends the preferred mechanism's token at once, and ends with the host's acceptance", async () => {
    const a = mech(A, ["a1", undefined], { aliases: ["1.2.9"] });
    const context = createNegotiateContext({ mechs: [a, mech(B, ["b1"])] });
    const { token, done } = await context.step();
    const init = decodeNegTokenInit(token!);
    assert.deepEqual([init.mechTypes, init.mechToken?.toString(), done], [[A, "1.2.9", B], "a1", false]);
    const last = answer({ negState: "accept-completed", supportedMech: "1.2.9", responseToken: text("a2") });
    assert.deepEqual(await context.step(last), { done: true });
    assert.deepEqual(a.context.got, [undefined, "a2"]);
    assert.equal(context.protection().seal(text("x")).signature.toString(), A);
  });

  test("begins another mechanism if the host wants it, and then both sign the list", async () => {
    const [a, b] = [mech(A, ["a1", "a2"]), mech(B, ["b1", "b2"])];
    const context = createNegotiateContext({ mechs: [a, b] });
    await context.step();
    const first = decodeNegTokenResp(
      (await context.step(answer({ negState: "request-mic", supportedMech: B }))).token!,
    );
    assert.equal(first.responseToken?.toString(), "b1");
    assert.equal(a.context.disposed, 1);
    const next = await context.step(answer({ negState: "accept-incomplete", responseToken: text("challenge") }));
    const second = decodeNegTokenResp(next.token!);
    assert.deepEqual([second.responseToken?.toString(), second.mechListMic?.toString()], ["b2", "our signature"]);
    assert.deepEqual(await context.step(answer({ negState: "accept-completed", mechListMic: MIC })), { done: true });
    assert.equal(context.protection().seal(text("x")).signature.toString(), B);
  });

  test("ends itself when the host signed first", async () => {
    const context = createNegotiateContext({ mechs: [mech(A, ["a1", undefined])] });
    await context.step();
    const step = await context.step(
      answer({ negState: "request-mic", supportedMech: A, responseToken: text("a2"), mechListMic: MIC }),
    );
    assert.equal(step.done, true);
    assert.deepEqual(decodeNegTokenResp(step.token!), {
      negState: "accept-completed",
      mechListMic: text("our signature"),
    });
  });

  const twoSteps = (): Made[] => [mech(A, ["a1", "a2"]), mech(B, ["b1", "b2"])];
  const broken: [string, NegTokenResp[], string][] = [
    [
      "a mechanism that was not offered",
      [{ negState: "accept-incomplete", supportedMech: "1.1.1" }],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "acceptance before the mechanism's end",
      [{ negState: "accept-completed", supportedMech: A }],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "acceptance of another mechanism unbegun",
      [{ negState: "accept-completed", supportedMech: B }],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "a token for another mechanism unbegun",
      [{ negState: "accept-incomplete", supportedMech: B, responseToken: text("x") }],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "a change in the middle",
      [
        { negState: "accept-incomplete", supportedMech: A, responseToken: text("x") },
        { negState: "accept-incomplete", supportedMech: B },
      ],
      "WINRM_E_HANDSHAKE",
    ],
    ["no token where one is needed", [{ negState: "accept-incomplete", supportedMech: A }], "WINRM_E_HANDSHAKE"],
    [
      "no signature after a change",
      [
        { negState: "accept-incomplete", supportedMech: B },
        { negState: "accept-incomplete", responseToken: text("x") },
        { negState: "accept-completed" },
      ],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "a wrong signature",
      [
        { negState: "accept-incomplete", supportedMech: B },
        { negState: "accept-incomplete", responseToken: text("x") },
        { negState: "accept-completed", mechListMic: text("wrong") },
      ],
      "WINRM_E_MESSAGE_INTEGRITY",
    ],
    [
      "a signature before the mechanism's end",
      [{ negState: "accept-incomplete", supportedMech: B, mechListMic: MIC }],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "a token after the mechanism's end",
      [
        { negState: "accept-incomplete", supportedMech: A, responseToken: text("x") },
        { negState: "accept-incomplete", responseToken: text("y") },
      ],
      "WINRM_E_HANDSHAKE",
    ],
    [
      "no end",
      [
        { negState: "accept-incomplete", supportedMech: A, responseToken: text("x") },
        { negState: "accept-incomplete" },
        { negState: "accept-incomplete" },
      ],
      "WINRM_E_HANDSHAKE",
    ],
    ["a refusal", [{ negState: "reject" }], "WINRM_E_LOGON_DENIED"],
  ];
  for (const [what, answers, code] of broken) {
    test(`refuses ${what}, gives everything back and stays refused`, async () => {
      const mechs = twoSteps();
      const context = createNegotiateContext({ mechs });
      await context.step();
      await assert.rejects(
        async () => {
          for (const each of answers) await context.step(answer(each));
        },
        { code },
      );
      assert.ok(mechs.every(({ context: { disposed } }) => disposed > 0));
      await assert.rejects(context.step(answer({ negState: "accept-completed" })), { code: "WINRM_E_INTERNAL" });
      assert.throws(() => context.protection(), { code: "WINRM_E_INTERNAL" });
    });
  }

  test("refuses an acceptance without any token, and one that is too long", async () => {
    for (const token of [undefined, Buffer.alloc(0), Buffer.alloc(0x1_0001)]) {
      const context = createNegotiateContext({ mechs: twoSteps() });
      await context.step();
      await assert.rejects(context.step(token), { code: "WINRM_E_HANDSHAKE" });
    }
  });

  test("a mechanism yields to the next only where it says so", async () => {
    const unavailable = new WinrmError("WINRM_E_UNREACHABLE", "no domain controller");
    const denied = new WinrmError("WINRM_E_LOGON_DENIED", "wrong password");
    const mayYield = (error: unknown): boolean => error === unavailable;

    const b = mech(B, ["b1", "b2"]);
    const yielding = createNegotiateContext({ mechs: [mech(A, [unavailable], { allowsFallback: mayYield }), b] });
    const init = decodeNegTokenInit((await yielding.step()).token!);
    assert.deepEqual([init.mechTypes, init.mechToken?.toString()], [[B], "b1"]);

    for (const first of [mech(A, [denied], { allowsFallback: mayYield }), mech(A, [unavailable])]) {
      const second = mech(B, ["b1"]);
      await assert.rejects(
        createNegotiateContext({ mechs: [first, second] }).step(),
        (error) => error === unavailable || error === denied,
      );
      assert.deepEqual(second.context.got, []);
    }
    await assert.rejects(
      createNegotiateContext({ mechs: [mech(A, [unavailable], { allowsFallback: mayYield })] }).step(),
      {
        code: "WINRM_E_UNREACHABLE",
      },
    );
  });
});
