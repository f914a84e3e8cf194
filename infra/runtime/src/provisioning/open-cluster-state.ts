import {
  checkSetting,
  readSettings,
  settingNamed,
  withSettings,
  type CheckedSetting,
  type ProvisioningSettings,
} from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeClusterLookups, type ClusterLookups } from './ask-cluster.js';
import { followNews } from './channel.js';
import { followSettings, makeSettingsStore, type SettingsStore, type SettingTexts } from './settings.js';

/** What a service that has routes of templates knows from the state database. */
export type ClusterState = {
  /** As they are now (provisioning 18): what was set at run time, then the environment, then the defaults. */
  readonly settings: () => ProvisioningSettings;
  readonly store: Pick<SettingsStore, 'read'>;
  /** Changes settings; this process has them when it resolves, the others are notified. */
  readonly change: SettingsStore['change'];
  readonly cluster: ClusterLookups;
  readonly close: () => Promise<void>;
};

/**
 * @param options.pool of the state database `url`, with `PROVISIONING_MIGRATIONS` applied
 * @param options.env whose faults were reported already
 */
export async function openClusterState(options: {
  readonly pool: Pool;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<ClusterState> {
  const store = makeSettingsStore(options.pool);
  const base = readSettings(options.env).settings;
  const followed = await followSettings(store, (texts) => withSettings(base, usable(texts)));
  const cluster = makeClusterLookups(options.pool);
  const news = followNews(options.url, [followed, cluster]);
  return {
    settings: followed.settings,
    store,
    change: async (change) => {
      const kept = await store.change(change);
      await followed.refresh();
      return kept;
    },
    cluster,
    close: async () => {
      await news.close();
      await followed.close();
    },
  };
}

/** What another release may have kept, and this one does not know or take, does not count. */
function usable(texts: SettingTexts): readonly CheckedSetting[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    const read = checkSetting(name, text);
    return read.ok && settingNamed(name)?.isDynamic === true ? [read.value] : [];
  });
}
