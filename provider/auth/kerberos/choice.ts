/** Which of the two optional packages makes Kerberos logons in this process. */
import { createRequire } from "node:module";
import { WinrmError } from "../../errors";

/** `koffi`: this package's own binding to the system's library, which does everything. `kerberos`: the npm package. */
export type KerberosLibrary = "koffi" | "kerberos";

const LIBRARIES: readonly KerberosLibrary[] = ["koffi", "kerberos"];

/** Packages that this process has tried to load, and whether it could. */
const loaded = new Map<KerberosLibrary, boolean>();

/**
 * The library that `wanted` names; else koffi, and the npm package `kerberos` where only that can be loaded. Where neither
 * can be, it is koffi, whose absence is the error of the logon.
 * @param wanted the value of the environment variable `WINRM_KERBEROS`; empty and `undefined` mean not set.
 * @param loads whether a package can be loaded. Default: tries it, once per process.
 * @throws WinrmError `WINRM_E_ARGUMENT` if `wanted` is neither of them.
 */
export function chooseKerberosLibrary(wanted: string | undefined, loads = loadsHere): KerberosLibrary {
  if (wanted === undefined || wanted === "") return !loads("koffi") && loads("kerberos") ? "kerberos" : "koffi";
  const named = LIBRARIES.find((library) => library === wanted);
  if (named !== undefined) return named;
  throw new WinrmError(
    "WINRM_E_ARGUMENT",
    "environment variable WINRM_KERBEROS must be one of: koffi, kerberos; unset, it is koffi where that is installed",
  );
}

function loadsHere(library: KerberosLibrary): boolean {
  const known = loaded.get(library);
  if (known !== undefined) return known;
  const able = tryToLoad(library);
  loaded.set(library, able);
  return able;
}

function tryToLoad(library: KerberosLibrary): boolean {
  try {
    createRequire(__filename)(library);
    return true;
  } catch {
    return false;
  }
}
