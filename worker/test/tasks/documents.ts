import type { JsonObject } from '@flowplane/contracts';
import { MongoClient, type Db } from 'mongodb';
import { noConnections, type ResolveConnection } from '../../src/tasks/connections/resolve-connection.js';
import { makeDbQuery } from '../../src/tasks/db-query/db-query.js';
import { makeDocuments } from '../../src/tasks/db-query/mongo/documents.js';
import type { TaskAttempt } from '../../src/tasks/task-handler.js';
import { attemptOf, signedTenant } from './attempts.js';
import { openDatabaseProcesses, PUBLIC_ADDRESS, reachingLoopback } from './database-processes.js';

/** A document database as the worker opens it, and as its owner sees it. */
export type TestDocuments = {
  readonly db: Db;
  /** One `db.query` with engine mongo. @returns `result` */
  readonly query: (
    input: JsonObject,
    tenant?: TaskAttempt['tenant'],
    over?: Partial<TaskAttempt>,
  ) => Promise<JsonObject>;
  readonly close: () => Promise<void>;
};

export type TestDocumentsOptions = {
  /** `mongodb://host:port/` */
  readonly url: string;
  readonly database: string;
  readonly collections: readonly string[];
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly connections?: ResolveConnection;
  readonly allowedHosts?: readonly string[];
  /** Whether names stand for an address that is public, as far as the worker can tell. */
  readonly isPublic?: boolean;
};

export async function openTestDocuments(options: TestDocumentsOptions): Promise<TestDocuments> {
  const { url, database, collections, connections = noConnections } = options;
  const owner = new MongoClient(url);
  const db = owner.db(database);
  for (const name of collections) await db.createCollection(name);
  const maxOutputBytes = options.maxOutputBytes ?? 2_097_152;
  const processes = openDatabaseProcesses({ maxOutputBytes });
  const documents = makeDocuments({
    config: {
      dataMongoUrl: `${url}${database}`,
      dataMongoConnections: 4,
      dataMongoTimeoutMs: options.timeoutMs ?? 60_000,
    },
    ...{ maxOutputBytes, connections, processes: reachingLoopback(processes) },
    allowedHosts: new Set(options.allowedHosts ?? []),
    resolve: () => Promise.resolve([{ address: options.isPublic === true ? PUBLIC_ADDRESS : '127.0.0.1', family: 4 }]),
  });
  const run = makeDbQuery(undefined, documents.query);
  return {
    db,
    query: async (input, tenant = signedTenant('t1', 'w1'), over = {}) => {
      const { result } = await run({ engine: 'mongo', ...input }, attemptOf(tenant as never, over));
      return result as JsonObject;
    },
    close: async () => {
      await documents.close();
      await processes.close();
      await owner.close();
    },
  };
}
