import type { ApprovalNode, ExecutionScope, FinalNode, FlowDefinition, RetrySource } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { AnswerLimiter, Call } from '@flowplane/runtime/api';
import type { Pool } from '@flowplane/plumbing/postgres';
import { pinnedDefinition, sourceRun, stored } from '@flowplane/runtime/read-model';

/** A run to retry. */
export type SourceRun = RetrySource & {
  readonly status: string;
  /** Ids of the nodes it visited; only of a closed run. @throws Refusal 503: no store, or no room in memory */
  readonly visited: () => Promise<ReadonlySet<string>>;
};

export type RunKey = Pick<ExecutionScope, 'flowId'> & { readonly executionId: string };

/** What the shell reads of runs, as the caller's tenant and workspace. Runs past their retention are gone. */
export type RunReads = {
  readonly sourceOf: (call: Call, run: RunKey) => Promise<SourceRun | undefined>;
  /** Approval nodes of the version the run is pinned to; undefined: no such run. */
  readonly approvalsOf: (call: Call, run: RunKey) => Promise<readonly ApprovalNode[] | undefined>;
};

/** No flow has it for its birth. */
const GONE = -1;

export function makeRunReads(
  pool: Pool,
  contentStore: Pick<ContentStore, 'get' | 'sizes'>,
  answers: AnswerLimiter,
  retentionMs: number,
  now: () => number,
): RunReads {
  const of = (run: RunKey) => ({ ...run, closedSince: new Date(now() - retentionMs) });
  const visitedByHash = async (call: Call, hash: string): Promise<ReadonlySet<string>> => {
    const bytes = (await stored(contentStore.sizes([hash]))).get(hash) ?? 0;
    // As text and as what it is parsed to.
    const held = await answers.hold(call, 2 * bytes);
    try {
      return visitedIn((await stored(contentStore.get(hash))).toString('utf8'));
    } finally {
      held.release();
    }
  };
  return {
    sourceOf: async (call, run) => {
      const row = await stored(sourceRun(pool, call, of(run)));
      if (row === undefined) return undefined;
      const { version, status, input, labels, closed, nodesJson, nodesRef } = row;
      const flowBirth = row.flowGone ? GONE : row.flowBirth;
      return {
        version,
        status,
        input,
        labels,
        closed,
        flowBirth,
        visited: async () => (nodesRef === null ? visitedIn(nodesJson ?? '[]') : visitedByHash(call, nodesRef)),
      };
    },
    approvalsOf: async (call, run) => {
      const definition = await stored(pinnedDefinition(pool, call, of(run)));
      if (definition === undefined) return undefined;
      return (JSON.parse(definition) as FlowDefinition).nodes.filter((node) => node.type === 'approval');
    },
  };
}

/** @param text JSON of the final node table of a run; a node that was not visited is not in it, or `skipped` */
function visitedIn(text: string): ReadonlySet<string> {
  const nodes = JSON.parse(text) as readonly FinalNode[];
  return new Set(nodes.filter(({ status }) => status !== 'skipped').map(({ nodeId }) => nodeId));
}
