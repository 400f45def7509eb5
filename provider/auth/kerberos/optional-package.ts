/** Loading a package that users install only where they need it. */
import { WinrmError } from "../../errors";

/**
 * What `load` gives.
 * @throws WinrmError `WINRM_E_METHOD_UNSUPPORTED` that says who asked for the package and how to install it.
 */
export function orMissing(load: () => unknown, { asked, remedy }: { asked: string; remedy: string }): unknown {
  try {
    return load();
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
    const what = missing ? "is not installed" : "cannot be loaded on this system";
    throw new WinrmError("WINRM_E_METHOD_UNSUPPORTED", `${asked}, which ${what}.`, { remedy, cause });
  }
}
