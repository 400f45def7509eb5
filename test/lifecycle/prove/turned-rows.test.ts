/** Every row of `prove` can fail: on a host that says otherwise, which no mode of the simulated host does, it differs. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AssumptionName } from "../../../provider/cli/prove/assumptions";
import type { Row } from "../../../provider/cli/prove/row";
import { ROWS } from "../../../provider/cli/prove/rows";
import type { Session } from "../../../provider/session/session";
import { SessionPool } from "../../../provider/session/session-pool";
import type { SessionTarget } from "../../../provider/session/target";
import type { HostOptions } from "../../../simulator";
import { type Asking, ask } from "../../support/confirm/prove";
import { MODES } from "./modes";

/** What a host is asked and what it says, where these messages are meant. */
interface Turn {
  /** What the request holds. */
  readonly on: string;
  readonly request?: (message: string) => string;
  readonly answer?: (message: string) => string;
  /** Happens to the other connections, once the request is answered. */
  readonly others?: (session: Session) => void;
}

const replaced = (from: string | RegExp, to: string) => (text: string) => text.replaceAll(from, to);
const codeOf = (on: string, code: string): Turn => ({ on, answer: replaced(`Code="${code}"`, 'Code="1"') });

/** What the client and the host say to each other, turned. */
class TurnedPool extends SessionPool {
  readonly #all: Session[] = [];
  readonly #turned = new WeakSet<Session>();
  #turn: Turn | undefined;

  static of(turn: Turn): Asking["pool"] {
    return (wait) => {
      const pool = new TurnedPool(wait);
      pool.#turn = turn;
      return pool;
    };
  }

  override session(target: SessionTarget): Session {
    return this.#turnedSession(super.session(target));
  }

  override freshSession(target: SessionTarget): Session {
    return this.#turnedSession(super.freshSession(target));
  }

