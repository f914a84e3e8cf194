import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeDirectReader, type KafkaClient } from '@flowplane/plumbing/kafka';

export type Receiver = { readonly url: string; readonly close: () => Promise<void> };
export type Listener = { readonly close: () => Promise<void> };

const POLL_WAIT_MS = 500;

/**
 * What a person writes to start runs by webhook: check the signature over the raw body, start, answer with 202.
 *
 * @param start gets the delivery id
 */
export async function openReceiver(secret: string, start: (deliveryId: string) => Promise<void>): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const mac = createHmac('sha256', secret).update(Buffer.concat(chunks)).digest();
      const sent = Buffer.from(String(request.headers['x-platform-webhook-signature']).replace('sha256=', ''), 'hex');
      const isRight = sent.length === mac.length && timingSafeEqual(sent, mac);
      const started = isRight ? start(String(request.headers['x-platform-webhook-id'])) : Promise.reject(new Error());
      started.then(
        () => response.writeHead(202).end(),
        () => response.writeHead(401).end(),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a person writes to start runs by records: read a topic from its end on, start one for each. */
export function openListener(
  kafka: KafkaClient,
  topic: string,
  from: ReadonlyMap<number, number>,
  start: (value: string) => Promise<void>,
): Listener {
  const reader = makeDirectReader(kafka, { topic });
  reader.assign(from);
  let isOpen = true;
  const reading = (async () => {
    while (isOpen) {
      for (const { value } of await reader.poll(POLL_WAIT_MS)) await start(value?.toString('utf8') ?? '');
    }
  })();
  return {
    close: async () => {
      isOpen = false;
      await reading;
      await reader.close();
    },
  };
}
