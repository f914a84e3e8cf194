import { makeDirectReader } from '@flowplane/plumbing/kafka';
import { listen } from '@flowplane/plumbing/postgres';
import { waitUntil } from '@flowplane/stack';
import type { LogAccess } from './log-access.js';

/** Measures, for every event from its opening on, the time from its append to the commit that made it readable. */
export type LagMeter = {
  /** Lags since the last call, in milliseconds, resolution 1. */
  readonly take: () => readonly number[];
  /** Events seen in the log that are not readable yet. */
  readonly waiting: () => number;
  /** Resolves when everything below these offsets is readable; they must be of records that came after the opening. */
  readonly readable: (ends: ReadonlyMap<number, number>) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Waiting = { readonly offset: number; readonly timestamp: number };
type Notice = { readonly below: number; readonly atMs: number };
/** Both lists in log order. The load shares the cores with this: nothing here may look at a record twice. */
type Partition = { waiting: Waiting[]; notices: Notice[] };

const POLL_WAIT_MS = 100;
const READABLE_TIMEOUT_MS = 120_000;
/** A record may be read here after the notice of its commit; so many notices are remembered for that. */
const NOTICES_KEPT = 200;

/** @param databaseUrl read database of the services whose log this is */
export async function openLagMeter(log: LogAccess, databaseUrl: string): Promise<LagMeter> {
  const partitions = new Map<number, Partition>();
  let lags: number[] = [];
  const of = (partition: number): Partition => {
    const known = partitions.get(partition) ?? { waiting: [], notices: [] };
    partitions.set(partition, known);
    return known;
  };
  const isReadableNow = (one: Partition, offset: number): boolean => (one.notices.at(-1)?.below ?? 0) > offset;
  const count = ({ timestamp }: Waiting, { atMs }: Notice): void => void lags.push(Math.max(0, atMs - timestamp));
  const hear = (payload: string): void => {
    const [projection, partition, below] = payload.split(':');
    if (projection !== 'control') return;
    const one = of(Number(partition));
    const notice = { below: Number(below), atMs: Date.now() };
    one.notices.push(notice);
    if (one.notices.length > 2 * NOTICES_KEPT) one.notices = one.notices.slice(-NOTICES_KEPT);
    const next = one.waiting.findIndex(({ offset }) => offset >= notice.below);
    const readable = one.waiting.splice(0, next === -1 ? one.waiting.length : next);
    for (const record of readable) count(record, notice);
  };
  /** The notice of a commit may come before their records are read here: then it was the first of the notices that covers it. */
  const see = (one: Partition, record: Waiting): void => {
    if (!isReadableNow(one, record.offset)) return void one.waiting.push(record);
    let at = one.notices.length - 1;
    while (at > 0 && (one.notices[at - 1]?.below ?? 0) > record.offset) at--;
    count(record, one.notices[at] as Notice);
  };

  let listening = (): void => undefined;
  const ready = new Promise<void>((resolve) => (listening = resolve));
  const listener = listen(databaseUrl, 'flows_progress', hear, () => Promise.resolve(listening()));
  await ready;
  const reader = makeDirectReader(log.client, { topic: log.topics.events });
  const started = await log.ends('events');
  reader.assign(started);
  let open = true;
  const reading = (async () => {
    while (open) {
      for (const { partition, offset, timestamp } of await reader.poll(POLL_WAIT_MS)) {
        see(of(partition), { offset, timestamp });
      }
    }
  })();
  const isReadable = ([partition, end]: readonly [number, number]): boolean =>
    end <= (started.get(partition) ?? 0) || (of(partition).notices.at(-1)?.below ?? 0) >= end;
  const allWaiting = (): Waiting[] => [...partitions.values()].flatMap(({ waiting }) => waiting);
  return {
    take: () => {
      const taken = lags;
      lags = [];
      return taken;
    },
    waiting: () => allWaiting().length,
    readable: (ends) =>
      waitUntil('the read models', () => Promise.resolve([...ends].every(isReadable)), {
        timeoutMs: READABLE_TIMEOUT_MS,
        everyMs: 10,
      }),
    close: async () => {
      open = false;
      await reading;
      await reader.close();
      await listener.close();
    },
  };
}
