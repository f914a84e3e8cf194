import { fileURLToPath } from 'node:url';
import type { FlowDefinition, FlowNode } from '@flowplane/contracts';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';

const READ_MODEL = fileURLToPath(new URL('../../../projection-service/migrations', import.meta.url));

type Workspace = { readonly tenantId: string; readonly workspaceId: string };

/** The part of the read model that sub-flows are read from, as the projection would write it. */
export type TestFlows = {
  readonly publish: (flowId: string, flow: readonly FlowNode[] | FlowDefinition, of?: Workspace) => Promise<void>;
  readonly remove: (flowId: string) => Promise<void>;
  /** Says how far the control projection is in partition 0. */
  readonly projected: (nextOffset: number) => Promise<void>;
};

/** @param own workspace of the test's runs */
export async function openTestFlows(pool: Pool, own: Workspace): Promise<TestFlows> {
  await migrate(pool, { schema: 'flows', directory: READ_MODEL });
  return {
    publish: (flowId, flow, of = own) => {
      const definition = 'nodes' in flow ? flow : { apiVersion: 'v1.0' as const, name: flowId, nodes: flow };
      return publishInto(pool, of, flowId, definition);
    },
    remove: async (flowId) => {
      await pool.query(
        'UPDATE flows.flows SET deleted_at = now() WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3',
        [own.tenantId, own.workspaceId, flowId],
      );
    },
    projected: async (nextOffset) => {
      await pool.query(
        `INSERT INTO flows.projection_progress (projection, partition, next_offset, epoch, owner)
         VALUES ('control', 0, $1, 1, 'test')
         ON CONFLICT (projection, partition) DO UPDATE SET next_offset = excluded.next_offset`,
        [nextOffset],
      );
    },
  };
}

/** Makes `definition` version 1 of a flow. */
export async function publishInto(
  pool: Pool,
  { tenantId, workspaceId }: Workspace,
  flowId: string,
  definition: FlowDefinition,
): Promise<void> {
  const values = [tenantId, workspaceId, flowId];
  await pool.query(
    `INSERT INTO flows.flows (tenant_id, workspace_id, flow_id, generation, name, dsl_api_version, latest_version,
                              revision, created_by, created_at, updated_at)
     VALUES ($1, $2, $3, 0, $3, 'v1.0', 1, 1, 'alice', now(), now()) ON CONFLICT DO NOTHING`,
    values,
  );
  await pool.query(
    `INSERT INTO flows.flow_versions (tenant_id, workspace_id, flow_id, generation, version, dsl_api_version,
                                      definition, triggers, created_by, created_at)
     VALUES ($1, $2, $3, 0, 1, 'v1.0', $4, '[]', 'alice', now())
     ON CONFLICT (tenant_id, workspace_id, flow_id, generation, version) DO UPDATE
       SET definition = excluded.definition`,
    [...values, JSON.stringify(definition)],
  );
}
