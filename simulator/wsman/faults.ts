/** Faults as the simulated host answers with them. */

import { FAULTS, type FaultKind, type FaultName, type Language, provider, texts } from "./fault-table";

/** Thrown by an area or a header rule; the service turns it into a fault answer with HTTP 500. */
export class SoapFault extends Error {
  override readonly name = "SoapFault";
  constructor(
    readonly kind: FaultKind,
    readonly parameter = "",
    /** The component that refused, if the fault is wrapped: the path names its program file. */
    readonly provider?: { readonly name: string; readonly path: string },
  ) {
    super(faultText(kind, parameter, "en-US"));
  }
}

/** A fault by name. */
export function fault(name: FaultName, parameter = ""): SoapFault {
  return new SoapFault(FAULTS[name], parameter);
}

/** A fault by number, for fault injection: the known kind, or a Receiver fault with an `InternalError` subcode. */
export function faultByCode(code: number): SoapFault {
  const known = Object.values<FaultKind>(FAULTS).find((kind) => kind.code === code);
  return new SoapFault(known ?? provider(code, texts(`Error ${code}.`, `Fehler ${code}.`)));
}

/** The text in one language, with the trailing blank that Windows writes. */
export function faultText(kind: FaultKind, parameter: string, language: Language): string {
  return `${kind.text[language].replace("{0}", () => parameter)} `;
}
