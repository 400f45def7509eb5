/** SPNEGO on the simulated host, with tokens put together by hand around NTLM. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { AuthContext, MessageProtection, SealedMessage } from "../../../../provider/auth/auth-context";
import { createNtlmContext } from "../../../../provider/auth/ntlm/client";
import { type MechListProtection, protectsMechList } from "../../../../provider/auth/spnego/mech-list";
import { createNegotiateContext, MECHANISMS } from "../../../../provider/auth/spnego/negotiate";
import {
  decodeNegTokenResp,
  encodeMechTypeList,
  encodeNegTokenInit,
  encodeNegTokenResp,
  type NegTokenResp,
  OIDS,
} from "../../../../provider/auth/spnego/tokens";
import type { SimulatedHost } from "../../../../simulator";
import { ADMIN, type Answer, getEnvelope, headerLines, NtlmWire, startHost, wireTo } from "../wire";

/** A ticket that a host without a domain never looks at. */
const TICKET = Buffer.from("600e06092a864886f712010202010000", "hex");

function ntlm(password: string = ADMIN.password): AuthContext {
  const account = { domain: "", user: ADMIN.name };
  return createNtlmContext({ account, password, spn: "HTTP/127.0.0.1", requireSealing: true });
}

function signerOf(context: AuthContext): MechListProtection {
  const protection = context.protection();
  assert.ok(protectsMechList(protection));
  return protection;
}

/** One exchange on one connection, token by token. */
class Spnego {
  readonly session: NtlmWire;
  readonly context: AuthContext;
  readonly list: Buffer;

  constructor(
    t: TestContext,
    host: SimulatedHost,
    readonly mechTypes: readonly string[] = [OIDS.NTLM],
    password?: string,
  ) {
    this.session = new NtlmWire(wireTo(t, host.http!.url));
    this.context = ntlm(password);
    this.list = encodeMechTypeList(mechTypes);
  }

  async init(mechToken?: Buffer): Promise<NegTokenResp & { answer: Answer }> {
    return read(
      await this.session.leg(encodeNegTokenInit({ mechTypes: this.mechTypes, ...(mechToken && { mechToken }) })),
    );
  }

  async resp(token: NegTokenResp): Promise<NegTokenResp & { answer: Answer }> {
    return read(await this.session.leg(encodeNegTokenResp(token)));
  }

  /** NTLM's next token. */
  async next(challenge?: Buffer): Promise<Buffer> {
    const { token } = await this.context.step(challenge);
    assert.ok(token !== undefined);
    return token;
  }
}

function read(answer: Answer): NegTokenResp & { answer: Answer } {
  const token = /^Negotiate (\S+)$/.exec(headerLines(answer, "WWW-Authenticate")[0] ?? "")?.[1];
  return { answer, ...(token !== undefined && decodeNegTokenResp(Buffer.from(token, "base64"))) };
}

/** Sequence numbers of the messages that pass, sent and received. */
function watched(protection: MessageProtection): { protection: MessageProtection; sequence: number[] } {
  const sequence: number[] = [];
  const note = (message: SealedMessage): SealedMessage => {
    sequence.push(message.signature.readUInt32LE(12));
    return message;
  };
  const seal = (plain: Uint8Array) => note(protection.seal(plain));
  return { protection: { seal, unseal: (message) => protection.unseal(note(message)) }, sequence };
}

