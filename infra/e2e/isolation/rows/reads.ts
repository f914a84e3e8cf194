import { nowhere, type Row } from '../row.js';

/** Routes 24, 25 and 29 of flows-api 4. */
export const READ_ROWS: Readonly<Record<string, Row>> = {
  getCommand: { domain: 'D', gate: '–', own: '200', ...nowhere('404 COMMAND_NOT_FOUND') },
  // Ids are filters here: what is not the caller's is an empty list.
  listAudit: {
    domain: 'A',
    gate: 'yes',
    own: '200',
    ...nowhere('200'),
    carries: ({ flowId = '', executionId = '' }) => ({
      query: `flowId=${encodeURIComponent(flowId)}&executionId=${encodeURIComponent(executionId)}`,
    }),
  },
  listQuotas: { domain: 'A', gate: '–', own: '200' },
};
