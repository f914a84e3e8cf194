import { listen, type Listener } from '@flowplane/plumbing/postgres';

/** One channel of the state database for settings and lookups, so that a process needs one connection for both. */
export const PROVISIONING_CHANNEL = 'flows_provisioning';

/** What notifications say: settings were changed, a lookup waits for a worker, or the one with that id has its answer. */
export type ProvisioningNews = 'settings' | 'asked' | `answered:${string}`;

export type NewsReader = {
  readonly onNews: (news: string) => void;
  /** Reads what may have been missed, after every (re)connect. A throw connects again. */
  readonly onConnect: () => Promise<void>;
};

/** @param url of the state database */
export function followNews(url: string, readers: readonly NewsReader[]): Listener {
  return listen(
    url,
    PROVISIONING_CHANNEL,
    (payload) => {
      for (const reader of readers) reader.onNews(payload);
    },
    async () => {
      for (const reader of readers) await reader.onConnect();
    },
  );
}
