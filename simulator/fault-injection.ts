/** Fault injection: the host does something wrong once, at a moment that the caller names. */

/**
 * When a rule applies. `request` is any HTTP request, `handshake-1` is the leg that carries the client's first token, the only one with Kerberos, and
 * `handshake-2` any later one; any other word is the last part of an action in lower case (`get`, `put`), `identify`, or `message` for any.
 */
export type MisbehaviourMoment =
  | "request"
  | "handshake-1"
  | "handshake-2"
  | "message"
  | "get"
  | "put"
  | "create"
  | "delete"
  | "identify"
  | "enumerate"
  | "pull"
  | "getdwordvalue"
  | "setdwordvalue"
  | "deletevalue"
  | "enumvalues"
  | "getstringvalue"
  | "setstringvalue"
  | "createkey"
  | "deletekey"
  | "enumkey"
  | "registerbyxml"
  | "startbypath"
  | "command"
  | "receive"
  | "send"
  | "signal";

/** What goes wrong. */
export type MisbehaviourAction =
  /** The connection is reset before anything is done. */
  | { readonly action: "reset" }
  /** The request takes effect, and the connection is reset instead of an answer. */
  | { readonly action: "reset-after-apply" }
  /** Nothing is done and nothing is answered until the host stops. */
  | { readonly action: "hang" }
  /** Nothing is done; the answer has this HTTP status and no body. A 401 or 503 also closes the connection. */
  | { readonly action: "status"; readonly status: number }
  /** The request takes effect; the answer breaks off in the middle of its body. */
  | { readonly action: "truncate" }
  /** The request takes effect; the answer's signature is wrong. Nothing changes for an unsealed answer. */
  | { readonly action: "tamper-signature" }
  /** The request takes effect; the answer is not sealed although the request was. */
  | { readonly action: "plain" }
  /** The request takes effect; the answer relates to another message. */
  | { readonly action: "wrong-relates-to" }
  /** Nothing is done; the answer is a fault with this decimal code. */
  | { readonly action: "fault"; readonly code: number }
  /** The network is cut before the request arrives, and stays so until it is restored. */
  | { readonly action: "cut" }
  /** The request takes effect, and the network is cut before the answer arrives. */
  | { readonly action: "cut-after-apply" }
  /** The connection is reset, and the request takes effect so many milliseconds later, if the service runs then. */
  | { readonly action: "late"; readonly afterMs: number }
  /** Nothing is done; the answer is the web page of a proxy, with status 200. */
  | { readonly action: "html" };

/** One rule. It applies once. */
export type MisbehaviourRule = MisbehaviourAction & {
  readonly on: MisbehaviourMoment;
  /** Which such moment from now, from 1. Default 1. */
  readonly nth?: number;
  /** Called when the rule applies, before anything else: what happens beside it. */
  readonly meanwhile?: () => void;
};

/** A rule in force. */
export interface InjectedFault {
  /** The rule has applied. */
  readonly fired: boolean;
  /** Takes the rule back, if it has not applied. */
  cancel(): void;
}

interface Pending {
  readonly rule: MisbehaviourRule;
  left: number;
  fired: boolean;
}

/** The rules in force on one host. */
export class Misbehaviours {
  readonly #pending = new Set<Pending>();
  #cut = false;

  /** The network between the host and its clients is cut. */
  get cut(): boolean {
    return this.#cut;
  }

  set cut(cut: boolean) {
    this.#cut = cut;
  }

  /** Puts a rule into force. */
  add(rule: MisbehaviourRule): InjectedFault {
    const pending: Pending = { rule, left: rule.nth ?? 1, fired: false };
    this.#pending.add(pending);
    return {
      get fired() {
        return pending.fired;
      },
      cancel: () => {
        this.#pending.delete(pending);
      },
    };
  }

  /** For the host: a moment has come. Every rule for it counts down; the first that reaches zero applies. */
  at(moment: string): MisbehaviourAction | undefined {
    const matching = [...this.#pending].filter(({ rule }) => {
      if (rule.on === "message") return moment !== "request" && !moment.startsWith("handshake-");
      return rule.on === moment;
    });
    for (const pending of matching) pending.left -= 1;
    const due = matching.find(({ left }) => left <= 0);
    if (due === undefined) return undefined;
    due.fired = true;
    this.#pending.delete(due);
    due.rule.meanwhile?.();
    if (due.rule.action === "cut") this.#cut = true;
    return due.rule;
  }
}
