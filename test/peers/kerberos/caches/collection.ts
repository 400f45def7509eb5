/** What a collection of ticket caches is good for, whatever keeps it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { TestContext } from "node:test";
import type { KerberosCredential } from "../../../../provider/auth/kerberos/credentials";
import { PYTHON } from "../../ntlm/installed";
import { ClientProcess, GssPeer } from "../client-process";
import { HOST, PASSWORDS, type Realm, REALM, type RealmEnv } from "../realm";

export const ALICE = `alice@${REALM}`;
export const BOB = `bob@${REALM}`;

/** Puts a ticket of alice and one of bob into it; bob's is the primary then. Both are gone after the test. */
export function fill(t: TestContext, realm: Realm, cache: string): void {
  t.after(() => {
    realm.kdestroy(cache);
  });
  realm.kinit("alice", cache);
  realm.kinit("bob", cache);
}

/** In a process with this environment, the credential logs on as the principal. */
export async function logsOnAs(
  t: TestContext,
  principal: string,
  { credential, env }: { readonly credential: KerberosCredential; readonly env: RealmEnv },
): Promise<void> {
  const ours = client(t, env);
  await ours.open({ options: { host: HOST, credential } });
  await finish(t, ours, { id: "1", env, principal, token: (await ours.step()).token });
}

/** In a process with this environment, there is no ticket for the credential. */
export async function hasNone(t: TestContext, credential: KerberosCredential, env: RealmEnv): Promise<void> {
  const ours = client(t, env);
  await ours.open({ options: { host: HOST, credential } });
  await assert.rejects(ours.step(), { code: "WINRM_E_CREDENTIALS_REQUIRED", reason: "no-credential" });
}

/** Each principal logs on from the collection, named or set as the default, and without a principal the primary does. */
export async function servesEach(t: TestContext, realm: Realm, cache: string): Promise<void> {
  const [elsewhere, here] = [realm.env(), realm.env({ cache })];
  for (const principal of [ALICE, BOB]) {
    await logsOnAs(t, principal, { credential: { kind: "cache", cache, principal }, env: elsewhere });
    await logsOnAs(t, principal, { credential: { kind: "cache", principal }, env: here });
  }
  await logsOnAs(t, BOB, { credential: { kind: "cache", cache }, env: elsewhere });
  await logsOnAs(t, BOB, { credential: { kind: "default" }, env: here });
  const principal = `carol@${REALM}`;
  await hasNone(t, { kind: "cache", cache, principal }, elsewhere);
  await hasNone(t, { kind: "cache", principal }, here);
}

/** Principals of the collection log on at the same time in one process, beside others that it does not hold. */
export async function servesAllAtOnce(t: TestContext, realm: Realm, cache: string): Promise<void> {
  const own = `FILE:${realm.folder}/alice-of-the-process`;
  realm.kinit("alice", own);
  const env = realm.env({ cache: own });
  const ours = client(t, env);
  const from = (principal: string) => ({ kind: "cache", cache, principal }) as const;
  const password = { kind: "password", principal: BOB, password: PASSWORDS.bob } as const;
  const credentials = [from(ALICE), from(BOB), { kind: "default" }, password, from(ALICE), from(BOB)] as const;
  const principals = [ALICE, BOB, ALICE, BOB, ALICE, BOB];
  const ids = principals.map((_, index) => String(index));
  for (const [index, id] of ids.entries()) {
    await ours.open({ options: { host: HOST, credential: credentials[index]! } }, id);
  }
  const first = await ours.together(ids.map((id) => ({ op: "step", id })));
  for (const [index, principal] of principals.entries()) {
    const token = Buffer.from(first[index]?.token ?? "", "hex");
    await finish(t, ours, { id: String(index), env, principal, token });
  }
}

/** `false`, or why the kernel refuses keyrings here. That is nobody's to install, so CI=true does not mind. */
export function skipWithoutKeyrings(): string | false {
  const script = [
    "import ctypes, errno, platform, sys",
    "number = {'x86_64': 248, 'aarch64': 217}.get(platform.machine())",
    "if number is None: sys.exit('the number of add_key is not known on ' + platform.machine())",
    "libc = ctypes.CDLL(None, use_errno=True)",
    "libc.syscall.restype = ctypes.c_long",
    "process_keyring, length = ctypes.c_int(-2), ctypes.c_size_t(1)",
    "key = libc.syscall(number, b'user', b'probe', b'x', length, process_keyring)",
    "print('' if key > 0 else errno.errorcode[ctypes.get_errno()], end='')",
  ];
  const refusal = execFileSync(PYTHON, ["-c", script.join("\n")], { encoding: "utf8" });
  return refusal === "" ? false : `the kernel refuses keyrings here, as in many containers (add_key: ${refusal})`;
}

function client(t: TestContext, env: RealmEnv): ClientProcess {
  const ours = new ClientProcess(env);
  t.after(() => ours.stop());
  return ours;
}

async function finish(
  t: TestContext,
  ours: ClientProcess,
  about: {
    readonly id: string;
    readonly env: RealmEnv;
    readonly principal: string;
    readonly token: Buffer | undefined;
  },
): Promise<void> {
  const peer = await GssPeer.start("accept", about.env, { mechs: ["krb5"] });
  t.after(() => peer.stop());
  const answer = await peer.step(about.token);
  assert.deepEqual([answer.done, answer.peer], [true, about.principal]);
  assert.deepEqual(await ours.step(answer.token, about.id), { done: true });
}