  #turnedSession(session: Session): Session {
    const turn = this.#turn;
    if (turn === undefined || this.#turned.has(session)) return session;
    this.#turned.add(session);
    this.#all.push(session);
    const send = session.send.bind(session);
    session.send = async (message, signal) => {
      if (!message.includes(turn.on)) return await send(message, signal);
      const answer = await send(turn.request?.(message) ?? message, signal);
      if (turn.others !== undefined) for (const other of this.#all) if (other !== session) turn.others(other);
      return turn.answer?.(answer) ?? answer;
    };
    return session;
  }
}

const TURNS: Readonly<Partial<Record<AssumptionName, Turn & { readonly asking?: Asking }>>> = {
  "wmi-domain": { on: "Win32_Group", answer: replaced(">WEB01<", ">BUILTIN<") },
  "wmi-sid": codeOf("Win32_SID", "2150858752"),
  "enumerate-one": {
    on: "OptimizeEnumeration",
    answer: replaced(/(<(?:\w+:)?Win32_Group\b.*?<\/(?:\w+:)?Win32_Group>)/gs, "$1$1"),
  },
  "dmtf-class": codeOf("CIM_PulumiNobody", "2150858811"),
  "registry-subkeys": { on: "StdRegProv/DeleteKey", answer: replaced("ReturnValue>5<", "ReturnValue>0<") },
  "registry-parameters": {
    on: "StdRegProv/GetDWORDValue",
    request: replaced("</p:sSubKeyName>", "</p:sSubKeyName><p:sValueName>nobody</p:sValueName>"),
  },
  "mapping-key": codeOf("certmapping", "2150858842"),
  "cmd-order": { on: "echo right", request: replaced("echo right", "echo wrong") },
  "shell-ids": { on: "shell/cmd", request: replaced(/ ShellId="[^"]*"/g, "") },
  "unknown-names": { on: "shell/Receive", answer: replaced("ExitCode>2147943717<", "ExitCode>1<") },
  "adsi-codes": { on: "shell/Receive", answer: replaced("ExitCode>2147944620<", "ExitCode>1<") },
  "put-whole": { on: "cfg:NetworkDelayms", request: replaced(/(cfg:NetworkDelayms>)\d+/g, "$1x") },
  "put-empty": {
    on: "transfer/Put",
    request: replaced(/(<cfg:Auth [^>]*?)(?:\/>|><\/cfg:Auth>)/g, "$1><cfg:Nobody/></cfg:Auth>"),
  },
  "put-wrong": codeOf("transfer/Put", "2150858838"),
  "put-namespace": codeOf("transfer/Put", "2150858840"),
  "trusted-hosts-list": { on: "transfer/Put", request: replaced("pulumi-a, pulumi-b", "pulumi-a,pulumi-b") },
  "task-definition": { on: "RegisterByXml", answer: replaced("2147750678", "2147750679") },
  "task-info": { on: "GetInfoByName", answer: replaced("267011", "0") },
  "task-delete": { on: "MSFT_ScheduledTask", answer: replaced("Made by pulumi-winrm prove.", "") },
  "task-account": { on: "sValueName>system<", request: replaced("sValueName>system<", "sValueName>nobody<") },
  "put-connections": {
    on: "transfer/Put",
    others: (session) => {
      session.disconnect();
    },
  },
  "confirmed-declines": { on: "sValueName>result<", answer: replaced("-declined", "-restoring") },
  restores: { on: "sValueName>result<", answer: replaced("-restored", "-restoring") },
  "token-filter": { on: "StdRegProv/SetDWORDValue", request: replaced("uValue>0<", "uValue>1<") },
};

/** Modes of the host that turn rows which its other modes turn only by another way to log in. */
const BY_BASIC: Asking = { https: true, method: "basic" };
const BASIC_MODES: readonly (readonly [HostOptions, AssumptionName])[] = [
  [{ config: { "service/auth/Basic": true }, programs: { winrm: "does-nothing" } }, "local-service"],
];

/** Nothing shows these otherwise but a Windows host. */
const NOT_TURNED: readonly AssumptionName[] = [
  // It holds where such a policy is, or cannot be asked.
  "task-policies",
  // They speak HTTP of their own.
  "empty-post",
  "basic-names",
  // Where it differs, `store-names` does.
  "store-channel-binding",
];

function withNeeds(name: AssumptionName): Row[] {
  const wanted = new Set<string>();
  const add = (one: AssumptionName) => {
    if (wanted.has(one)) return;
    wanted.add(one);
    for (const needed of ROWS.find(({ assumption }) => assumption === one)?.needs ?? []) add(needed);
  };
  add(name);
  // What arms the host is followed by what takes it back.
  if (wanted.has("rehearsal")) add("confirmed-declines");
  return ROWS.filter(({ assumption }) => wanted.has(assumption));
}

suite("Each row of prove", () => {
  for (const [name, turn] of Object.entries(TURNS) as [AssumptionName, Turn][]) {
    test(`differs on a host that says otherwise: ${name}`, async (t) => {
      const { proofs } = await ask(t, {}, { rows: withNeeds(name), pool: TurnedPool.of(turn)! });
      const proof = proofs.find(({ assumption }) => assumption === name);
      assert.equal(proof?.verdict, "differs", JSON.stringify(proof));
    });
  }

  for (const [mode, name] of BASIC_MODES) {
    test(`differs on a host with ${JSON.stringify(mode)}: ${name}`, async (t) => {
      const { proofs } = await ask(t, mode, { ...BY_BASIC, rows: withNeeds(name) });
      assert.equal(proofs.find(({ assumption }) => assumption === name)?.verdict, "differs");
    });
  }

  test("is turned by a mode, or by a host that says otherwise", () => {
    const turned = [
      ...Object.keys(TURNS),
      ...BASIC_MODES.map(([, name]) => name),
      ...MODES.flatMap(([, differs]) => differs),
      ...NOT_TURNED,
    ];
    assert.deepEqual([...new Set(turned)].sort(), ROWS.map(({ assumption }) => assumption).sort());
  });
});
