/** Ticket caches of a collection by their owners, through libkrb5, which the GSSAPI library of MIT brings with it. */
import { isWinrmError } from "../../../errors";
import { Memory } from "./memory";
import type { NativeGss } from "./native";

/** The types of cache of which one name may stand for several caches. */
const COLLECTION = /^(?:DIR|KEYRING|KCM):/;

/**
 * The name of the cache in which the principal's tickets are: `DIR::/path/tktXXXX`, `KEYRING:persistent:0:krb_ccache_XXXX`,
 * `KCM:0:1`. GSSAPI searches the collection of `KRB5CCNAME` only, which belongs to the whole process; of a collection that
 * is named to it, it looks at the primary cache. The search has a krb5 context of its own, so no other code sees its setting.
 * @param cache `DIR:/path`, `KEYRING:…`, `KCM:`; a single cache is a collection of one.
 * @returns `undefined` if there is none, or nothing to search, or the library is not MIT's: GSSAPI then says what is wrong.
 */
export async function cacheOfPrincipal(
  native: NativeGss,
  cache: string,
  principal: string,
): Promise<string | undefined> {
  if (!COLLECTION.test(cache)) return undefined;
  const cleanup: (() => void)[] = [];
  try {
    return await search(native, { cache, principal }, cleanup);
  } catch (error) {
    if (isWinrmError(error) && error.code === "WINRM_E_METHOD_UNSUPPORTED") return undefined;
    throw error;
  } finally {
    for (const end of cleanup.reverse()) end();
  }
}

async function search(
  native: NativeGss,
  { cache, principal }: { readonly cache: string; readonly principal: string },
  cleanup: (() => void)[],
): Promise<string | undefined> {
  const memory = new Memory(native);
  const contextOut = memory.handle();
  if (native.call("krb5_init_context", contextOut) !== 0) return undefined;
  const context = contextOut.readBigUInt64LE();
  cleanup.push(() => native.call("krb5_free_context", context));
  if (native.call("krb5_cc_set_default_name", context, memory.cString(cache)) !== 0) return undefined;
  const ownerOut = memory.handle();
  if (native.call("krb5_parse_name", context, memory.cString(principal), ownerOut) !== 0) return undefined;
  const owner = ownerOut.readBigUInt64LE();
  cleanup.push(() => native.call("krb5_free_principal", context, owner));
  const cacheOut = memory.handle();
  // KCM is a daemon, which may let us wait.
  if ((await native.callAsync("krb5_cc_cache_match", [context, owner, cacheOut], memory)) !== 0) return undefined;
  const found = cacheOut.readBigUInt64LE();
  cleanup.push(() => native.call("krb5_cc_close", context, found));
  const nameOut = memory.handle();
  if (native.call("krb5_cc_get_full_name", context, found, nameOut) !== 0) return undefined;
  const name = nameOut.readBigUInt64LE();
  cleanup.push(() => native.call("krb5_free_string", context, name));
  return native.copy(name, native.call("strlen", name)).toString("utf8");
}
