import { CONTROL_PROJECTION } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, tenantRowsOf } from './public-query.js';

/** List and position of one moment; `models` is null without a restriction. */
export const LLM_MODELS_AS_OF = publicQuery({
  name: 'llm-models-as-of',
  text: `
    SELECT m.models,
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $1 AND partition = $2) AS "nextOffset"
      FROM (SELECT 1) AS one LEFT JOIN flows.llm_models m ON true`,
  columns: 'models text?, nextOffset int8?',
});

/**
 * Language models that an operator allows in the workspace (undefined: no restriction), and the position of that moment.
 *
 * @param partition of the events log
 */
export async function llmModelsAsOf(
  pool: Pool,
  scope: TenantScope,
  partition: number,
): Promise<{ readonly models: readonly string[] | undefined; readonly nextOffset: number }> {
  const [row] = await tenantRowsOf(pool, scope, LLM_MODELS_AS_OF, [CONTROL_PROJECTION, partition]);
  const { models = null, nextOffset = null } = row ?? {};
  return {
    models: models === null ? undefined : (JSON.parse(models) as readonly string[]),
    nextOffset: nextOffset ?? 0,
  };
}
