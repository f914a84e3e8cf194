import { request, type IncomingMessage } from 'node:http';
import type { StreamOrder, StreamReport } from './stream-orders.js';

/** A stream as its client sees it. */
type Client = {
  readonly url: string;
  lastId: number;
  frames: number;
  /** Frames whose id was not greater than that of the one before. */
  repeats: number;
  isOpen: boolean;
  response: IncomingMessage | undefined;
};

const RECONNECT_MS = 300;
/** Requests that are under way at once while streams are opened. */
const OPENING_AT_ONCE = 100;
const clients: Client[] = [];
let latencies: number[] = [];
let headers: Readonly<Record<string, string>> = {};
let isLeaving = false;

/** Opens one stream, and again behind the last id whenever it breaks off. Resolves when it is open. */
function open(client: Client, isStalled: boolean): Promise<void> {
  return new Promise((resolve) => {
    const again = (): void => {
      client.isOpen = false;
      if (!isLeaving && !isStalled) setTimeout(() => void open(client, isStalled).then(resolve), RECONNECT_MS);
    };
    const resume = client.lastId === 0 ? {} : { 'last-event-id': String(client.lastId) };
    const asked = request(client.url, { agent: false, headers: { ...headers, ...resume } }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return again();
      }
      client.isOpen = true;
      client.response = response;
      resolve();
      if (isStalled) return void response.pause();
      read(client, response);
      response.once('close', again);
    });
    asked.once('error', again);
    asked.end();
  });
}

const FRAME = /event: log-line\nid: (\d+)\ndata: .*?"message":"at (\d+)[^\n]*\n\n/g;

function read(client: Client, response: IncomingMessage): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    let end = 0;
    for (const match of text.matchAll(FRAME)) {
      end = match.index + match[0].length;
      const id = Number(match[1]);
      if (id <= client.lastId) client.repeats += 1;
      client.lastId = id;
      client.frames += 1;
      latencies.push(Date.now() - Number(match[2]));
    }
    text = text.slice(end);
    if (text.length > 100_000) text = '';
  });
  response.on('error', () => undefined);
}

async function openAll(urls: readonly string[], stalledUrls: readonly string[]): Promise<void> {
  const wanted = [
    ...urls.map((url) => ({ url, isStalled: false })),
    ...stalledUrls.map((url) => ({ url, isStalled: true })),
  ];
  const next = async (): Promise<void> => {
    for (let one = wanted.pop(); one !== undefined; one = wanted.pop()) {
      const client = { url: one.url, lastId: 0, frames: 0, repeats: 0, isOpen: false, response: undefined };
      if (!one.isStalled) clients.push(client);
      await open(client, one.isStalled);
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, next));
}

function report(): StreamReport {
  const measured = latencies;
  latencies = [];
  return {
    open: clients.filter(({ isOpen }) => isOpen).length,
    repeats: clients.reduce((sum, { repeats }) => sum + repeats, 0),
    frames: clients.map(({ url, frames }) => ({ url, frames })),
    latencies: measured,
  };
}

process.on('message', (order: StreamOrder) => {
  if (order.kind === 'open') {
    ({ headers } = order);
    void openAll(order.urls, order.stalledUrls).then(() => process.send?.({ kind: 'opened' }));
  } else if (order.kind === 'report') process.send?.({ kind: 'report', report: report() });
  else {
    isLeaving = true;
    process.disconnect();
    process.exit(0);
  }
});
