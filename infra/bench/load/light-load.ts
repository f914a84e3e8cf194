import { CONTROL_PROJECTION, framesOf } from '@flowplane/contracts';
import { listen, type Pool } from '@flowplane/plumbing/postgres';
import { PROGRESS_CHANNEL } from '@flowplane/runtime/read-model';
import { identityHeaders, workspacePath, type ApiClient } from './api-client.js';
import { atRate } from './in-parallel.js';
import { closedOf } from './our-runs.js';

const RUNS_A_SECOND = 1;

/** Runs one a second for some seconds, whether or not those before have ended. @returns what each took, in ms */
export async function oneASecond(seconds: number, once: () => Promise<number>): Promise<readonly number[]> {
  return atRate(RUNS_A_SECOND, seconds * 1000, (count) => Array.from({ length: count }, once));
}

/** What people see of one run, in ms. */
export type SeenRun = {
  readonly id: string;
  /** When it was asked for, and when its end was notified, in epoch ms. */
  readonly sentAt: number;
  readonly notifiedAt: number;
  /** From the request to the notification of its end in the read model. */
  readonly closedMs: number;
  /** From the request to the last frame of its stream. */
  readonly streamEndMs: number;
  /** From the end of each attempt, as its worker says, to its frame; only of those that ended while the stream was open. */
  readonly frameMs: readonly number[];
};

/** Starts runs as a client does by default, and watches each by the notifications of the read model and by its stream. */
export type RunWatch = { readonly once: () => Promise<SeenRun>; readonly close: () => Promise<void> };

export async function openRunWatch(
  api: ApiClient,
  monitorUrl: string,
  pool: Pool,
  dbUrl: string,
  startPath: string,
): Promise<RunWatch> {
  const ends = await openEnds(pool, dbUrl);
  return {
    once: async () => {
      const sentAt = Date.now();
      const askedAt = performance.now();
      const { status, body } = await api.call('POST', startPath, { input: {} });
      if (status !== 201 && status !== 202) throw new Error(`a start was answered ${status}: ${JSON.stringify(body)}`);
      const id = String(body['executionId']);
      const url = `${monitorUrl}${workspacePath(api.tenantId)}/executions/${encodeURIComponent(id)}/events`;
      const [closedAt, stream] = await Promise.all([ends.of(id), watchStream(url, api.tenantId)]);
      const closedMs = closedAt - askedAt;
      const notifiedAt = sentAt + closedMs;
      const streamEndMs = stream.endedAt - askedAt;
      return { id, sentAt, notifiedAt, closedMs, streamEndMs, frameMs: stream.frameMs };
    },
    close: ends.close,
  };
}

/** Of runs, when the notification came with which the read model had their end, by `performance.now()`. */
async function openEnds(pool: Pool, dbUrl: string) {
  const open = new Map<string, { readonly end: (at: number) => void; readonly fail: (cause: unknown) => void }>();
  let noticedAt = 0;
  let isLooking = false;
  const look = async (): Promise<void> => {
    isLooking = true;
    for (let at = 0; at !== noticedAt && open.size > 0;) {
      at = noticedAt;
      for (const id of await closedOf(pool, [...open.keys()])) {
        open.get(id)?.end(at);
        open.delete(id);
      }
    }
    isLooking = false;
  };
  const notice = (): void => {
    noticedAt = performance.now();
    if (isLooking) return;
    look().catch((thrown: unknown) => {
      for (const { fail } of open.values()) fail(thrown);
    });
  };
  let listening = (): void => undefined;
  const ready = new Promise<void>((resolve) => (listening = resolve));
  const hear = (payload: string): void => {
    if (payload.startsWith(`${CONTROL_PROJECTION}:`)) notice();
  };
  const listener = listen(dbUrl, PROGRESS_CHANNEL, hear, () => Promise.resolve(listening()));
  await ready;
  return {
    of: (id: string) =>
      new Promise<number>((end, fail) => {
        open.set(id, { end, fail });
        notice(); // it may have ended while its start was answered
      }),
    close: () => listener.close(),
  };
}

async function watchStream(url: string, tenantId: string) {
  const response = await fetch(url, { headers: identityHeaders(tenantId) });
  if (response.status !== 200 || response.body === null) throw new Error(`a stream was answered ${response.status}`);
  const openedAt = Date.now();
  const frameMs: number[] = [];
  for await (const frame of framesOf(response.body as AsyncIterable<Uint8Array>)) {
    if (frame.type !== 'node-status' || frame.status !== 'completed' || frame.completedAt === null) continue;
    const completedAt = Date.parse(frame.completedAt);
    // What ended before the stream was open comes from the store.
    if (completedAt > openedAt) frameMs.push(Date.now() - completedAt);
  }
  return { endedAt: performance.now(), frameMs };
}
