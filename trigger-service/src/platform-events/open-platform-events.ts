import { joinGroup, topicLayouts } from '@flowplane/plumbing/kafka';
import { listen, type Pool } from '@flowplane/plumbing/postgres';
import { EVENT_TRIGGERS_CHANNEL, eventRegistrations, type EventRegistration } from '@flowplane/runtime/read-model';
import { listeningKey } from './event-registration.js';
import type { EventPositions } from './event-positions.js';
import { wantedListening, type KnownTopics, type Wanted } from './listening.js';
import { oneAtATime } from './one-at-a-time.js';
import { startListener, type ListenerPorts, type PositionOfTrigger, type TopicListener } from './topic-listener.js';

export type PlatformEventsOptions = Omit<ListenerPorts, 'lookAgain' | 'positions'> & {
  readonly readPool: Pool;
  readonly readDbUrl: string;
  readonly positions: EventPositions;
  /** FLOW_TRIGGER_CONSUMER_GROUP */
  readonly groupId: string;
  /** Topic whose partitions stand for the slots that the group divides. */
  readonly slotsTopic: string;
  readonly slots: number;
  readonly sessionTimeoutMs: number;
  /** Registrations and topics are looked at as often, and also at each notice of a change. */
  readonly lookEveryMs: number;
};

export type PlatformEvents = {
  /** Records in the topics of this process's share that are not decided for good. */
  readonly lag: () => number;
  readonly close: () => Promise<void>;
};

const SAVE_EVERY_MS = 500;

/** Listens to this process's share of all registered topics, and follows every change of them. */
export function openPlatformEvents(options: PlatformEventsOptions): PlatformEvents {
  const { logger, slots, positions } = options;
  const listeners = new Map<string, TopicListener>();
  const closing = new Set<Promise<void>>();
  const saved = new Map<string, number>();
  let registrations: readonly EventRegistration[] = [];
  let topics: KnownTopics = new Map();
  let owned: ReadonlySet<number> = new Set();
  let isClosed = false;

  const save = async (of: Iterable<TopicListener>): Promise<void> => {
    const changed = [...of]
      .flatMap((listener) => listener.positions())
      .filter((at) => saved.get(placeOf(at)) !== at.nextOffset);
    try {
      await positions.save(changed);
      for (const at of changed) saved.set(placeOf(at), at.nextOffset);
    } catch (err) {
      logger.warn({ err }, 'positions of platform events cannot be saved; trying again');
    }
  };
  const end = (key: string, listener: TopicListener): void => {
    listeners.delete(key);
    const closed: Promise<void> = listener
      .close()
      .then(() => save([listener]))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };
  /** Synchronous: what is not ours any more is given up at once. */
  const apply = (): void => {
    const wanted: ReadonlyMap<string, Wanted> = isClosed
      ? new Map()
      : wantedListening(registrations, topics, owned, slots);
    for (const [key, listener] of listeners) if (!wanted.has(key)) end(key, listener);
    for (const [key, { registration, topic, partitions }] of wanted) {
      const listener = listeners.get(key) ?? startListener({ ...options, lookAgain }, registration, topic);
      listeners.set(key, listener);
      listener.update(registration, partitions);
    }
  };
  const look = async (): Promise<void> => {
    try {
      const loaded = await eventRegistrations(options.readPool);
      topics = await knownTopics(options, loaded);
      registrations = loaded;
      apply();
    } catch (err) {
      logger.warn({ err }, 'registrations of platform events cannot be looked at; going on with those known');
    }
  };
  const lookAgain = oneAtATime(look);
  const saveAll = oneAtATime(() => save(listeners.values()));
  const own = (assigned: readonly number[]): void => {
    owned = new Set(assigned);
    apply();
  };

  const member = joinGroup(
    options.kafka,
    { groupId: options.groupId, topic: options.slotsTopic, sessionTimeoutMs: options.sessionTimeoutMs },
    { onAssigned: own, onLost: () => own([]) },
  );
  const listener = listen(options.readDbUrl, EVENT_TRIGGERS_CHANNEL, () => void lookAgain(), lookAgain);
  const timers = [
    setInterval(() => void lookAgain(), options.lookEveryMs),
    setInterval(() => void saveAll(), SAVE_EVERY_MS),
  ];
  return {
    lag: () => [...listeners.values()].reduce((sum, one) => sum + one.lag(), 0),
    close: async () => {
      isClosed = true;
      for (const timer of timers) clearInterval(timer);
      await listener.close();
      await Promise.all([lookAgain(), saveAll()]);
      apply();
      await Promise.all(closing);
      await member.leave();
    },
  };
}

const placeOf = ({ registration, topicId, partition }: PositionOfTrigger): string =>
  `${listeningKey(registration, topicId)}/${partition}`;

async function knownTopics(
  { kafka, positions }: Pick<PlatformEventsOptions, 'kafka' | 'positions'>,
  registrations: readonly EventRegistration[],
): Promise<KnownTopics> {
  const layouts = await topicLayouts(kafka, [...new Set(registrations.map(({ topic }) => topic))]);
  const known = await Promise.all(
    [...layouts].map(async ([topic, layout]) => {
      const incarnation = await positions.incarnationOf(topic, layout.topicId);
      return [topic, { ...layout, incarnation }] as const;
    }),
  );
  return new Map(known);
}
