/** Our client judged by Samba, and Samba's client judged by our acceptor. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { createNtlmContext } from "../../../provider/auth/ntlm/client";
import { ntHash } from "../../../provider/auth/ntlm/crypto";
import { NTLM_FLAGS } from "../../../provider/auth/ntlm/flags";
import { NtlmSealing } from "../../../provider/auth/ntlm/sealing";
import { createNtlmAcceptor, type NtlmAcceptorStep } from "../../../simulator/auth/ntlm-acceptor";
import { skipWithoutNtlmAuth } from "./installed";
import { ACCOUNT, SambaPeer } from "./samba-peer";

const skip = skipWithoutNtlmAuth();
const SESSION_KEY = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

async function verdict(
  t: TestContext,
  options: { password?: string; account?: string; change?: (token: Buffer) => void } = {},
): Promise<{ word: string; rest: string; peer: SambaPeer }> {
  const peer = SambaPeer.verifier();
  t.after(() => peer.stop());
  const client = createNtlmContext({
    account: options.account ?? `${ACCOUNT.domain}\\${ACCOUNT.user}`,
    password: options.password ?? ACCOUNT.password,
    spn: "HTTP/srv",
    requireSealing: true,
    random: (length) => (length === SESSION_KEY.length ? SESSION_KEY : Buffer.alloc(length, 0xaa)),
  });
  const challenge = await peer.ask("YR", (await client.step()).token);
  assert.equal(challenge.word, "TT");
  const { token, done } = await client.step(challenge.bytes);
  assert.ok(token !== undefined && done);
  options.change?.(token);
  return { ...(await peer.ask("KK", token)), peer };
}

suite("our client against Samba's ntlm_auth", { skip }, () => {
  test("the logon is accepted, and both sides have the same session key and flags", async (t) => {
    const { word, rest, peer } = await verdict(t);
    assert.equal(`${word} ${rest}`, "AF DOM\\User");
    assert.deepEqual((await peer.ask("GK")).bytes, SESSION_KEY);
    const flags = Number((await peer.ask("GF")).rest);
    for (const name of ["SIGN", "SEAL", "KEY_EXCH", "128", "EXTENDED_SESSIONSECURITY"] as const) {
      assert.notEqual(flags & NTLM_FLAGS[`NTLMSSP_NEGOTIATE_${name}`], 0, name);
    }
  });

  test("a wrong password is refused", async (t) => {
    const { word, rest } = await verdict(t, { password: "another" });
    assert.equal(`${word} ${rest}`, "NA NT_STATUS_LOGON_FAILURE");
  });

  test("a MIC with one wrong bit is refused", async (t) => {
    const { word } = await verdict(t, {
      change: (token) => {
        token[72] = (token[72] ?? 0) ^ 1;
      },
    });
    assert.equal(word, "NA");
  });
});

suite("Samba's ntlmssp-client-1 against our acceptor", { skip }, () => {
  async function logOn(t: TestContext, password?: string) {
    const peer = await SambaPeer.initiator(password);
    t.after(() => peer.stop());
    const acceptor = createNtlmAcceptor({
      computerName: "SRV",
      domainName: "SRV",
      dnsComputerName: "srv.test",
      dnsDomainName: "srv.test",
      cbtLevel: "Relaxed",
      lookup: ({ user }) => (user === ACCOUNT.user ? ntHash(ACCOUNT.password) : undefined),
    });
    const challenge = acceptor.step((await peer.ask("YR")).bytes);
    const answer = await peer.ask("TT", challenge.token);
    const step: NtlmAcceptorStep = acceptor.step(answer.bytes);
    return { step, acceptor, peer };
  }

  test("the logon is accepted with its MIC, and both sides have the same session key", async (t) => {
    const { step, acceptor, peer } = await logOn(t);
    assert.deepEqual(step, { done: true, account: { domain: "DOM", user: "User" } });
    const { bytes: exportedSessionKey } = await peer.ask("GK");
    const flags = Number((await peer.ask("GF")).rest);
    const client = new NtlmSealing({ exportedSessionKey, flags, role: "initiate" });
    const message = Buffer.from("sealed with Samba's key");
    assert.deepEqual(acceptor.protection().unseal(client.seal(message)), message);
    assert.deepEqual(client.unseal(acceptor.protection().seal(message)), message);
  });

  test("a wrong password is refused", async (t) => {
    assert.equal((await logOn(t, "another")).step.rejected, "wrong-password");
  });
});
