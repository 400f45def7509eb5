/** Accounts for gss-ntlmssp, from which curl takes NTLM under Negotiate. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./peer";

/** The environment of a client that has one account, `DOMAIN:user:password`, and no tickets. */
export function gssNtlm(t: TestContext, account: string): NodeJS.ProcessEnv {
  const folder = temporaryFolder(t);
  const credentials = join(folder, "ntlm");
  writeFileSync(credentials, `${account}\n`, { mode: 0o600 });
  return { NTLM_USER_FILE: credentials, KRB5CCNAME: `FILE:${join(folder, "no-tickets")}` };
}
