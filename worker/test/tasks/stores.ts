import type { JsonObject } from '@flowplane/contracts';
import { noConnections, type ResolveConnection } from '../../src/tasks/connections/resolve-connection.js';
import { makeStores } from '../../src/tasks/storage/stores.js';
import { makeStorageGet } from '../../src/tasks/storage-get/storage-get.js';
import { makeStoragePut } from '../../src/tasks/storage-put/storage-put.js';
import type { TaskAttempt } from '../../src/tasks/task-handler.js';
import { attemptOf, signedTenant } from './attempts.js';

type Call = (input: JsonObject, tenant?: TaskAttempt['tenant'], over?: Partial<TaskAttempt>) => Promise<JsonObject>;

/** `storage.put` and `storage.get` as the worker has them. */
export type TestStores = { readonly put: Call; readonly get: Call; readonly close: () => Promise<void> };

export type TestStoresOptions = {
  /** The operator's server; without it there is none. */
  readonly url?: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly timeoutMs?: number;
  readonly connections?: ResolveConnection;
  readonly allowedHosts?: readonly string[];
  readonly maxOutputBytes?: number;
};

/** Body of an input, where it has none. */
export const SOME_BODY = Buffer.from('some bytes').toString('base64');

export function openTestStores(options: TestStoresOptions): TestStores {
  const stores = makeStores({
    config: {
      storageEndpoint: options.url,
      storageRegion: 'us-east-1',
      storageBucket: options.bucket,
      storageAccessKey: options.url === undefined ? undefined : options.accessKeyId,
      storageSecretKey: options.url === undefined ? undefined : options.secretAccessKey,
      storageConnections: 4,
      storageTimeoutMs: options.timeoutMs ?? 60_000,
    },
    connections: options.connections ?? noConnections,
    allowedHosts: new Set(options.allowedHosts ?? []),
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  const [put, get] = [makeStoragePut(stores.open), makeStorageGet(stores.open, options.maxOutputBytes ?? 2_097_152)];
  const mine = signedTenant('t1', 'w1');
  return {
    put: (input, tenant = mine, over = {}) =>
      put({ bucketId: 'files', objectKey: 'k', body: SOME_BODY, ...input }, attemptOf(tenant as never, over)),
    get: (input, tenant = mine, over = {}) =>
      get({ bucketId: 'files', objectKey: 'k', ...input }, attemptOf(tenant as never, over)),
    close: stores.close,
  };
}
