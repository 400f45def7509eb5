import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { tlsServerEndPoint } from "../../../provider/auth/channel-binding";
import { createNtlmContext, type NtlmOptions } from "../../../provider/auth/ntlm/client";
import { ntHash } from "../../../provider/auth/ntlm/crypto";
import { AV_FLAG_MIC_PRESENT, AV_ID, avFlags, avValue, type AvPair } from "../../../provider/auth/ntlm/av-pairs";
import { decodeChallenge, encodeAuthenticate, type ChallengeMessage } from "../../../provider/auth/ntlm/messages";
import { decodeAuthenticate, encodeChallenge, decodeNtResponse } from "../../../simulator/auth/ntlm-messages";
import { NTLM_FLAGS } from "../../../provider/auth/ntlm/flags";
import {
  type ClaimedAccount,
  createNtlmAcceptor,
  type NtlmAcceptor,
  type NtlmAcceptorOptions,
  type NtlmAcceptorStep,
} from "../../../simulator/auth/ntlm-acceptor";
import { derivedVectors, hex } from "./vectors";

const { exchange } = derivedVectors();
const OURS = Buffer.from("tls-server-end-point:the host's certificate");
const OTHER = Buffer.from("tls-server-end-point:another certificate");
const HANDSHAKE = { code: "WINRM_E_HANDSHAKE" };
const INTERNAL = { code: "WINRM_E_INTERNAL" };

function client(options: Partial<NtlmOptions> = {}) {
  return createNtlmContext({
    account: "SRV\\ops",
    password: "right",
    spn: "HTTP/srv.test",
    requireSealing: true,
    ...options,
  });
}

function acceptor(options: Partial<NtlmAcceptorOptions> = {}): NtlmAcceptor {
  return createNtlmAcceptor({
    computerName: "SRV",
    domainName: "WORKGROUP",
    dnsComputerName: "srv.test",
    dnsDomainName: "test",
    cbtLevel: "Relaxed",
    lookup: ({ user }) => (user.toLowerCase() === "ops" ? ntHash("right") : undefined),
    ...options,
  });
}

async function logOn(
  ours = client(),
  theirs = acceptor(),
  change: (token: Buffer) => Buffer = (token) => token,
): Promise<NtlmAcceptorStep> {
  const { token: negotiate } = await ours.step();
  const { token: challenge } = theirs.step(negotiate!);
  const { token: authenticate } = await ours.step(challenge);
  return theirs.step(change(authenticate!));
}

/** A challenge as our acceptor sends it, changed. */
async function challengeWith(change: (message: ChallengeMessage) => ChallengeMessage): Promise<Buffer> {
  const { token } = acceptor().step((await client().step()).token!);
  return encodeChallenge(change(decodeChallenge(token!)));
}

