import { type ErrorCode, type WinrmError, isWinrmError } from "../errors";
import { WsmanFault } from "../wsman/faults";

/** Hosts that reply to a request and do not carry it out: that says nothing of the connection. */

const DENIED: ReadonlySet<ErrorCode> = new Set(["WINRM_E_ACCESS_DENIED", "WINRM_E_FAULT", "WINRM_E_NOT_FOUND"]);

/** The account may not do it, or the host does not have it. */
function isDenied(error: unknown): error is WinrmError {
  return isWinrmError(error) && DENIED.has(error.code);
}

/** The host responded, with any fault or a denial; anything else is a failure of the session. */
export function isRefused(error: unknown): error is WinrmError {
  return error instanceof WsmanFault || isDenied(error);
}

/** What the host does not let the account read is not known. */
export async function unlessDenied<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isDenied(error)) throw error;
    return undefined;
  }
}
