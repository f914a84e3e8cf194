import { connectionNameOf } from '../connections/connection-name.js';
import { keepClients } from '../connections/kept-clients.js';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import type { AllowedHosts } from '../outbound/allowed-hosts.js';
import { checkTarget, type Resolve } from '../outbound/checked-target.js';
import { pinnedLookup } from '../outbound/pinned-lookup.js';
import { finalError } from '../task-error.js';
import type { StorageConfig } from './config.js';
import { openObjectStore, type ObjectStore } from './object-store.js';
import type { OpenStore } from './open-store.js';

export type StoresParts = {
  readonly config: StorageConfig;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
};

export type Stores = { readonly open: OpenStore; readonly close: () => Promise<void> };

/** What the client takes for one; a connection that was put by an earlier release may have another. */
const REGION = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/;

/** The operator's object store, and those of tenants' connections. */
export function makeStores({ config, connections, allowedHosts, resolve }: StoresParts): Stores {
  const limits = { maxConnections: config.storageConnections, timeoutMs: config.storageTimeoutMs };
  const own = operatorsStore(config);
  const kept = keepClients<ObjectStore>({ closeClient: (store) => store.close() });
  return {
    open: async (params, attempt, work) => {
      const name = connectionNameOf(params);
      if (name === undefined) {
        if (own === undefined) throw finalError('CAPABILITY_UNAVAILABLE', 'No object store is configured here.');
        return work(own);
      }
      const { version, endpoint, secret } = await connections('s3', name, attempt);
      const { tenantId, workspaceId } = attempt.tenant;
      const openOne = async (): Promise<ObjectStore> => {
        const { url, addresses } = await checkTarget(endpoint.url, allowedHosts, resolve);
        const { region, bucket } = endpoint;
        if (!REGION.test(region)) {
          throw finalError('VALIDATION_ERROR', 'The region of the connection is none: letters, digits and hyphens.');
        }
        return openObjectStore({
          ...{ endpoint: url.toString(), region, bucket, ...secret, ...limits },
          lookup: pinnedLookup(addresses),
        });
      };
      return kept.use({ tenantId, workspaceId, name, version }, openOne, work);
    },
    close: async () => {
      own?.close();
      await kept.close();
    },
  };
}

function operatorsStore(config: StorageConfig): ObjectStore | undefined {
  const { storageEndpoint, storageAccessKey, storageSecretKey } = config;
  if (storageEndpoint === undefined || storageAccessKey === undefined || storageSecretKey === undefined)
    return undefined;
  return openObjectStore({
    endpoint: storageEndpoint,
    region: config.storageRegion,
    bucket: config.storageBucket,
    accessKeyId: storageAccessKey,
    secretAccessKey: storageSecretKey,
    maxConnections: config.storageConnections,
    timeoutMs: config.storageTimeoutMs,
  });
}
