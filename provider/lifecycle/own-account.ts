import type { SessionAuth } from "../session/target";

/** The account that a connection logs in as, as remote UAC sees it. */
export type OwnAccount =
  /** Its token is never filtered. */
  | { readonly kind: "domain" }
  /** An account of the host; `rid` is the last number of its SID, `undefined` where that is not known. */
  | { readonly kind: "local"; readonly name: string; readonly rid: number | undefined };

/** The built-in Administrator's relative id, whatever the account is called. */
export const BUILT_IN_ADMINISTRATOR = 500;

/** What the logon tells by itself. A name that may be of the host is taken for one, with an unknown RID. */
export function ownAccount(auth: SessionAuth): OwnAccount {
  switch (auth.method) {
    case "kerberos":
      return { kind: "domain" };
    case "certificate":
      return { kind: "local", name: `that ${auth.certificate.name} is mapped to`, rid: undefined };
    case "basic":
    case "digest":
      return { kind: "local", name: auth.credential.username, rid: undefined };
    case "ntlm":
    case "negotiate": {
      const { username } = auth.credential;
      return username.includes("@") ? { kind: "domain" } : { kind: "local", name: username, rid: undefined };
    }
  }
}