suite("the client's tokens", () => {
  test("a full exchange with MIC and channel binding gives the derived vector's bytes", async () => {
    const channelBinding = Buffer.concat([Buffer.from("tls-server-end-point:"), hex(exchange.certificateHash)]);
    const asked: number[] = [];
    const ours = client({
      account: { user: exchange.user, domain: exchange.domain },
      password: exchange.password,
      spn: exchange.spn,
      channelBinding,
      random: (length) => {
        asked.push(length);
        return hex(length === 8 ? exchange.clientChallenge : exchange.sessionKey);
      },
    });
    const first = await ours.step();
    assert.equal(first.token?.toString("hex"), exchange.negotiate);
    assert.equal(first.done, false);
    const second = await ours.step(hex(exchange.challenge));
    assert.equal(second.token?.toString("hex"), exchange.authenticate);
    assert.equal(second.done, true);
    assert.deepEqual(asked, [8, 16]);
    for (const vector of exchange.seals) {
      const { sealed, signature } = ours.protection().seal(hex(vector.plain));
      assert.deepEqual([sealed.toString("hex"), signature.toString("hex")], [vector.sealed, vector.signature]);
    }
  });

  test("the tokens go under Negotiate, and sealed messages under its protocol", () => {
    assert.equal(client().scheme, "Negotiate");
    assert.equal(client().encryptionProtocol, "application/HTTP-SPNEGO-session-encrypted");
  });

  test("the host's attributes come back verbatim, unknown ones too, before the client's own", async () => {
    const unknown: AvPair = { id: 4711, value: Buffer.from("kept") };
    const stale: AvPair = { id: AV_ID.MsvAvChannelBindings, value: Buffer.alloc(16) };
    const constrained: AvPair = { id: AV_ID.MsvAvFlags, value: Buffer.from([1, 0, 0, 0]) };
    const token = await challengeWith((message) => ({
      ...message,
      targetInfo: [unknown, constrained, ...message.targetInfo, stale],
    }));
    const ours = client();
    await ours.step();
    const answer = decodeAuthenticate((await ours.step(token)).token!);
    const { targetInfo } = decodeNtResponse(answer.ntResponse);
    const fromHost = decodeChallenge(token).targetInfo;
    assert.deepEqual(targetInfo[0], unknown);
    assert.equal(targetInfo[1]?.id, AV_ID.MsvAvFlags);
    assert.equal(avFlags(targetInfo), 1 | AV_FLAG_MIC_PRESENT);
    assert.deepEqual(targetInfo.slice(2, -1), fromHost.slice(2, -1));
    assert.equal(avValue(targetInfo, AV_ID.MsvAvTargetName)?.toString("utf16le"), "HTTP/srv.test");
    assert.equal(avValue(targetInfo, AV_ID.MsvAvChannelBindings), undefined);
    assert.equal(answer.workstation, "");
  });

  test("the response carries the host's time and no LM response", async () => {
    const ours = client({ clock: () => 1n });
    await ours.step();
    const token = acceptor({ clock: () => 133_500_000_000_000_000n }).step((await client().step()).token!).token!;
    const answer = decodeAuthenticate((await ours.step(token)).token!);
    assert.equal(decodeNtResponse(answer.ntResponse).time, 133_500_000_000_000_000n);
    assert.deepEqual(answer.lmResponse, Buffer.alloc(24));
  });

  test("to a host without a timestamp it sends its own time, an LMv2 response, and still a MIC", async () => {
    const token = await challengeWith((message) => ({
      ...message,
      targetInfo: message.targetInfo.filter(({ id }) => id !== AV_ID.MsvAvTimestamp),
    }));
    const ours = client({ clock: () => 42n });
    await ours.step();
    const answer = decodeAuthenticate((await ours.step(token)).token!);
    const response = decodeNtResponse(answer.ntResponse);
    assert.equal(response.time, 42n);
    assert.deepEqual(answer.lmResponse.subarray(16), response.clientChallenge);
    assert.equal(avFlags(response.targetInfo) & AV_FLAG_MIC_PRESENT, AV_FLAG_MIC_PRESENT);
    assert.notDeepEqual(answer.mic, Buffer.alloc(16));
  });

  test("only flags that were offered are echoed", async () => {
    const token = await challengeWith((message) => ({ ...message, flags: 0xffffffff }));
    const ours = client();
    await ours.step();
    assert.equal(decodeAuthenticate((await ours.step(token)).token!).flags.toString(16), "e28b8235");
  });

  test("a host without key exchange is let in without sealing, and the session key is not sent", async () => {
    const token = await challengeWith((message) => ({
      ...message,
      flags: message.flags & ~NTLM_FLAGS.NTLMSSP_NEGOTIATE_KEY_EXCH,
    }));
    const ours = client({ requireSealing: false });
    await ours.step();
    assert.equal(decodeAuthenticate((await ours.step(token)).token!).encryptedRandomSessionKey.length, 0);
    assert.throws(() => ours.protection(), INTERNAL);
  });
});

