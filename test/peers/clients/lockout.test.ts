/** What a wrong password of other people's clients costs an account, and how a locked account looks to them. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { SimulatedHost } from "../../../simulator";
import { skipWithoutGssNtlm } from "../ntlm/installed";
import { getMessage } from "./messages";
import { curl, type PywinrmJob, pywinrm, skipWithoutCurl, skipWithoutCurlFor, skipWithoutPywinrm } from "./peer";
import { gssNtlm } from "./gss-ntlm";

const USER = "Administrator";
const PASSWORD = "Winter-2031!";
const THRESHOLD = 3;

type Client = (t: TestContext, host: SimulatedHost, password: string) => Promise<number | null | undefined>;

interface Peer {
  readonly skip: string | false;
  readonly ask: Client;
}

function curlWith(skip: string | false, credentials: (t: TestContext, password: string) => CurlCredentials): Peer {
  return {
    skip,
    ask: async (t, host, password) => {
      const request = { url: host.https!.url, body: getMessage(), ...credentials(t, password) };
      return (await curl(t, request)).status;
    },
  };
}

interface CurlCredentials {
  readonly config: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

function pywinrmWith(transport: PywinrmJob["transport"]): Peer {
  return {
    skip: skipWithoutPywinrm(),
    ask: async (t, host, password) => {
      const job = { endpoint: host.https!.url, transport, validation: "ignore", username: USER, password } as const;
      const [answer] = await pywinrm(t, { ...job, messages: [getMessage()] });
      return answer!.error === undefined ? 200 : answer!.code;
    },
  };
}

const noCurl = skipWithoutCurl();
const noNegotiate = skipWithoutCurlFor("SPNEGO") || skipWithoutGssNtlm();

const PEERS: Readonly<Record<string, Peer>> = {
  "curl with Basic": curlWith(noCurl, (_t, password) => ({
    config: ["basic", "insecure", `user = "${USER}:${password}"`],
  })),
  "curl with NTLM in Negotiate": curlWith(noNegotiate, (t, password) => ({
    config: ["negotiate", "insecure", 'user = ":"'],
    env: gssNtlm(t, `WEB01:${USER}:${password}`),
  })),
  "pywinrm with Basic": pywinrmWith("basic"),
  "pywinrm with NTLM": pywinrmWith("ntlm"),
};

suite("Account lockout and other clients", () => {
  for (const [name, { skip, ask }] of Object.entries(PEERS)) {
    test(`${name}: one wrong password is one failure, and a locked account is refused as if it were wrong`, {
      skip,
    }, async (t) => {
      const host = await SimulatedHost.start({
        accounts: [{ name: USER, password: PASSWORD }],
        https: true,
        config: { "service/auth/Basic": true },
        lockout: { threshold: THRESHOLD },
      });
      t.after(() => host.stop());
      for (let count = 1; count <= THRESHOLD; count += 1) {
        assert.equal(host.accounts.isLocked(USER), false);
        assert.equal(await ask(t, host, "wrong"), 401);
        assert.equal(host.journal.logonFailures().length, count);
      }
      assert.equal(host.accounts.isLocked(USER), true);
      assert.equal(await ask(t, host, PASSWORD), 401);
      assert.equal(host.journal.logonFailures().at(-1)!.refusal, "locked");
      host.accounts.unlock(USER);
      assert.equal(await ask(t, host, PASSWORD), 200);
    });
  }
});
