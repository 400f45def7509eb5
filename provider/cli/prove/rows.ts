/** Every row, in the order in which a host is asked. */

import type { Row } from "./row";
import { COMMAND_ROWS } from "./rows/commands";
import { CONFIGURATION_ROWS } from "./rows/configuration";
import { REFUSED_ROWS } from "./rows/refused-settings";
import { RESTART_ROW, RESTORATION_ROWS } from "./rows/restoration";
import { RIGHTS_ROWS } from "./rows/rights";
import { BASIC_ROW, CONNECTION_ROWS, LOCAL_CLIENT_ROW, PUT_ROWS } from "./rows/service";
import { DECLINE_ROW, REHEARSAL_ROW, STORE_ROWS } from "./rows/store";
import { POLICY_ROW, TASK_RUN_ROWS } from "./rows/task-runs";
import { TASK_ROWS } from "./rows/tasks";
import { WMI_ROWS } from "./rows/wmi";

/** What changes nothing comes first, and the restart of Windows last. */
export const ROWS: readonly Row[] = [
  ...CONNECTION_ROWS,
  ...WMI_ROWS,
  ...COMMAND_ROWS,
  ...CONFIGURATION_ROWS,
  ...REFUSED_ROWS,
  LOCAL_CLIENT_ROW,
  ...TASK_ROWS,
  ...TASK_RUN_ROWS,
  REHEARSAL_ROW,
  POLICY_ROW,
  ...STORE_ROWS,
  ...PUT_ROWS,
  BASIC_ROW,
  DECLINE_ROW,
  ...RIGHTS_ROWS,
  ...RESTORATION_ROWS,
  RESTART_ROW,
];
