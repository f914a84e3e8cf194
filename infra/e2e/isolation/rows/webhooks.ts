import { NO_FLOW, nowhere, type Row } from '../row.js';

/** Routes 26 to 28 and 42 of flows-api 4, and rotations. */
export const WEBHOOK_ROWS: Readonly<Record<string, Row>> = {
  listWebhooks: { domain: 'A', gate: '–', own: '200' },
  listEventTriggers: { domain: 'A', gate: '–', own: '200' },
  listDeliveries: { domain: 'A', gate: '–', own: '200', ...nowhere(NO_FLOW) },
  redeliverWebhook: { domain: 'A', gate: 'yes', own: '202', ...nowhere('404 DELIVERY_NOT_FOUND') },
  rotateWebhookSecret: { domain: 'A', gate: 'yes', own: '201', ...nowhere(NO_FLOW) },
};
