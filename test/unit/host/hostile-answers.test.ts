/**
 * Every reader of answers, fed with what a host sent, changed here and there. The corpus is what a simulated host answers to
 * each of them; what is changed still answers the request, so that the change is met where the content is read.
 */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import fc from "fast-check";
import { isWinrmError } from "../../../provider/errors";
import { getCertMapping, listCertMappings } from "../../../provider/host/cert-mappings";
import { readConfig } from "../../../provider/host/config";
import { identify } from "../../../provider/host/identify";
import { findAccount } from "../../../provider/host/local-accounts";
import { listLocalGroups, readHostRole, readMembers } from "../../../provider/host/local-groups";
import { readDword } from "../../../provider/host/registry";
import { withShell } from "../../../provider/host/shell";
import type { Session } from "../../../provider/session/session";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { authority, thumbprint } from "../../support/client-certificates";
import { startRelayedHost } from "../../support/hosts";
import { ACCOUNT, NEVER, openSession } from "../../support/sessions";

const CA = authority();
const MAPPING = { subject: "ops@corp", issuer: thumbprint(CA.certPem), uri: "*" };
const POLICY_KEY = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";

const READERS: Readonly<Record<string, (client: WsmanClient) => Promise<unknown>>> = {
  identify: (client) => identify(client, NEVER),
  readConfig: (client) => readConfig(client, NEVER),
  listCertMappings: (client) => listCertMappings(client, NEVER),
  getCertMapping: (client) => getCertMapping(client, MAPPING, NEVER),
  listLocalGroups: (client) => listLocalGroups(client, NEVER),
  readMembers: (client) => readMembers(client, NEVER, "WEB01\\Administrators"),
  readHostRole: (client) => readHostRole(client, NEVER),
  findAccount: (client) => findAccount(client, NEVER, "WEB01\\Administrator"),
  readDword: (client) => readDword(client, { key: POLICY_KEY, name: "LocalAccountTokenFilterPolicy" }, NEVER),
  withShell: (client) => withShell(client, NEVER, (run) => run("hostname")),
};

/** What the host answers to one reader, in order. */
async function answersTo(t: TestContext, read: (client: WsmanClient) => Promise<unknown>): Promise<string[]> {
  const { relay } = await startRelayedHost(t, {
    certificates: { authorities: [CA.certPem] },
    // So many that they come in pieces.
    config: { MaxEnvelopeSizekb: 32 },
    groups: Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`Team ${index}`, []])),
    certMappings: [{ ...MAPPING, userName: ACCOUNT.name, password: ACCOUNT.password }],
  });
  const { session } = openSession(t, relay);
  const answers: string[] = [];
  await read(
    clientOf(session, async (message) => {
      const answer = await session.send(message, NEVER);
      answers.push(answer);
      return answer;
    }),
  );
  return answers;
}

function clientOf({ target, errorContext }: Session, send: (message: string) => Promise<string>): WsmanClient {
  return new WsmanClient({ target, errorContext, send } as unknown as Session);
}

const MESSAGE_ID = /MessageID[^>]*>([^<]+)</;
const RELATES_TO = /(RelatesTo[^>]*>)[^<]+</;

/** The answer as one to this request. */
function addressed(answer: string, request: string): string {
  return answer.replace(RELATES_TO, `$1${MESSAGE_ID.exec(request)?.[1] ?? ""}<`);
}

/** One change of a document: what is cut out, and what comes in its place. */
interface Change {
  /** Which answer of the exchange. */
  readonly answer: number;
  readonly kind: "tag" | "text" | "bytes" | "double";
  /** Where, as a share of the document or of its tags. */
  readonly at: number;
  readonly put: string;
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  answer: fc.nat({ max: 3 }),
  kind: fc.constantFrom("tag", "text", "bytes", "double"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  put: fc.oneof(
    fc.constantFrom(
      "",
      "0",
      "-1",
      "4294967296",
      "1e9",
      "NaN",
      "true",
      "S-1-5-",
      "uuid:x",
      "=",
      "AAAA",
      "\u0000",
      "é",
      "<a/>",
      "]]>",
      "&#0;",
      "\\",
      "a".repeat(5000),
    ),
    fc.string({ maxLength: 12 }),
  ),
});

function changed(document: string, { kind, at, put }: Change): string {
  if (kind === "bytes") {
    const start = Math.floor(at * document.length);
    return document.slice(0, start) + put + document.slice(start + put.length);
  }
  const pieces = document.split(/(<[^>]*>)/);
  const chosen = pieces.flatMap((piece, index) => (piece.startsWith("<") === (kind !== "text") ? [index] : []));
  const index = chosen[Math.floor(at * chosen.length)] ?? 0;
  if (kind === "double") pieces.splice(index, 0, ...pieces.slice(index, index + 8));
  else pieces[index] = kind === "tag" ? "" : put;
  return pieces.join("");
}

suite("an answer that was changed", { timeout: 120_000 }, () => {
  for (const [name, read] of Object.entries(READERS)) {
    test(`gives ${name} a result or a typed error`, async (t) => {
      const answers = await answersTo(t, read);
      assert.ok(answers.length > 0);
      const { session } = openSession(t, (await startRelayedHost(t)).relay);
      const outcomes = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(anyChange, { minLength: 1, maxLength: 3 }), async (changes) => {
          const documents = [...answers];
          for (const one of changes) {
            const index = one.answer % documents.length;
            documents[index] = changed(documents[index] ?? "", one);
          }
          let requests = 0;
          const client = clientOf(session, (message) => {
            const answer = documents[Math.min(requests++, documents.length - 1)] ?? "";
            return Promise.resolve(addressed(answer, message));
          });
          const outcome = await read(client).then(
            () => "result",
            (error: unknown) => (isWinrmError(error) ? error.code : assert.fail(String(error))),
          );
          assert.notEqual(outcome, "WINRM_E_INTERNAL");
          outcomes.add(outcome);
        }),
        { numRuns: 300 },
      );
      // Some changes do no harm, and some are noticed: the corpus reaches the reader.
      assert.ok(outcomes.has("result"), [...outcomes].join(" "));
      assert.ok(outcomes.has("WINRM_E_PROTOCOL"), [...outcomes].join(" "));
    });
  }
});
