import type { SubFlowNode } from '@flowplane/contracts';
import {
  subFlowReferences,
  subFlowTotals,
  subFlowVersion,
  type ResolveSubFlow,
} from '@flowplane/contracts/flow/sub-flow-totals';
import { recorded } from './evaluated.js';
import { loadSubFlowTotals } from './local-activities.js';
import { RunFault } from './run-fault.js';
import type { RunSession } from './run-session.js';
import { makeSubFlowSlots, type SubFlowPlaces, type SubFlowSlot } from './sub-flow-slots.js';

/**
 * Waits until the run of a sub-flow may be open (flow-language 10.6).
 *
 * @returns undefined for a run of an earlier release, which has no bounds: every replay must decide alike
 * @throws RunFault `SubFlowLimitExceeded` when this run could start too many
 */
export async function takePlace(session: RunSession, node: SubFlowNode): Promise<SubFlowSlot | undefined> {
  const { subFlowMaxRuns: maxRuns, subFlowMaxOpen: maxOpen } = session.run.limits ?? {};
  if (maxRuns === undefined || maxOpen === undefined) return undefined;
  session.subFlows ??= openPlaces(session, node.id, maxRuns, session.run.subFlowsOpen ?? maxOpen);
  return (await session.subFlows).take(node);
}

async function openPlaces(session: RunSession, nodeId: string, maxRuns: number, open: number): Promise<SubFlowPlaces> {
  const { envelope: parent, requestedAt = null } = session.run;
  const nodes = [...session.plan.nodes.values()];
  const references = subFlowReferences({ nodes });
  const found = await recorded(session, nodeId, () => loadSubFlowTotals({ parent, references, requestedAt }));
  const byVersion = new Map(references.map(({ flowId, version }, index) => [`${version} ${flowId}`, found[index]]));
  const resolve: ResolveSubFlow = (flowId, version) => byVersion.get(`${version} ${flowId}`) ?? undefined;
  const totals = subFlowTotals({ nodes }, resolve);
  if (totals.runs > maxRuns) {
    const message = `One run could start ${totals.runs} runs of sub-flows; the limit is ${maxRuns}.`;
    throw new RunFault(nodeId, 'SubFlowLimitExceeded', message);
  }
  const slots = makeSubFlowSlots(totals, open);
  return {
    take: ({ id, flowId, flowVersion }) => {
      // Until it has its place: then it is the caller's.
      session.room.waiting.add(id);
      const version = subFlowVersion(flowVersion);
      const target = version === undefined ? undefined : resolve(flowId, version);
      return slots.take(target ?? { nesting: 0, runs: 0 });
    },
  };
}
