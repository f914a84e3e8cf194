import proto from '@temporalio/proto';
import { engineFaultKind } from '../../shared/engine-fault.js';
import type { EngineGate } from '../../shared/engine-gate.js';
import type { HistoryEvent, RunEvents } from './engine.js';
import { isRunEnd } from './history-end.js';

/** One long poll for the end of a history; the server itself ends it after about 20 s. */
const POLL_DEADLINE_MS = 30_000;
/** Requests for one history: pages of a long one, or looks for its end. */
const MAX_HISTORY_REQUESTS = 500;
/** Events a full page has at least; a shorter one that is not the last means that the rest is yet to come. */
const FULL_PAGE = 200;
const CLOSE_EVENT = proto.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

export type HistoryRequest = {
  readonly execution: { readonly workflowId: string; readonly runId?: string };
  readonly waitNewEvent: boolean;
  readonly historyEventFilterType?: number;
  readonly nextPageToken?: Uint8Array;
};
/** `runId` null: of the last engine run; `endAlone`: only the event that ends it. */
export type HistoryQuery = {
  readonly executionId: string;
  readonly runId?: string | null;
  readonly waitMs: number;
  readonly endAlone?: boolean;
};
export type HistoryPage = {
  readonly history?: { readonly events?: HistoryEvent[] | null } | null;
  readonly nextPageToken?: Uint8Array | null;
};

export type ReadEvents = (request: HistoryRequest, deadlineMs: number) => Promise<HistoryPage>;

/**
 * Reads a history to its end. The first request asks to wait for new events, so that a run which is about to end
 * costs one request more (answered when it ends) instead of polling.
 */
export async function readHistory(
  asked: HistoryQuery,
  signal: AbortSignal,
  gate: EngineGate,
  request: ReadEvents,
): Promise<RunEvents | undefined> {
  const { executionId, runId = null, waitMs, endAlone = false } = asked;
  const execution = { workflowId: executionId, ...(runId === null ? {} : { runId }) };
  const filter = endAlone ? { historyEventFilterType: CLOSE_EVENT } : {};
  const events: HistoryEvent[] = [];
  const giveUpAt = Date.now() + waitMs;
  let nextPageToken: Uint8Array | undefined;
  let waited = false;
  try {
    for (let requests = 0; requests < MAX_HISTORY_REQUESTS; requests++) {
      const paging = nextPageToken ? { nextPageToken } : {};
      const message = { execution, waitNewEvent: waitMs > 0, ...filter, ...paging };
      const page = await gate.call(() => request(message, POLL_DEADLINE_MS), signal);
      events.push(...(page.history?.events ?? []));
      nextPageToken = page.nextPageToken ?? undefined;
      const isWhole = isRunEnd(events.at(-1)) || nextPageToken === undefined || nextPageToken.length === 0;
      // Only waiting has an end in time: what is there already is read to its last page.
      if (isWhole || (waitMs > 0 && Date.now() > giveUpAt)) return { events, waited };
      waited = (page.history?.events ?? []).length < FULL_PAGE;
    }
    return { events, waited };
  } catch (cause) {
    if (engineFaultKind(cause) === 'not-found') return undefined;
    throw cause;
  }
}
