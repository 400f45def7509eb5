/** NTLM for the accounts of the host and of its domain. */

import type { Accounts } from "../windows/accounts";
import type { ConfigStore } from "../windows/config/store";
import type { Sam } from "../windows/sam/sam";
import { type CbtLevel, createNtlmAcceptor, type NtlmAcceptor } from "./ntlm-acceptor";
import { type Mechanism, type MechanismStep, refusal } from "./mechanism";

/** The host as an NTLM logon sees it. */
export interface NtlmHost {
  /** The NetBIOS name. */
  readonly name: string;
  readonly accounts: Accounts;
  readonly sam: Sam;
  readonly config: ConfigStore;
}

/** @param channelBinding the binding of the https listener's certificate; absent on http. */
export function createNtlmMechanism(host: NtlmHost, channelBinding: Buffer | undefined): Mechanism {
  const { name, accounts, config, sam } = host;
  const acceptor = createNtlmAcceptor({
    computerName: name,
    domainName: sam.domain?.name ?? name,
    dnsComputerName: name,
    dnsDomainName: sam.domain?.dnsName ?? name,
    lookup: ({ domain, user }) => accounts.hashOf(domain, user),
    cbtLevel: config.get("service/auth/CbtHardeningLevel") as CbtLevel,
    // Windows takes a client that sends no MIC, and checks the one that is announced.
    requireMic: false,
    ...(channelBinding === undefined ? {} : { channelBinding }),
  });
  return {
    name: "NTLM",
    step: (token) => Promise.resolve(step(acceptor, accounts, token)),
    protection: () => acceptor.protection(),
    signer: () => acceptor.signer(),
    dispose: () => undefined,
  };
}

function step(acceptor: NtlmAcceptor, accounts: Accounts, token: Buffer): MechanismStep {
  const { token: challenge, done, account: claimed, rejected } = acceptor.step(token);
  if (challenge !== undefined) return { kind: "more", token: challenge };
  if (claimed === undefined) return refusal("malformed token");
  if (!done && rejected !== "wrong-password" && rejected !== "no-such-user") {
    return refusal(rejected ?? "malformed", { account: claimed.user });
  }
  const verdict = accounts.judge(claimed, done);
  if (typeof verdict !== "string") return { kind: "done", account: verdict };
  return refusal(verdict, { account: claimed.user, logonFailure: true });
}
