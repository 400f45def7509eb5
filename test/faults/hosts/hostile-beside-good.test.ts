/** One hostile host in a run of many, in one provider process with a small heap. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { projectRoot } from "../../../tools/pulumi-cli/locations";
import { type SealedMessageIn, answer, sealedFrame, startSealed } from "../../support/hosts/hostile-server";
import { startHost } from "../../support/hosts/hosts";
import { ACCOUNT } from "../../support/hosts/sessions";

const HOSTS = 6;
const RESOURCES_OF_A_HOST = 10;
const HEAP_MB = 256;

/** Creates every resource at once, as the engine does, and prints which of them failed with which code. */
const CHILD = `
  const runtime = require(process.argv[1]);
  const create = async ({ kind, props }) => {
    const checked = await runtime[kind].check({}, props);
    if (checked.failures?.length > 0) throw new Error(JSON.stringify(checked.failures));
    return runtime[kind].create(checked.inputs);
  };
  const settle = async (resource) => create(resource).then(() => "created", (error) => /WINRM_E_[A-Z_]+/.exec(error.message)?.[0] ?? error.message);
  Promise.all(JSON.parse(process.argv[2]).map(settle)).then((outcomes) => {
    process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
  });`;

/** Whatever is asked: an instance of 1.9 MB, and more to come. */
function flood({ response, protection, soap }: SealedMessageIn): void {
  const action = /<a:Action[^>]*>([^<]*)</.exec(soap)?.[1] ?? "";
  const kind = action.endsWith("/Enumerate") ? "EnumerateResponse" : "PullResponse";
  const item = `<p:I xmlns:p="urn:p">${`<p:Name>${"x".repeat(60)}</p:Name>`.repeat(20_000)}</p:I>`;
  const text =
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">` +
    `<s:Header><a:Action>${action}Response</a:Action><a:RelatesTo>${/<a:MessageID>([^<]*)</.exec(soap)?.[1] ?? ""}</a:RelatesTo></s:Header>` +
    `<s:Body><n:${kind} xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"><n:EnumerationContext>c</n:EnumerationContext>` +
    `<n:Items>${item}</n:Items></n:${kind}></s:Body></s:Envelope>`;
  answer(response, sealedFrame(protection, text));
}

suite("A1: one hostile host beside 60 good resources", { timeout: 300_000 }, () => {
  test("all of them are applied, in a heap of 256 MB, and the hostile one's fail with a code", async (t) => {
    const hosts = await Promise.all(Array.from({ length: HOSTS }, () => startHost(t)));
    const hostile = await startSealed(t, flood);
    const connection = (port: number) => ({
      host: "127.0.0.1",
      port,
      transport: "http",
      auth: { method: "ntlm", username: ACCOUNT.name, password: ACCOUNT.password },
    });
    const good = hosts.flatMap(({ http }) =>
      Array.from({ length: RESOURCES_OF_A_HOST }, (_, index) => ({
        kind: "TrustedHosts",
        props: { connection: connection(http!.port), entries: [`peer${index}.test`] },
      })),
    );
    const bad = Array.from({ length: 4 }, () => ({
      kind: "GroupMembership",
      props: { connection: connection(hostile.port), group: "Remote Management Users", members: ["ops"] },
    }));
    const args = ["-e", CHILD, join(projectRoot, "dist/provider/runtime.js"), JSON.stringify([...bad, ...good])];
    const env = { ...process.env, WINRM_TRUSTED_HOSTS: "127.0.0.1" };
    const run = promisify(execFile)(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...args], { env });
    const outcomes = JSON.parse((await run).stdout) as string[];
    assert.deepEqual(
      outcomes.slice(0, bad.length),
      bad.map(() => "WINRM_E_PROTOCOL"),
    );
    assert.deepEqual(
      outcomes.slice(bad.length),
      good.map(() => "created"),
    );
    for (const host of hosts) {
      const entries = host.config.get("client/TrustedHosts").split(",");
      assert.equal(entries.length, RESOURCES_OF_A_HOST);
    }
  });
});
