import type { ApprovalNode, ExecutionScope, FinalNode, FlowDefinition, RetrySource } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Call } from '@flowplane/runtime/api';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeOneRow, unavailable } from './one-row.js';

/** A run to retry. */
export type SourceRun = RetrySource & {
  readonly status: string;
  /** Ids of the nodes it visited; only of a closed run. */
  readonly visited: () => Promise<ReadonlySet<string>>;
};

export type RunKey = Pick<ExecutionScope, 'flowId'> & { readonly executionId: string };

/** What the shell reads of runs, as the caller's tenant and workspace. Runs past their retention are gone. */
export type RunReads = {
  readonly sourceOf: (call: Call, run: RunKey) => Promise<SourceRun | undefined>;
  /** Approval nodes of the version the run is pinned to; undefined: no such run. */
  readonly approvalsOf: (call: Call, run: RunKey) => Promise<readonly ApprovalNode[] | undefined>;
};

/** Runs whose flow is gone, or another under its id, keep null. */
const SOURCE = `
  SELECT e.version, e.status, e.input, e.closed_at IS NOT NULL AS closed, e.nodes_json, e.nodes_ref,
         f.birth AS flow_birth, f.flow_id IS NULL AS flow_gone
    FROM flows.executions e
    LEFT JOIN flows.flows f
      ON f.tenant_id = e.tenant_id AND f.workspace_id = e.workspace_id AND f.flow_id = e.flow_id
     AND f.generation = e.generation AND f.deleted_at IS NULL
   WHERE e.execution_id = $1 AND e.flow_id = $2 AND (e.closed_at IS NULL OR e.closed_at > $3)`;
const PINNED = `
  SELECT v.definition
    FROM flows.executions e
    JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation, version)
   WHERE e.execution_id = $1 AND e.flow_id = $2 AND (e.closed_at IS NULL OR e.closed_at > $3)`;

/** No flow has it for its birth. */
const GONE = -1;

type SourceRow = {
  readonly version: number;
  readonly status: string;
  readonly input: string;
  readonly closed: boolean;
  readonly nodes_json: string | null;
  readonly nodes_ref: string | null;
  readonly flow_birth: string | null;
  readonly flow_gone: boolean;
};

export function makeRunReads(
  pool: Pool,
  contentStore: Pick<ContentStore, 'get'>,
  retentionMs: number,
  now: () => number,
): RunReads {
  const one = makeOneRow(pool);
  const valuesOf = ({ executionId, flowId }: RunKey) => [executionId, flowId, new Date(now() - retentionMs)];
  const nodesText = async ({ nodes_json, nodes_ref }: SourceRow): Promise<string> => {
    if (nodes_ref === null) return nodes_json ?? '[]';
    try {
      return (await contentStore.get(nodes_ref)).toString('utf8');
    } catch (cause) {
      throw unavailable(cause);
    }
  };
  return {
    sourceOf: async (call, run) => {
      const row = await one<SourceRow>(call, 'source-run', SOURCE, valuesOf(run));
      if (row === undefined) return undefined;
      const { version, status, input, closed } = row;
      const flowBirth = row.flow_gone ? GONE : row.flow_birth === null ? null : Number(row.flow_birth);
      return { version, status, input, closed, flowBirth, visited: async () => visitedIn(await nodesText(row)) };
    },
    approvalsOf: async (call, run) => {
      const row = await one<{ definition: string }>(call, 'pinned-definition', PINNED, valuesOf(run));
      if (row === undefined) return undefined;
      const { nodes } = JSON.parse(row.definition) as FlowDefinition;
      return nodes.filter((node) => node.type === 'approval');
    },
  };
}

/** @param text JSON of the final node table of a run; a node that was not visited is not in it, or `skipped` */
function visitedIn(text: string): ReadonlySet<string> {
  const nodes = JSON.parse(text) as readonly FinalNode[];
  return new Set(nodes.filter(({ status }) => status !== 'skipped').map(({ nodeId }) => nodeId));
}
