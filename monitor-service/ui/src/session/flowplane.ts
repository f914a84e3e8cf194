import { makeFlowplaneClient, type ClientPorts, type FlowplaneClient } from '@flowplane/contracts/client';
import { noteServerTime } from '../parts/server-clock.js';
import { authorizedFetch, type CredentialSource } from './authorized-fetch.js';
import { reached } from './reached.js';

/** The API as somebody may use it, by the workspace that calls are about. */
export type FlowplaneOf = (workspaceId: string) => FlowplaneClient;

export function flowplaneFor(source: CredentialSource): FlowplaneOf {
  const authorized = authorizedFetch(source, (url, init) => reached(fetch(url, init)));
  const send: ClientPorts['fetch'] = async (url, init) => {
    const sentAt = Date.now();
    const answer = await authorized(url, init);
    noteServerTime(answer.headers.get('date'), sentAt, Date.now());
    const { status, headers, body } = answer;
    return { status, headers, body: body === null ? null : chunksOf(body), text: () => reached(answer.text()) };
  };
  const clients = new Map<string, FlowplaneClient>();
  return (workspaceId) => {
    const known = clients.get(workspaceId);
    const client = known ?? makeFlowplaneClient({ fetch: send, sleep }, { url: location.origin, workspaceId });
    clients.set(workspaceId, client);
    return client;
  };
}

/** Not every browser iterates over a stream. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => undefined); // it has ended, or broken off
  }
}

/** Pauses for `ms`. Rejects with the signal's reason when it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
