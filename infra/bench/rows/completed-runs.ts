import { connectBaseline, type HandWrittenWorkflow } from '../baseline/engine-baseline.js';
import type { MeasuredFlow } from '../load/published-flow.js';
import { describeCounts, describeShares } from '../report/shares.js';
import { measureSide, type MeasuredSide, type Side } from './measure-side.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';
import { runFigures, type RunAims, type RunRepetition } from './run-figures.js';
import {
  IN_FLIGHT,
  openHandWrittenSide,
  openOurSide,
  openRecordingSide,
  pauseBetweenSides,
  type RunSide,
} from './run-sides.js';

/** What a row of completed runs measures: a flow, and the workflow that a person writes for the same work. */
export type CompletedRuns = RunAims & {
  readonly title: string;
  readonly flow: MeasuredFlow;
  readonly workflow: HandWrittenWorkflow;
  /** Whether a hand-written system that shows the same is measured as well. */
  readonly hasSystem: boolean;
};

/**
 * Whole runs, against a workflow written by hand for the same engine, activities and worker settings. Each repetition
 * has new databases and a new namespace; on each side only its own processes run.
 */
export const completedRuns = (measured: CompletedRuns): Row => ({
  id: measured.id,
  title: measured.title,
  expectedSeconds: measured.hasSystem ? 1200 : 850,
  measure: async (context) => {
    const repetitions = await repeat(context, 'runs on each side', () => measureSides(context, measured, measureSide));
    return outcome(measured, repetitions);
  },
});

/** The sides of one repetition, one after the other: ours, by hand, and the hand-written system where it is wanted. */
export async function measureSides(
  context: RowContext,
  measured: Pick<CompletedRuns, 'id' | 'flow' | 'workflow' | 'hasSystem'>,
  measureOne: typeof measureSide,
): Promise<RunRepetition> {
  const services = await context.system.startServices();
  const namespace = services.env['TEMPORAL_NAMESPACE'] ?? '';
  const place = { address: services.endpoints.temporalAddress, namespace, taskQueue: 'by-hand' };
  const baseline = await connectBaseline(place);
  const measure = async (side: RunSide): Promise<MeasuredSide> => {
    try {
      return await measureOne(context, baseline, side);
    } finally {
      await side.close();
    }
  };
  try {
    const ours = await measure(await openOurSide(services, `bench-${measured.id}`, measured.flow));
    const contents = await baseline.startContents(ours.firstId);
    await pauseBetweenSides(context);
    const byHand = await measure(await openHandWrittenSide(baseline, place, measured.workflow, contents));
    if (!measured.hasSystem) return { ours, byHand, system: null };
    await pauseBetweenSides(context);
    const recording = { ...place, taskQueue: 'by-hand-recording' };
    return { ours, byHand, system: await measure(await openRecordingSide(services, recording, contents)) };
  } finally {
    await baseline.close();
    await services.close();
  }
}

function outcome(row: CompletedRuns, measured: readonly RunRepetition[]): RowOutcome {
  const [first] = measured;
  return {
    figures: runFigures(row, measured),
    bounds:
      first === undefined
        ? []
        : [
            'The cores bound every side: CPU that our other processes use is lost to runs a second.',
            describeShares('by hand', first.byHand.cores),
            ...(first.system === null ? [] : [describeShares('in the hand-written system', first.system.cores)]),
            describeShares('through Flowplane', first.ours.cores),
            describeShares('of ours when nothing runs', first.ours.idleCores),
            ...idleCounts(first.ours),
          ],
    details: { repetitions: measured, inFlight: IN_FLIGHT },
  };
}

function idleCounts({ idleCounters: { contextSwitches, kafkaRequests } }: Side): readonly string[] {
  return [
    ...(contextSwitches === null
      ? []
      : [describeCounts('Context switches a second when nothing runs', contextSwitches)]),
    ...(kafkaRequests === null ? [] : [describeCounts('Kafka requests a second when nothing runs', kafkaRequests)]),
  ];
}
