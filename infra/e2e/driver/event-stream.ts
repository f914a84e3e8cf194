import { get, type IncomingMessage } from 'node:http';
import { eventsOf } from '@flowplane/contracts';
import type { ApiClient } from './api-client.js';

/** One frame of an event stream; `id` is null for those that carry none. */
export type StreamFrame = { readonly event: string; readonly id: string | null; readonly data: string };

export type NodeStatusData = {
  readonly type: 'node-status';
  readonly id: string;
  readonly nodeId: string;
  readonly status: string;
  readonly attemptNumber: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
};

/** What a stream brought until it was closed, by us or by the server. */
export type StreamTake = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly frames: readonly StreamFrame[];
  /** True when the server closed it after a whole answer. */
  readonly ended: boolean;
  /** Everything received, as text. */
  readonly text: string;
};

export type StreamOptions = {
  readonly lastEventId?: string;
  /** Closes the stream from our side after so many frames. */
  readonly maxFrames?: number;
  readonly timeoutMs?: number;
};

/** Reads a run's event stream until the server ends it, or until `maxFrames`. */
export function takeStream(client: ApiClient, executionId: string, options: StreamOptions = {}): Promise<StreamTake> {
  const url = client.urlOf(`/executions/${encodeURIComponent(executionId)}/events`);
  const resume = options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId };
  const headers = { ...client.headers, accept: 'text/event-stream', ...resume };
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      readFrames(response, options.maxFrames ?? Number.POSITIVE_INFINITY).then(resolve, reject);
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`the stream of ${executionId} did not end in time`)),
      options.timeoutMs ?? 60_000,
    );
    request.once('close', () => clearTimeout(timer));
    request.once('error', reject);
  });
}

async function readFrames(response: IncomingMessage, maxFrames: number): Promise<StreamTake> {
  const frames: StreamFrame[] = [];
  let text = '';
  const take = (ended: boolean): StreamTake => {
    return { status: response.statusCode ?? 0, headers: response.headers, frames, ended, text };
  };
  const decoder = new TextDecoder();
  async function* noted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      yield chunk;
    }
  }
  for await (const { event, id, data } of eventsOf(noted())) {
    if (event === undefined) continue;
    frames.push({ event, id: id ?? null, data });
    // Leaving the loop closes the stream.
    if (frames.length === maxFrames) return take(false);
  }
  return take(true);
}

/** Statuses each node showed, in order. */
export function statusesByNode(frames: readonly StreamFrame[]): Readonly<Record<string, readonly string[]>> {
  const byNode: Record<string, string[]> = {};
  for (const frame of frames) {
    if (frame.event !== 'node-status') continue;
    const { nodeId, status } = JSON.parse(frame.data) as NodeStatusData;
    (byNode[nodeId] ??= []).push(status);
  }
  return byNode;
}
