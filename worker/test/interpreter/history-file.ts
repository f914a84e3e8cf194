import { readFile, writeFile } from 'node:fs/promises';
import type { FlowDefinition } from '@flowplane/contracts';
import proto, { type temporal } from '@temporalio/proto';
import type { RunInput, RunResult } from '../../src/shared/run-input.js';

type History = temporal.api.history.v1.IHistory;

const codec = proto.temporal.api.history.v1.History;

/**
 * A recorded history: the names of its events for readers, and the events themselves as the engine's protobuf in
 * base64. (The SDK's own JSON form fails where npm installs protobufjs more than once.)
 */
type HistoryFile = { readonly events: readonly string[]; readonly protobuf: string };

export async function writeHistory(file: URL, history: History): Promise<void> {
  const protobuf = Buffer.from(codec.encode(history).finish()).toString('base64');
  const content: HistoryFile = { events: (history.events ?? []).map(nameOf), protobuf };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

export async function readHistory(file: URL): Promise<History> {
  const { protobuf } = JSON.parse(await readFile(file, 'utf8')) as HistoryFile;
  return codec.decode(Buffer.from(protobuf, 'base64'));
}

/** Task nodes in the order in which a history has scheduled them. */
export function scheduledActivities({ events }: History): readonly string[] {
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
}

/** What a recorded run was started with, and its result when it completed. Small values only: they stand inline. */
export function recordedRun({ events }: History): {
  readonly definition: Pick<FlowDefinition, 'nodes'>;
  /** Nodes that a retry took over from its source. */
  readonly reused: readonly string[];
  readonly result: RunResult | undefined;
} {
  const started = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const completed = events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads ?? [];
  return {
    definition: started[1] === undefined ? admittedDefinition(events ?? []) : (jsonOf(started[1]) as FlowDefinition),
    reused: ((jsonOf(started[0]) as RunInput).reuse ?? []).map(({ nodeId }) => nodeId),
    result: completed[0] === undefined ? undefined : (jsonOf(completed[0]) as RunResult),
  };
}

/** What a scheduled run loaded when it was admitted; nothing where it was refused. */
function admittedDefinition(events: readonly temporal.api.history.v1.IHistoryEvent[]): Pick<FlowDefinition, 'nodes'> {
  const loaded = events
    .map((event) => event.markerRecordedEventAttributes?.details?.['result']?.payloads?.[0])
    .map((payload) => (payload ? (jsonOf(payload) as Partial<FlowDefinition>) : {}))
    .find(({ nodes }) => nodes !== undefined);
  return { nodes: loaded?.nodes ?? [] };
}

const jsonOf = (payload: temporal.api.common.v1.IPayload | undefined): unknown =>
  JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));

function nameOf(event: temporal.api.history.v1.IHistoryEvent): string {
  const member = Object.entries(event).find(([name, value]) => name.endsWith('EventAttributes') && value !== null);
  const activityId = event.activityTaskScheduledEventAttributes?.activityId;
  const name = member?.[0].replace('EventAttributes', '') ?? 'unknown';
  return typeof activityId === 'string' ? `${name} ${activityId}` : name;
}
