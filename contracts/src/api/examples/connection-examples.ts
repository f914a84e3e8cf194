import type { OperationExamples } from './operation-examples.js';
import { AT } from './operation-examples.js';

const CRM = {
  name: 'crm',
  kind: 'http',
  endpoint: { url: 'https://crm.example.com/api/', auth: 'bearer' },
  version: 1,
  fingerprint: 'Zr1yQ0uJ7mYb9p8dF2sWkA4hTtVxN6eLc3RgOiEwKq0',
  createdAt: AT,
  rotatedAt: AT,
  rotatedBy: 'alice',
};
const ROTATED = {
  ...CRM,
  version: 2,
  fingerprint: 'mP5cX8vQyN1oG7tR3jLwBz2uKfD9sHaE6iTqYxV0n4M',
  rotatedAt: '2026-02-01T00:00:00.000Z',
};

/** tasks 9. */
export const CONNECTION_EXAMPLES = {
  listConnections: { answers: { 200: { page: { items: [CRM], nextPageToken: null } } } },
  getConnection: { answers: { 200: { connection: CRM } } },
  putConnection: {
    body: {
      http: { kind: 'http', endpoint: CRM.endpoint, secret: { token: 'the token that the CRM has given you' } },
      smtp: {
        kind: 'smtp',
        endpoint: { host: 'smtp.example.com', port: 465, secure: true, from: 'flows@example.com' },
        secret: { username: 'flows', password: 'its password' },
      },
    },
    answers: { 200: { replaced: ROTATED }, 201: { made: CRM } },
  },
  deleteConnection: { answers: { 200: { removed: { removed: true } } } },
} as const satisfies Readonly<Record<string, OperationExamples>>;
