/**
 * Everything that is only assumed of Windows, by name: the one list that the rows of `prove`, the tags in the simulated
 * host's sources, its README and the table in docs/verification.md refer to.
 */

import type { Assumption } from "./assumptions/assumption";
import { GROUPS, LOGONS } from "./assumptions/access";
import { CONFIGURATION, MAPPINGS } from "./assumptions/configuration";
import { MESSAGES } from "./assumptions/messages";
import { WAY_BACK } from "./assumptions/way-back";

const LIST = { ...WAY_BACK, ...CONFIGURATION, ...MAPPINGS, ...LOGONS, ...GROUPS, ...MESSAGES };

/** The name of an assumption. */
export type AssumptionName = keyof typeof LIST;

/** Every assumption by its name, in the order of the pages. */
export const ASSUMPTIONS: Readonly<Record<AssumptionName, Assumption>> = LIST;
