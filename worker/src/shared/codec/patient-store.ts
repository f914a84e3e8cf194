import { keepTrying } from '@flowplane/plumbing/periodic';
import { isStoreFault } from '@flowplane/plumbing/postgres';
import type { ContentStore } from '@flowplane/runtime/content-store';

/** Longer than any restart; a place of the worker is taken meanwhile. */
const WAIT_MS = 10 * 60 * 1000;

/**
 * A content store that waits while it is away or full, for a worker: what an attempt has done would else count as
 * failed, and might use up the attempts of its task, for a fault of ours.
 *
 * @throws what is about the data of the call at once; a fault of the store after 10 min
 */
export function patientStore(store: Pick<ContentStore, 'put' | 'get'>, waitMs = WAIT_MS): typeof store {
  const patiently = <T>(call: () => Promise<T>): Promise<T> =>
    keepTrying(call, {
      backoff: { firstMs: 100, maxMs: 5000 },
      deadlineMs: Date.now() + waitMs,
      isCurable: isStoreFault,
    });
  return {
    put: (payload, tenantId) => patiently(() => store.put(payload, tenantId)),
    get: (hash) => patiently(() => store.get(hash)),
  };
}
