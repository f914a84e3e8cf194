import {
  PROVISIONING_SETTINGS,
  readBooleanParameter,
  readPlainQuery,
  readSettingsRequest,
  SETTING_PREFIX,
  SETTING_SCOPES,
  settingVariable,
  shownSettings,
  type SettingChange,
} from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import {
  checkedValue,
  sentValue,
  templateRoute,
  type TemplateAccessOptions,
  type TemplateCall,
} from '@flowplane/runtime/api';
import type { ClusterState } from '@flowplane/runtime/provisioning';
import { stored } from '@flowplane/runtime/read-model';
import type { FastifyInstance } from 'fastify';

export type ClusterSettingsContext = {
  readonly state: Pick<ClusterState, 'store' | 'change'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Pick<Logger, 'info'>;
};

const NAMES = ['flat_settings', 'timeout', 'cluster_manager_timeout', 'master_timeout'];

/** Settings of provisioning that change while processes run, as OpenSearch changes its own (provisioning 18). */
export function addClusterSettingsRoutes(
  app: FastifyInstance,
  access: TemplateAccessOptions,
  { state, env, logger }: ClusterSettingsContext,
): void {
  templateRoute(app, access, 'clusterSettings', async (call) => {
    const isFlat = isSet(call, 'flat_settings', NAMES);
    const request = checkedValue(readSettingsRequest(sentValue(call)));
    const changedBy = call.identity.actorId;
    await stored(state.change({ ...request, changedBy }));
    // Nothing of the log: settings are of the platform, and the log is of tenants.
    logger.info({ changedBy, ...request, correlationId: call.correlationId }, 'settings of provisioning were changed');
    const [persistent, transient] = SETTING_SCOPES.map((scope) => shownSettings(setIn(request[scope]), isFlat));
    return { status: 200, body: { acknowledged: true, persistent, transient } };
  });

  templateRoute(app, access, 'getClusterSettings', async (call) => {
    const names = [...NAMES, 'include_defaults', 'local'];
    const isFlat = isSet(call, 'flat_settings', names);
    const withDefaults = isSet(call, 'include_defaults', names);
    const kept = await stored(state.store.read());
    const set = { ...kept.persistent, ...kept.transient };
    return {
      status: 200,
      body: {
        persistent: shownSettings(kept.persistent, isFlat),
        transient: shownSettings(kept.transient, isFlat),
        ...(withDefaults ? { defaults: shownSettings(unset(set, env), isFlat) } : {}),
      },
    };
  });
}

function isSet({ pairs, path }: TemplateCall, name: string, names: readonly string[]): boolean {
  const query = checkedValue(readPlainQuery(pairs, path, names));
  return checkedValue(readBooleanParameter(query.get(name)));
}

const setIn = (change: SettingChange): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(change).flatMap(([name, text]) => (text === null ? [] : [[name, text]])));

/** Of settings that nothing was set for at run time: what counts. */
function unset(
  set: Readonly<Record<string, string>>,
  env: ClusterSettingsContext['env'],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PROVISIONING_SETTINGS.flatMap((setting) => {
      const name = SETTING_PREFIX + setting.name;
      const text = env[settingVariable(setting)] ?? '';
      const fallback = setting.kind === 'time' ? `${Number(setting.fallback) / 1000}s` : String(setting.fallback);
      return name in set ? [] : [[name, text === '' ? fallback : text]];
    }),
  );
}
