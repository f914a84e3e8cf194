import type { Event, EventOf } from './messages/index.js';
import { streamId } from './stream-line.js';

type Shown = EventOf<'ExecutionRequested' | 'ExecutionStarted' | 'ExecutionCancelRequested' | 'ExecutionClosed'>;

/**
 * The line of an event in the stream of its workspace (flows-api 9.6).
 *
 * @param offset of the event in the events topic
 * @returns undefined for an event that tells nothing of a run's status
 */
export function runStatusLine(event: Event, offset: number): string | undefined {
  switch (event.type) {
    case 'ExecutionRequested': {
      const { triggerType, retriedFrom } = event.data;
      return line(event, offset, { kind: 'requested', status: 'Pending', triggerType, retriedFrom });
    }
    case 'ExecutionStarted':
      return line(event, offset, { kind: 'started', status: 'Running' });
    case 'ExecutionCancelRequested':
      return line(event, offset, { kind: 'cancelling', status: 'Running' });
    case 'ExecutionClosed': {
      const { status, failure } = event.data;
      const shown = failure === null ? null : { nodeId: failure.nodeId, code: failure.code };
      return line(event, offset, { kind: 'closed', status, failure: shown });
    }
    default:
      return undefined;
  }
}

function line(
  { meta, data }: Shown,
  offset: number,
  told: { readonly kind: string } & Record<string, unknown>,
): string {
  const { flowId, executionId, version } = data;
  return JSON.stringify({
    ...{ type: 'run-status', id: String(streamId(offset)), executionId, flowId, version: String(version) },
    ...told,
    at: new Date(meta.occurredAt).toISOString(),
  });
}
