/** Filling in a journal entry while its request is handled. */

import type { JournalEntry } from "../journal";
import type { ExchangeResult, OutgoingMessage } from "./exchange";
import type { LogonOutcome } from "./outcome";

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What is known of a request before its answer is sent. */
export type Draft = Partial<Mutable<JournalEntry>> & { phase: JournalEntry["phase"] };

/** The finished entry. */
export function finishEntry(
  draft: Draft,
  outgoing: OutgoingMessage,
  about: Pick<JournalEntry, "connection" | "transport" | "bytesIn">,
): JournalEntry {
  return {
    logonFailure: false,
    sealed: false,
    ...draft,
    ...about,
    at: new Date(),
    status: outgoing.instead === "reset" || outgoing.instead === "hang" ? 0 : outgoing.status,
    bytesOut: outgoing.body?.length ?? 0,
  };
}

/** Notes who is asking, or why that stays unknown. */
export function describe(outcome: LogonOutcome, draft: Draft): void {
  if (outcome.leg !== undefined) draft.phase = "handshake";
  switch (outcome.kind) {
    case "granted":
      draft.auth = outcome.identity.auth;
      draft.account = outcome.identity.account.name;
      break;
    case "challenge":
      draft.auth = outcome.auth;
      break;
    case "refused":
      draft.refusal = outcome.refusal;
      draft.logonFailure = outcome.logonFailure;
      if (outcome.auth !== undefined) draft.auth = outcome.auth;
      if (outcome.account !== undefined) draft.account = outcome.account;
      break;
  }
}

/** Notes what was asked and what came of it. */
export function note(result: ExchangeResult, draft: Draft): void {
  draft.sealed = result.sealed;
  if (result.refusal !== undefined) draft.refusal = result.refusal;
  if (result.subject?.action !== undefined) draft.action = result.subject.action;
  if (result.subject?.resourceUri !== undefined) draft.resourceUri = result.subject.resourceUri;
  if (result.answer?.leaves !== undefined) draft.leaves = result.answer.leaves;
  if (result.answer?.returnValue !== undefined) draft.returnValue = result.answer.returnValue;
  if (result.answer?.selectors !== undefined) draft.selectors = result.answer.selectors;
  if (result.answer?.logonFailure !== undefined) {
    draft.logonFailure = true;
    draft.mappedAccount = result.answer.logonFailure;
  }
  if (result.answer?.faultCode !== undefined) draft.fault = result.answer.faultCode;
}
