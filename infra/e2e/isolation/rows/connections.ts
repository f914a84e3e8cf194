import { nowhere, type Row } from '../row.js';

const NO_CONNECTION = '404 CONNECTION_NOT_FOUND';

/** Routes 32 to 35 of flows-api 4, and tasks 9. */
export const CONNECTION_ROWS: Readonly<Record<string, Row>> = {
  listConnections: { domain: 'A', gate: 'yes', own: '200' },
  getConnection: { domain: 'A', gate: 'yes', own: '200', ...nowhere(NO_CONNECTION) },
  // Names are of a workspace, so one that is taken elsewhere is free here.
  putConnection: {
    domain: 'A',
    gate: 'yes',
    own: '200',
    foreign: '201',
    unknown: '201',
    malformed: '400 INVALID_CONNECTION_NAME',
    fresh: 'foreign connection',
    carries: () => ({ body: { kind: 'llm', endpoint: { url: 'https://llm.example.com/' }, secret: { apiKey: 'k' } } }),
  },
  deleteConnection: { domain: 'A', gate: 'yes', own: '200', ...nowhere(NO_CONNECTION), fresh: 'connection' },
};
