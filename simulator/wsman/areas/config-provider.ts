/** The component of Windows that serves everything under `winrm/config`: its faults are wrapped twice. */

import { SoapFault } from "../faults";
import { FAULTS, type FaultName } from "../fault-table";

const PROVIDER = { name: "Config provider", path: "%systemroot%\\system32\\WsmSvc.dll" } as const;

/** A fault of the config provider. */
export function configFault(name: FaultName, parameter = ""): SoapFault {
  return new SoapFault(FAULTS[name], parameter, PROVIDER);
}
