/** Certificate mappings over the control interface. */

import { WinrmError } from "../../provider/errors";
import type { ControlArea } from "./area";

/**
 * `GET mappings`; `PUT mappings/<uri>/<subject>/<issuer>` with `{"value": "enabled"}` or `{"value": "disabled"}`; `DELETE` of
 * the same path.
 */
export const mappingsArea: ControlArea = async ({ method, path, value }, { certMappings }) => {
  const [uri = "", subject = "", issuer = ""] = path;
  const key = { uri, subject, issuer };
  switch (method) {
    case "GET":
      return certMappings.list();
    case "PUT":
      certMappings.change(key, { enabled: isEnabled(await value()) });
      return certMappings.list();
    case "DELETE":
      if (certMappings.find(key) === undefined) {
        throw new WinrmError("WINRM_E_ARGUMENT", `the host has no mapping for ${JSON.stringify(subject)}`);
      }
      certMappings.remove(key);
      return certMappings.list();
    default:
      return undefined;
  }
};

function isEnabled(value: string): boolean {
  if (value === "enabled" || value === "disabled") return value === "enabled";
  throw new WinrmError("WINRM_E_ARGUMENT", `a mapping is "enabled" or "disabled", not ${JSON.stringify(value)}`);
}
