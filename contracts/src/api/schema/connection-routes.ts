import { Type } from '@sinclair/typebox';
import { CONNECTION_KINDS } from '../../connections/index.js';
import { PutConnectionBody } from './connection-bodies.js';
import type { RouteSchema } from './route-schema.js';
import { closed, JsonObjectShape, nullable, oneOf, PAGE, pageOf, Removed, Timestamp } from './shapes.js';

const Kind = oneOf(CONNECTION_KINDS, { $id: 'ConnectionKind' });

const Connection = closed(
  {
    name: Type.String(),
    kind: Kind,
    endpoint: JsonObjectShape,
    version: Type.Integer({ minimum: 1, description: 'Counts the PUTs of this connection.' }),
    fingerprint: nullable(
      Type.String({
        description:
          'The same for the same secret within the tenant, and of no use for anything else; null: no secret.',
      }),
    ),
    createdAt: Timestamp,
    rotatedAt: Timestamp,
    rotatedBy: Type.String({ description: 'Who put the secret that is in force.' }),
  },
  { $id: 'Connection' },
);

/** Connections (tasks 9). */
export const CONNECTION_ROUTE_SCHEMAS = {
  listConnections: {
    summary: 'The connections of the workspace, by name',
    description: 'Without their secrets.',
    query: Type.Object(PAGE),
    answers: { 200: { description: 'A page of connections.', body: pageOf(Connection) } },
    refusals: ['INVALID_QUERY'],
  },
  getConnection: {
    summary: 'A connection, without its secret',
    description: '`fingerprint` and `rotatedAt` tell whether it has the secret that is meant.',
    answers: { 200: { description: 'The connection.', body: Connection } },
    refusals: ['CONNECTION_NOT_FOUND'],
  },
  putConnection: {
    summary: 'Makes a connection, or replaces endpoint and secret of one',
    description:
      'Flows that refer to it need not be touched: attempts of tasks that begin from now on use the new secret, those ' +
      'under way keep the one they began with. The secret is never shown again.',
    body: PutConnectionBody,
    answers: {
      200: { description: 'It is replaced.', body: Connection },
      201: { description: 'It is made.', body: Connection },
    },
    refusals: [
      'INVALID_CONNECTION_NAME',
      'CONNECTION_INVALID',
      'QUOTA_EXCEEDED',
      'SECRETS_UNAVAILABLE',
      'UPGRADE_UNDER_WAY',
    ],
  },
  deleteConnection: {
    summary: 'Removes a connection that no published version refers to',
    description: 'Runs of versions that were removed find it no more; attempts under way keep what they began with.',
    answers: { 200: { description: 'It is removed.', body: Removed } },
    refusals: ['CONNECTION_NOT_FOUND', 'CONNECTION_IN_USE', 'UPGRADE_UNDER_WAY'],
  },
} as const satisfies Record<string, RouteSchema>;