suite("what the client refuses", () => {
  const always = ["UNICODE", "NTLM", "EXTENDED_SESSIONSECURITY", "128", "TARGET_INFO"] as const;
  const toSeal = ["SIGN", "SEAL", "KEY_EXCH"] as const;
  for (const name of [...always, ...toSeal]) {
    test(`a challenge without ${name} is refused`, async () => {
      const flag = NTLM_FLAGS[`NTLMSSP_NEGOTIATE_${name}`];
      const token = await challengeWith((message) => ({ ...message, flags: message.flags & ~flag }));
      const ours = client();
      await ours.step();
      await assert.rejects(ours.step(token), { ...HANDSHAKE, message: new RegExp(`NTLMSSP_NEGOTIATE_${name}`) });
    });
  }

  test("an empty user name or password is refused, whatever the shape", () => {
    const missing = { code: "WINRM_E_CREDENTIALS_REQUIRED" };
    assert.throws(() => client({ account: "" }), missing);
    assert.throws(() => client({ account: "DOM\\" }), missing);
    assert.throws(() => client({ account: { domain: "DOM", user: "" } }), missing);
    assert.throws(() => client({ password: "" }), missing);
  });

  test("control characters in the account or the service name are refused", () => {
    assert.throws(() => client({ account: { domain: "D\n", user: "u" } }), { code: "WINRM_E_ARGUMENT" });
    assert.throws(() => client({ account: "u\0" }), { code: "WINRM_E_ARGUMENT" });
    assert.throws(() => client({ spn: "HTTP/a\r\n" }), { code: "WINRM_E_ARGUMENT" });
  });

  test("a host that sends anything but a challenge is refused, and the context is dead", async () => {
    const token = await challengeWith((message) => message);
    const ours = client();
    const { token: negotiate } = await ours.step();
    await assert.rejects(ours.step(negotiate), HANDSHAKE);
    await assert.rejects(ours.step(token), INTERNAL);
    assert.throws(() => ours.protection(), INTERNAL);
  });

  test("a challenge of more than 64 KiB, or with a timestamp of a wrong length, is refused", async () => {
    const long = client();
    await long.step();
    await assert.rejects(long.step(Buffer.alloc(0x1_0001)), { ...HANDSHAKE, message: /too long/ });
    const token = await challengeWith((message) => ({
      ...message,
      targetInfo: [{ id: AV_ID.MsvAvTimestamp, value: Buffer.alloc(7) }],
    }));
    const odd = client();
    await odd.step();
    await assert.rejects(odd.step(token), HANDSHAKE);
  });

  test("arbitrary challenges give an answer or WINRM_E_HANDSHAKE", async () => {
    const valid = hex(exchange.challenge);
    const change = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const token = Buffer.from(valid);
        for (const [at, value] of changes) token[at] = value;
        const ours = client();
        await ours.step();
        await ours.step(token).then(
          ({ done }) => {
            assert.equal(done, true);
          },
          (error: unknown) => {
            assert.equal((error as { code?: string }).code, "WINRM_E_HANDSHAKE");
          },
        );
      }),
    );
  });

  test("steps out of order are refused", async () => {
    await assert.rejects(client().step(Buffer.alloc(48)), INTERNAL);
    const twice = client();
    await twice.step();
    await assert.rejects(twice.step(), INTERNAL);
    assert.throws(() => client().protection(), INTERNAL);
  });

  test("a second challenge after the end is refused, and ends the session", async () => {
    const token = await challengeWith((message) => message);
    const ours = client();
    await ours.step();
    await ours.step(token);
    await assert.rejects(ours.step(token), INTERNAL);
    assert.throws(() => ours.protection(), INTERNAL);
  });

  test("no error names the password", async () => {
    const ours = client({ password: "s3cret-s3cret" });
    await ours.step();
    await assert.rejects(ours.step(Buffer.alloc(60)), (error: Error) => {
      assert.equal(JSON.stringify(error).includes("s3cret") || String(error.stack).includes("s3cret"), false);
      return true;
    });
  });
});

