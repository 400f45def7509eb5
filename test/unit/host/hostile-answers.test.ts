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
import { findAccount } from "../../../provider/host/accounts/local-accounts";
import { listLocalGroups, readHostRole, readMembers } from "../../../provider/host/accounts/local-groups";
import { readDword } from "../../../provider/host/registry";
import { withShell } from "../../../provider/host/shell";
import type { Session } from "../../../provider/session/session";
import { WsmanClient } from "../../../provider/session/wsman-client";
import { anyDocumentChange, changedDocument } from "../../support/hosts/changed-document";
import { authority, thumbprint } from "../../support/hosts/client-certificates";
import { startRelayedHost } from "../../support/hosts/hosts";
import { ACCOUNT, NEVER, openSession } from "../../support/hosts/sessions";

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

/** A change, and of which answer of the exchange. */
const anyChange = fc.record({ answer: fc.nat({ max: 3 }), change: anyDocumentChange });

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
          for (const { answer, change } of changes) {
            const index = answer % documents.length;
            documents[index] = changedDocument(documents[index] ?? "", change);
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
