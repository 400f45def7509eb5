import { accountScope, parseAccountName } from "../../account-name";
import type { ErrorContext } from "../../errors";
import { type SessionTarget, accountOf } from "../target";

const GROUP = "the account is not a member of the host's Administrators group";
const SDDL = "the service's RootSDDL does not grant Administrators access";
const FILTERED =
  "it is a local administrator other than the built-in Administrator, and remote UAC filters its token (LocalAccountTokenFilterPolicy is 0 or absent)";

const LOCAL_WAY_OUT =
  "log in with a domain administrator of the host or with the built-in Administrator, or set LocalAccountTokenFilterPolicy to 1 on the host, which grants all its local administrators remote access";

const BUILT_IN_WAY_OUT =
  "on the host, winrm get winrm/config/service shows RootSDDL: grant Administrators access again, and make sure that the account is one of them";

/**
 * Why a host that took the logon refuses the request, likeliest first. Remote UAC filters the tokens of the host's own
 * accounts only, so for them it comes first, and for accounts of a domain not at all.
 */
export function accessDeniedAdvice(target: SessionTarget): ErrorContext {
  const account = accountOf(target.auth).toLowerCase();
  const scope = scopeOf(target, account);
  switch (scope) {
    case "domain":
      return {
        causes: [GROUP, SDDL],
        remedy:
          "make the account, or a group that it is in, a member of the host's Administrators, or log in with one that is",
      };
    case "unknown":
      return { causes: [GROUP, FILTERED, SDDL], remedy: LOCAL_WAY_OUT };
    case "host": {
      const named = parseAccountName(account);
      const builtIn = "name" in named && named.name === "administrator";
      return builtIn
        ? { causes: [SDDL, GROUP, FILTERED], remedy: BUILT_IN_WAY_OUT }
        : { causes: [FILTERED, GROUP, SDDL], remedy: LOCAL_WAY_OUT };
    }
  }
}

function scopeOf({ auth, host }: SessionTarget, account: string): ReturnType<typeof accountScope> {
  if (auth.method === "kerberos") return "domain";
  // Certificates are mapped to accounts of the host.
  return auth.method === "certificate" ? "host" : accountScope(account, host);
}