suite("the client against the host's side", () => {
  test("the right password logs on, and messages pass sealed in both directions", async () => {
    const ours = client();
    const theirs = acceptor();
    assert.deepEqual(await logOn(ours, theirs), { done: true, account: { domain: "SRV", user: "ops" } });
    for (const text of ["first", "", "third"]) {
      const message = Buffer.from(text);
      assert.deepEqual(theirs.protection().unseal(ours.protection().seal(message)), message);
      assert.deepEqual(ours.protection().unseal(theirs.protection().seal(message)), message);
    }
  });

  test("a wrong password and an unknown user are refused", async () => {
    const account = { domain: "SRV", user: "ops" };
    const wrong = await logOn(client({ password: "wrong" }));
    assert.deepEqual(wrong, { done: false, account, rejected: "wrong-password" });
    assert.equal((await logOn(client({ account: "SRV\\nobody" }))).rejected, "no-such-user");
  });

  const names: [string, ClaimedAccount][] = [
    ["DOM\\ops", { domain: "DOM", user: "ops" }],
    ["ops@dom.test", { domain: "", user: "ops@dom.test" }],
    ["ops", { domain: "", user: "ops" }],
    ["\\ops", { domain: "", user: "ops" }],
    [".\\ops", { domain: "SRV", user: "ops" }],
    ["OPS", { domain: "", user: "OPS" }],
  ];
  for (const [name, expected] of names) {
    test(`the host is asked for ${JSON.stringify(expected)} when the user is ${name}`, async () => {
      const asked: ClaimedAccount[] = [];
      const lookup = (account: ClaimedAccount) => {
        asked.push(account);
        return ntHash("right");
      };
      assert.equal((await logOn(client({ account: name }), acceptor({ lookup }))).done, true);
      assert.deepEqual(asked, [expected]);
    });
  }

  const levels = [
    ["Strict", OURS, undefined],
    ["Strict", OTHER, "bad-binding"],
    ["Strict", undefined, "missing-binding"],
    ["Relaxed", OURS, undefined],
    ["Relaxed", OTHER, "bad-binding"],
    ["Relaxed", undefined, undefined],
    ["None", OURS, undefined],
    ["None", OTHER, undefined],
    ["None", undefined, undefined],
  ] as const;
  for (const [cbtLevel, binding, rejected] of levels) {
    const what = binding === undefined ? "no" : binding === OURS ? "the right" : "a wrong";
    test(`${what} channel binding is ${rejected === undefined ? "let in" : "refused"} at ${cbtLevel}`, async () => {
      const ours = client(binding === undefined ? {} : { channelBinding: binding });
      const step = await logOn(ours, acceptor({ cbtLevel, channelBinding: OURS }));
      assert.equal(step.rejected, rejected);
      assert.equal(step.done, rejected === undefined);
    });
  }

  test("a host without TLS does not look at bindings, not even at Strict", async () => {
    assert.equal((await logOn(client({ channelBinding: OTHER }), acceptor({ cbtLevel: "Strict" }))).done, true);
  });

  test("a changed NEGOTIATE, CHALLENGE or AUTHENTICATE breaks the MIC", async () => {
    const flip = (at: number) => (token: Buffer) => {
      const changed = Buffer.from(token);
      changed[at]! ^= 1;
      return changed;
    };
    const versionRevision = 71;
    assert.equal((await logOn(client(), acceptor(), flip(versionRevision))).rejected, "bad-mic");
    assert.equal((await logOn(client(), acceptor(), flip(72))).rejected, "bad-mic");

    const ours = client();
    const theirs = acceptor();
    const { token: challenge } = theirs.step(flip(39)((await ours.step()).token!));
    assert.equal(theirs.step((await ours.step(challenge)).token!).rejected, "bad-mic");

    const another = client();
    const answering = acceptor();
    const { token: sent } = answering.step((await another.step()).token!);
    assert.equal(answering.step((await another.step(flip(55)(sent!))).token!).rejected, "bad-mic");
  });

  test("a MIC that is announced and taken out is refused", async () => {
    const takeOut = (token: Buffer) => {
      const { mic, ...message } = decodeAuthenticate(token);
      assert.ok(mic);
      return encodeAuthenticate(message);
    };
    assert.equal((await logOn(client(), acceptor(), takeOut)).rejected, "bad-mic");
    assert.equal((await logOn(client(), acceptor({ requireMic: false }), takeOut)).rejected, "bad-mic");
  });

  test("tokens that cannot be read are rejected as malformed, and the exchange is over", async () => {
    const theirs = acceptor();
    assert.deepEqual(theirs.step(Buffer.from("not NTLM at all")), { done: false, rejected: "malformed" });
    const { token: negotiate } = await client().step();
    assert.throws(() => theirs.step(negotiate!), INTERNAL);
    assert.throws(() => theirs.protection(), INTERNAL);
    assert.equal((await logOn(client(), acceptor(), () => Buffer.alloc(100))).rejected, "malformed");
  });

  test("an NTLMv1 response and an anonymous logon are refused", async () => {
    const withResponse = (ntResponse: Buffer, user: string) => (token: Buffer) =>
      encodeAuthenticate({ ...decodeAuthenticate(token), ntResponse, user });
    assert.equal((await logOn(client(), acceptor(), withResponse(Buffer.alloc(24), "ops"))).rejected, "malformed");
    assert.equal((await logOn(client(), acceptor(), withResponse(Buffer.alloc(0), ""))).rejected, "no-such-user");
  });

  test("the challenge names the host and carries a timestamp", async () => {
    const token = acceptor({ clock: () => 7n }).step((await client().step()).token!).token!;
    const { targetName, targetInfo, flags } = decodeChallenge(token);
    const text = (id: number) => avValue(targetInfo, id)?.toString("utf16le");
    assert.equal(targetName, "SRV");
    assert.equal(text(AV_ID.MsvAvNbComputerName), "SRV");
    assert.equal(text(AV_ID.MsvAvNbDomainName), "WORKGROUP");
    assert.equal(text(AV_ID.MsvAvDnsComputerName), "srv.test");
    assert.equal(text(AV_ID.MsvAvDnsDomainName), "test");
    assert.equal(avValue(targetInfo, AV_ID.MsvAvTimestamp)?.readBigUInt64LE(), 7n);
    assert.equal(flags.toString(16), "e28a8235");
  });

  test("two exchanges never share a challenge or a session", async () => {
    const negotiate = (await client().step()).token!;
    const challenges = [acceptor(), acceptor()].map(
      (one) => decodeChallenge(one.step(negotiate).token!).serverChallenge,
    );
    assert.notDeepEqual(challenges[0], challenges[1]);
    const [first, second] = [client(), client()];
    await logOn(first);
    await logOn(second);
    const sealed = [first, second].map((one) => one.protection().seal(Buffer.from("same message")).sealed);
    assert.notDeepEqual(sealed[0], sealed[1]);
  });
});

test("a binding made from a certificate is accepted at Strict", async () => {
  const certificate = Buffer.from("300a3000300506032b65700000", "hex");
  const channelBinding = tlsServerEndPoint(certificate);
  const step = await logOn(client({ channelBinding }), acceptor({ cbtLevel: "Strict", channelBinding }));
  assert.equal(step.done, true);
});
