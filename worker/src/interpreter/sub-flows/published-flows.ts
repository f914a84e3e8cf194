import type { FlowDefinition } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { LogPlace } from '../../shared/run-input.js';

export type PublishedVersionRef = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly version: number;
};

/** Published versions of flows that exist, from the read model. */
export type PublishedFlows = {
  /**
   * @param since the read model must have everything of the log before this place to say that there is no version;
   * null: it may say so as it is
   * @returns undefined when there is no such version, or its flow is deleted
   * @throws ReadModelBehind, errors of pg: worth another try
   */
  readonly find: (ref: PublishedVersionRef, since: LogPlace | null) => Promise<FlowDefinition | undefined>;
};

export class ReadModelBehind extends Error {
  override readonly name = 'ReadModelBehind';
}

/** Version and progress of one moment. */
const FIND = `
  SELECT (SELECT v.definition
            FROM flows.flows f
            JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
           WHERE f.tenant_id = $1 AND f.workspace_id = $2 AND f.flow_id = $3 AND f.deleted_at IS NULL
             AND v.version = $4) AS definition,
         (SELECT next_offset FROM flows.projection_progress WHERE projection = 'control' AND partition = $5)
           AS next_offset`;
const NO_PARTITION = -1;

export function makePublishedFlows(readPool: Pool): PublishedFlows {
  return {
    find: async (ref, since) => {
      const values = [ref.tenantId, ref.workspaceId, ref.flowId, ref.version, since?.partition ?? NO_PARTITION];
      const { rows } = await readPool.query<{ definition: string | null; next_offset: string | null }>({
        name: 'find-sub-flow',
        text: FIND,
        values,
      });
      const text = rows[0]?.definition ?? null;
      if (text !== null) return JSON.parse(text) as FlowDefinition;
      const reached = Number(rows[0]?.next_offset ?? 0);
      if (since !== null && reached < since.offset) {
        throw new ReadModelBehind(
          `the read model is at offset ${reached} of ${since.partition}, not at ${since.offset}`,
        );
      }
      return undefined;
    },
  };
}
