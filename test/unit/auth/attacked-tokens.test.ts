/** Tokens of a host that is broken or hostile, through the whole exchange: a logon or a typed error, never anything else. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { joinWrapToken, splitWrapToken } from "../../../provider/auth/kerberos/wrap";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { encodeElement } from "../../../provider/auth/der";
import { createNegotiateContext, MECHANISMS } from "../../../provider/auth/spnego/negotiate";
import { encodeNegTokenResp } from "../../../provider/auth/spnego/tokens";
import { isWinrmError } from "../../../provider/errors";
import { PLAIN_LENGTH, RECORDED } from "./kerberos/recorded-messages";
import { hex, type SpecVectors, vectors } from "./vectors";

const CHALLENGE = hex((vectors("ms-nlmp-4.2.4") as SpecVectors).challenge);
/** Where the fixed header has fields: target name, target information. */
const FIELDS = [12, 40] as const;
const HOST_CODES = ["WINRM_E_HANDSHAKE", "WINRM_E_LOGON_DENIED", "WINRM_E_MESSAGE_INTEGRITY"];

/** Cut off at each byte, and each byte replaced by what lengths and offsets are dangerous with. */
function damaged(token: Buffer): Buffer[] {
  return Array.from(token.keys()).flatMap((at) => [
    token.subarray(0, at),
    ...[0x00, 0x7f, 0x80, 0x84, 0xff].map((value) => {
      const changed = Buffer.from(token);
      changed[at] = value;
      return changed;
    }),
  ]);
}

async function outcome(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    assert.ok(isWinrmError(error) && HOST_CODES.includes(error.code), error instanceof Error ? error.stack : "");
  }
}

const ntlm = () =>
  createNtlmContext({ account: "CORP\\ops", password: "Password", spn: "HTTP/web01", requireSealing: true });

async function ntlmWith(challenge: Buffer): Promise<void> {
  const context = ntlm();
  await context.step();
  await context.step(challenge);
  context.protection();
}

async function negotiateWith(...tokens: readonly Buffer[]): Promise<void> {
  const context = createNegotiateContext({ mechs: [{ ...MECHANISMS.ntlm, context: ntlm() }] });
  await context.step();
  for (const token of tokens) await context.step(token);
}

const response = (responseToken: Buffer) =>
  encodeNegTokenResp({ negState: "accept-incomplete", supportedMech: MECHANISMS.ntlm.oid, responseToken });

suite("an attacked logon", () => {
  test("by NTLM: challenges that are damaged or cut off", async () => {
    await ntlmWith(CHALLENGE);
    for (const challenge of damaged(CHALLENGE)) await outcome(() => ntlmWith(challenge));
  });

  test("by NTLM: fields that overlap, lie in each other or reach beyond the message", async () => {
    for (const field of FIELDS) {
      for (const length of [1, 2, 3, 0x7fff, 0xfffe, 0xffff]) {
        for (const offset of [0, 8, 47, 48, 50, CHALLENGE.length - 1, CHALLENGE.length, 0x7fff_ffff, 0xffff_ffff]) {
          const challenge = Buffer.from(CHALLENGE);
          challenge.writeUInt16LE(length, field);
          challenge.writeUInt32LE(offset, field + 4);
          await outcome(() => ntlmWith(challenge));
        }
      }
    }
  });

  test("by Negotiate: tokens that are damaged or cut off, the first and the last", async () => {
    const first = response(CHALLENGE);
    const last = encodeNegTokenResp({ negState: "accept-completed", mechListMic: Buffer.alloc(16, 1) });
    for (const token of damaged(first)) await outcome(() => negotiateWith(token));
    for (const token of damaged(last)) await outcome(() => negotiateWith(first, token));
  });

  test("by Negotiate: tokens in tokens, lengths that are longer than they need be, and lengths of gigabytes", async () => {
    let nested = response(CHALLENGE);
    for (let deep = 0; deep < 200; deep++) {
      await outcome(() => negotiateWith(nested));
      nested = deep % 2 === 0 ? response(nested) : encodeElement(0xa1, nested);
    }
    for (const length of ["840000000a", "8400000000", "84ffffffff", "85000000000a", "80", "81", "ff"]) {
      await outcome(() => negotiateWith(hex(`a1${length}3008a0030a0101a2010400`)));
    }
  });

  test("by Kerberos: sealed messages that are damaged or cut off", async () => {
    for (const { stream } of Object.values(RECORDED)) {
      for (const one of damaged(hex(stream))) {
        await outcome(() => splitWrapToken(one, PLAIN_LENGTH));
        await outcome(() => joinWrapToken({ signature: one, sealed: Buffer.alloc(0) }));
      }
    }
  });
});
