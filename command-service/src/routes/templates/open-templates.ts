import type { Logger } from '@flowplane/plumbing/logging';
import type { Periodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { stored, templateSecretsInUse } from '@flowplane/runtime/read-model';
import { makeSecretStore, startSecretSweep, type MasterKeys, type SecretsInUse } from '@flowplane/runtime/secrets';
import { makeTemplateReads } from '../../reads/template-reads.js';
import { FINGERPRINT_SECRET } from './kept-secrets.js';
import { makeRunEnds } from './run-ends.js';
import type { TemplateContext } from './template-context.js';

type Base = Omit<TemplateContext, 'templateOf' | 'secretStore' | 'runEnds' | 'maxRunWaitMs'>;

/** What routes of templates need beside what all commands need; also has secrets swept that nothing refers to. */
export function openTemplates<Shared extends Base>(
  shared: Shared,
  options: {
    readonly readPool: Pool;
    readonly statePool: Pool;
    readonly masterKeys: MasterKeys;
    readonly maxRunWaitMs: number;
    readonly logger: Logger;
  },
): { readonly context: Shared & TemplateContext; readonly sweep: Periodic } {
  const { readPool, statePool, maxRunWaitMs, logger } = options;
  const runEnds = makeRunEnds();
  shared.tail.onEvent(runEnds.heard);
  const inUse: SecretsInUse = async (tenantId, secretIds) => {
    const used = await stored(templateSecretsInUse(readPool, tenantId, secretIds));
    return new Set([...used, FINGERPRINT_SECRET]);
  };
  return {
    context: {
      ...shared,
      ...{ runEnds, maxRunWaitMs },
      templateOf: makeTemplateReads(readPool),
      secretStore: makeSecretStore(statePool, options.masterKeys),
    },
    sweep: startSecretSweep({ pool: statePool, inUse: [inUse], logger }),
  };
}