suite("SPNEGO on the simulated host", () => {
  test("verifies the client's signature over its list, signs it too, and then counts messages from 1", async (t) => {
    const host = await startHost(t);
    const client = new Spnego(t, host);
    const first = await client.init(await client.next());
    assert.deepEqual([first.answer.status, first.negState, first.supportedMech], [401, "accept-incomplete", OIDS.NTLM]);
    assert.deepEqual([first.answer.headers["connection"], first.mechListMic], [undefined, undefined]);
    const responseToken = await client.next(first.responseToken);
    const signer = signerOf(client.context);
    const last = await client.resp({ responseToken, mechListMic: signer.signMechList(client.list) });
    assert.deepEqual([last.answer.status, last.negState, last.responseToken], [200, "accept-completed", undefined]);
    signer.verifyMechList(client.list, last.mechListMic!);
    const { protection, sequence } = watched(signer);
    client.session.use(protection);
    assert.match((await client.session.send(getEnvelope())).text, /<cfg:Config /);
    assert.match((await client.session.send(getEnvelope())).text, /<cfg:Config /);
    assert.deepEqual(sequence, [1, 1, 2, 2]);
    assert.deepEqual(
      host.journal.entries().map(({ phase, auth, account, sealed }) => [phase, auth, account, sealed]),
      [
        ["handshake", "NTLM", undefined, false],
        ["handshake", "NTLM", ADMIN.name, false],
        ["request", "NTLM", ADMIN.name, true],
        ["request", "NTLM", ADMIN.name, true],
      ],
    );
  });

  test("takes a client that signs no list, and counts messages from 0", async (t) => {
    const client = new Spnego(t, await startHost(t));
    const { responseToken } = await client.init(await client.next());
    const last = await client.resp({ responseToken: await client.next(responseToken) });
    assert.deepEqual([last.answer.status, last.negState, last.mechListMic], [200, "accept-completed", undefined]);
    const { protection, sequence } = watched(client.context.protection());
    client.session.use(protection);
    assert.equal((await client.session.send(getEnvelope())).status, 200);
    assert.deepEqual(sequence, [0, 0]);
  });

  test("refuses a signature over another list, which is no failed logon", async (t) => {
    const host = await startHost(t);
    const client = new Spnego(t, host, [OIDS.NTLM, OIDS.KRB5]);
    const { responseToken } = await client.init(await client.next());
    const token = await client.next(responseToken);
    const mechListMic = signerOf(client.context).signMechList(encodeMechTypeList([OIDS.NTLM]));
    const last = await client.resp({ responseToken: token, mechListMic });
    assert.deepEqual([last.answer.status, last.answer.headers["connection"], last.negState], [401, "close", "reject"]);
    assert.equal(host.journal.at(-1)!.refusal, "bad-mech-list-mic");
    assert.equal(host.journal.logonFailures().length, 0);
  });

  for (const ticketOid of [OIDS.KRB5, OIDS.MS_KRB5]) {
    test(`chooses NTLM before a client that began with ${ticketOid}, and asks for signatures`, async (t) => {
      const client = new Spnego(t, await startHost(t), [ticketOid, OIDS.NTLM]);
      const first = await client.init(TICKET);
      assert.deepEqual([first.answer.status, first.negState], [401, "request-mic"]);
      assert.deepEqual([first.supportedMech, first.responseToken], [OIDS.NTLM, undefined]);
      const second = await client.resp({ responseToken: await client.next() });
      assert.deepEqual([second.negState, second.supportedMech], ["accept-incomplete", undefined]);
      const responseToken = await client.next(second.responseToken);
      const signer = signerOf(client.context);
      const last = await client.resp({ responseToken, mechListMic: signer.signMechList(client.list) });
      assert.deepEqual([last.answer.status, last.negState], [200, "accept-completed"]);
      signer.verifyMechList(client.list, last.mechListMic!);
    });
  }

  test("lets nobody in without the signature that it asked for", async (t) => {
    const host = await startHost(t);
    for (const signs of [true, false]) {
      const client = new Spnego(t, host, [OIDS.KRB5, OIDS.NTLM]);
      await client.init(TICKET);
      const { responseToken } = await client.resp({ responseToken: await client.next() });
      const third = await client.resp({ responseToken: await client.next(responseToken) });
      assert.deepEqual([third.answer.status, third.negState], [401, "accept-incomplete"]);
      const signer = signerOf(client.context);
      signer.verifyMechList(client.list, third.mechListMic!);
      const last = await client.resp(signs ? { mechListMic: signer.signMechList(client.list) } : {});
      const expected = signs ? [200, "accept-completed"] : [401, "reject"];
      assert.deepEqual([last.answer.status, last.negState], expected);
    }
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("gets along with a client of this package that began with Kerberos", async (t) => {
    const session = new NtlmWire(wireTo(t, (await startHost(t)).http!.url));
    const ticket: AuthContext = {
      scheme: "Kerberos",
      encryptionProtocol: "",
      step: () => Promise.resolve({ token: TICKET, done: false }),
      protection: () => assert.fail("Kerberos was not chosen"),
    };
    const mechs = [
      { ...MECHANISMS.kerberos, context: ticket },
      { ...MECHANISMS.ntlm, context: ntlm() },
    ];
    const negotiate = createNegotiateContext({ mechs });
    const statuses: number[] = [];
    let step = await negotiate.step();
    while (step.token !== undefined) {
      const answer = await session.leg(step.token);
      statuses.push(answer.status);
      if (step.done) break;
      const token = headerLines(answer, "WWW-Authenticate")[0]!.slice("Negotiate ".length);
      step = await negotiate.step(Buffer.from(token, "base64"));
    }
    assert.deepEqual(statuses, [401, 401, 200]);
    session.use(negotiate.protection());
    assert.match((await session.send(getEnvelope())).text, /<cfg:Config /);
  });

  test("counts a wrong password once, and answers it with the bare list of schemes", async (t) => {
    const host = await startHost(t);
    const client = new Spnego(t, host, [OIDS.NTLM], "wrong");
    const { responseToken } = await client.init(await client.next());
    const { answer } = await client.resp({ responseToken: await client.next(responseToken) });
    assert.deepEqual([answer.status, headerLines(answer, "WWW-Authenticate")], [401, ["Negotiate"]]);
    assert.deepEqual(
      host.journal.logonFailures().map(({ account, auth }) => [account, auth]),
      [[ADMIN.name, "NTLM"]],
    );
  });

  test("keeps to the form of the exchange: a raw token does not go on with a wrapped challenge", async (t) => {
    const host = await startHost(t);
    const client = new Spnego(t, host);
    const { responseToken } = await client.init(await client.next());
    assert.equal((await client.session.leg(await client.next(responseToken))).status, 401);
    assert.equal(host.journal.at(-1)!.refusal, "no challenge was sent");
  });

  test("refuses tokens out of order, broken ones, and mechanisms that it does not have", async (t) => {
    const host = await startHost(t);
    const whole = encodeNegTokenInit({ mechTypes: [OIDS.NTLM], mechToken: Buffer.from("NTLMSSP\0") });
    const cases: [Buffer, string][] = [
      [encodeNegTokenResp({ negState: "accept-incomplete" }), "no challenge was sent"],
      [encodeNegTokenInit({ mechTypes: [OIDS.KRB5], mechToken: TICKET }), "no mechanism in common"],
      [whole, "malformed token"],
      [whole.subarray(0, -3), "the token is of no mechanism that the host knows"],
      [Buffer.concat([whole.subarray(0, 12), Buffer.alloc(whole.length - 12)]), "malformed token"],
      [TICKET, "the host is in no domain"],
    ];
    for (const [token, refusal] of cases) {
      const answer = await new NtlmWire(wireTo(t, host.http!.url)).leg(token);
      assert.deepEqual([answer.status, answer.headers["connection"]], [401, "close"]);
      assert.equal(host.journal.at(-1)!.refusal, refusal);
    }
    assert.equal(host.journal.logonFailures().length, 0);
  });

  test("neither offers nor takes Kerberos in a workgroup, and does not load what Kerberos needs", async (t) => {
    const host = await startHost(t);
    const headers = { Authorization: `Kerberos ${TICKET.toString("base64")}` };
    const answer = await wireTo(t, host.http!.url).send("", headers);
    assert.deepEqual([answer.status, headerLines(answer, "WWW-Authenticate")], [401, ["Negotiate"]]);
    assert.equal(host.journal.at(-1)!.refusal, "the scheme is not supported");
    const loaded = Object.keys(require.cache);
    assert.ok(loaded.some((file) => file.endsWith("spnego-mechanism.js")));
    assert.deepEqual(
      loaded.filter((file) => /koffi|gssapi|kerberos-mechanism/.test(file)),
      [],
    );
  });
});
