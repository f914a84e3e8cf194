import type { OperatorRow, Row } from '../row.js';
import { CONNECTION_ROWS } from './connections.js';
import { EXECUTION_ROWS } from './executions.js';
import { FLOW_ROWS } from './flows.js';
import { OPERATOR_ROWS } from './operator.js';
import { READ_ROWS } from './reads.js';
import { SCHEDULE_ROWS } from './schedules.js';
import { WEBHOOK_ROWS } from './webhooks.js';

/** By the names of `ROUTES`. */
export const ROWS: Readonly<Record<string, Row>> = {
  ...FLOW_ROWS,
  ...EXECUTION_ROWS,
  ...SCHEDULE_ROWS,
  ...READ_ROWS,
  ...WEBHOOK_ROWS,
  ...CONNECTION_ROWS,
};
/** By the names of `OPERATOR_ROUTES`. */
export const OPERATOR_ROUTE_ROWS: Readonly<Record<string, OperatorRow>> = OPERATOR_ROWS;
