import type { KafkaClient, OpenCluster } from './client.js';
import { asKafkaFault, KafkaFault } from './faults.js';
import type { InternalBroker, InternalCluster, WireRequest } from './kafkajs-shapes.js';

export const GROUP_COORDINATOR = 0;
export const TRANSACTION_COORDINATOR = 1;

/**
 * Connections of one owner for one purpose. A connection answers in order, so a caller that must not wait for another's long
 * poll has its own link.
 *
 * After any failure the whole link is torn down and the next call opens a new one: kafkajs keeps half a response in
 * its buffer over a reconnect, and stale metadata otherwise outlives a restarted broker.
 */
export type Link = {
  /** @throws KafkaFault; `sent` on it tells whether the request may have reached the broker. */
  readonly send: <T>(nodeId: number, request: WireRequest<T>) => Promise<T>;
  readonly call: <T>(about: string, work: (cluster: InternalCluster) => Promise<T>) => Promise<T>;
  readonly coordinator: <T>(id: string, type: number, work: (broker: InternalBroker) => Promise<T>) => Promise<T>;
  /** Leader of each partition of a topic, from metadata no older than the link. */
  readonly leaders: (topic: string) => Promise<ReadonlyMap<number, number>>;
  /** Drops the connections; a request in flight fails. */
  readonly reset: () => void;
  readonly close: () => void;
};

/** Faults of `send` that happened before a byte was written. */
const NOT_SENT = new WeakSet<KafkaFault>();
export const wasSent = (fault: KafkaFault): boolean => !NOT_SENT.has(fault);

/** @param topic whose metadata the link loads when it opens; without one, that of all topics */
export function makeLink(client: KafkaClient, purpose: string, topic?: string): Link {
  let open: OpenLink | undefined;
  let closed = false;

  const current = async (): Promise<OpenLink> => {
    if (closed) throw new KafkaFault('LINK_CLOSED', false, `${purpose}: the link is closed`);
    if (open === undefined) {
      const opened = client.newCluster(purpose);
      const ready = bootstrap(opened.cluster, topic).catch((error: unknown) => {
        throw client.contactFault(error, purpose);
      });
      open = { ...opened, ready, coordinators: new Map() };
    }
    const mine = open;
    await mine.ready;
    return mine;
  };
  const reset = (): void => {
    if (open !== undefined) tearDown(open, purpose);
    open = undefined;
  };
  const guarded = async <T>(about: string, work: () => Promise<T>): Promise<T> => {
    const before = open;
    try {
      return await work();
    } catch (error) {
      // Another call may have torn the link down and opened a new one meanwhile, which is then not to blame.
      if (before === undefined || before === open) reset();
      throw asKafkaFault(error, `${purpose}: ${about}`);
    }
  };
  const link: Link = {
    call: (about, work) => guarded(about, async () => work((await current()).cluster)),
    send: (nodeId, request) =>
      guarded(request.request.apiName, async () => {
        const connection = await beforeSending(purpose, async () => {
          const broker = await (await current()).cluster.findBroker({ nodeId: String(nodeId) });
          return broker.connectionPool.getConnectionByRequest(request);
        });
        return connection.send(request);
      }),
    coordinator: (id, coordinatorType, work) =>
      guarded(`coordinator of ${id}`, async () => {
        const { cluster, coordinators } = await current();
        const known = coordinators.get(`${coordinatorType}/${id}`);
        const broker = known ?? (await cluster.findGroupCoordinator({ groupId: id, coordinatorType }));
        coordinators.set(`${coordinatorType}/${id}`, broker);
        return work(broker);
      }),
    leaders: (of) =>
      guarded(`leaders of ${of}`, async () => {
        const { cluster } = await current();
        await cluster.addMultipleTargetTopics([of]);
        const partitions = cluster.findTopicPartitionMetadata(of);
        return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
      }),
    reset,
    close: () => {
      closed = true;
      reset();
      client.untrack(link);
    },
  };
  client.track(link);
  return link;
}

type OpenLink = OpenCluster & {
  readonly ready: Promise<void>;
  /** Found so far, by type and id: one that is none any more fails, and with it the whole link. */
  readonly coordinators: Map<string, InternalBroker>;
};

/** Brokers are known only from metadata, so that comes with the first connection. */
async function bootstrap(cluster: InternalCluster, topic: string | undefined): Promise<void> {
  await cluster.connect();
  await (topic === undefined ? cluster.refreshMetadata() : cluster.addMultipleTargetTopics([topic]));
}

async function beforeSending<T>(purpose: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = asKafkaFault(error, `${purpose}: connecting`);
    NOT_SENT.add(fault);
    throw fault;
  }
}

/** kafkajs' own disconnect waits for answers to requests in flight; a long poll would hold it up. */
function tearDown({ cluster, sockets, ready }: OpenLink, purpose: string): void {
  ready.catch(() => undefined); // each waiter gets the error itself; there may be none
  const { brokers, seedBroker } = cluster.brokerPool;
  const gone = new KafkaFault('KafkaJSConnectionClosedError', true, `${purpose}: the connection was dropped`);
  for (const broker of new Set([...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])])) {
    for (const connection of broker.connectionPool.pool) {
      connection.rejectRequests(gone);
      connection.requestQueue.destroy();
      connection.disconnect().catch(() => undefined);
    }
  }
  for (const socket of sockets) socket.destroy();
}
