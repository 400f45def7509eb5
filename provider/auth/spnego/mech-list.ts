/** Protection of the negotiation itself: a MIC over the list of mechanisms that the initiator offered. RFC 4178 §5 */
import type { AnyMessageProtection, MessageProtection } from "../auth-context";

/** Message protection that can also sign the list. Each MIC takes one sequence number of its direction. */
export interface MechListProtection extends MessageProtection {
  /** @param list the DER bytes of MechTypeList, as they were sent. */
  signMechList(list: Buffer): Buffer;
  /** @throws WinrmError `WINRM_E_MESSAGE_INTEGRITY` if the MIC is not the other end's over this list. */
  verifyMechList(list: Buffer, mic: Buffer): void;
}

/** Whether a mechanism's protection can sign the list. */
export function protectsMechList(protection: AnyMessageProtection): protection is MechListProtection {
  return "signMechList" in protection && "verifyMechList" in protection;
}
