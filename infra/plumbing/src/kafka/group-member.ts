import { pause, runLoop, type FaultAnswer } from '../periodic/index.js';
import type { KafkaClient } from './client.js';
import { asKafkaFault } from './faults.js';
import {
  dealPartitions,
  decodeAssignment,
  encodeAssignment,
  encodeSubscription,
  STRATEGY,
} from './group-assignment.js';
import { GROUP_COORDINATOR, makeLink, type Link } from './link.js';
import type { GroupMember, GroupMemberHandlers } from './types.js';

export type GroupOptions = {
  readonly groupId: string;
  /** Its partitions are what is divided; they are not read here. */
  readonly topic: string;
  /** Default 3,000. The broker's group.min.session.timeout.ms must allow it. */
  readonly sessionTimeoutMs?: number;
  /** Default: a quarter of the session. Members notice a rebalance with their next heartbeat. */
  readonly heartbeatIntervalMs?: number;
};

export type OffsetCommitter = {
  /** Committed offsets serve lag tools only (event-log 5). Does nothing while there is no membership. */
  readonly commit: (offsets: ReadonlyMap<number, number>) => Promise<void>;
};

type Membership = { readonly generationId: number; readonly memberId: string };

const DEFAULT_SESSION_MS = 3000;
const RETRY_MS = 200;
/** The broker forgot us or moved on: our partitions belong to another member now. */
const EXPELLED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);

/**
 * Joins a consumer group for the sake of its membership and nothing else. Drives the group protocol itself: kafkajs'
 * consumer heartbeats only between batches, and says neither when a membership is lost nor which generation it is in.
 *
 * Returns at once; it joins, and joins again after every loss, until `leave`. A member that could not reach its
 * coordinator for a whole session counts itself lost, since the others do.
 */
export function joinGroup(
  client: KafkaClient,
  options: GroupOptions,
  handlers: GroupMemberHandlers,
): GroupMember & OffsetCommitter {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? DEFAULT_SESSION_MS;
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? Math.ceil(sessionTimeoutMs / 4);
  const link = makeLink(client, `member-${options.groupId}`, options.topic);
  let membership: Membership | undefined;
  let memberId = '';
  let lastAnswer = performance.now();
  const lose = (): void => {
    if (membership === undefined) return;
    membership = undefined;
    handlers.onLost();
  };

  const live = async (signal: AbortSignal): Promise<void> => {
    const joined = await join(link, options, sessionTimeoutMs, memberId);
    if (signal.aborted) return;
    lastAnswer = performance.now();
    memberId = joined.memberId;
    membership = { generationId: joined.generationId, memberId };
    handlers.onAssigned(joined.partitions);
    await heartbeat(membership, signal);
  };
  const onFault = (error: unknown): FaultAnswer => {
    const fault = asKafkaFault(error, `group ${options.groupId}`);
    if (EXPELLED.has(fault.code)) {
      memberId = '';
      lose();
    }
    if (fault.code === 'REBALANCE_IN_PROGRESS') return 'go on';
    const isClosed = fault.code === 'LINK_CLOSED'; // the whole client was closed under us
    if (isClosed || performance.now() - lastAnswer > sessionTimeoutMs) lose();
    if (isClosed) return 'stop';
    client.logger.warn({ groupId: options.groupId, code: fault.code }, `group membership: ${fault.message}`);
    return undefined;
  };
  /** Throws when the membership is over or in doubt: what the coordinator says, or its silence of a whole session. */
  const heartbeat = async (mine: Membership, signal: AbortSignal): Promise<void> => {
    for (;;) {
      await pause(heartbeatIntervalMs, signal);
      if (signal.aborted) return;
      try {
        await beat(link, options.groupId, mine);
        lastAnswer = performance.now();
        handlers.onHeartbeat?.();
      } catch (error) {
        const fault = asKafkaFault(error, 'heartbeat');
        if (EXPELLED.has(fault.code) || fault.code === 'REBALANCE_IN_PROGRESS') throw fault;
        if (performance.now() - lastAnswer > sessionTimeoutMs) throw fault;
        client.logger.warn({ groupId: options.groupId, code: fault.code }, `heartbeat: ${fault.message}`);
      }
    }
  };
  const loop = runLoop({ round: live, backoff: { firstMs: RETRY_MS }, onFault });
  return {
    leave: async () => {
      const closed = loop.close();
      const mine = membership;
      lose();
      if (mine !== undefined) await sayGoodbye(link, options.groupId, mine);
      link.close();
      await closed;
    },
    commit: async (offsets) => {
      const mine = membership;
      if (mine === undefined || offsets.size === 0) return;
      await commit(link, options, mine, offsets);
    },
  };
}

type Joined = Membership & { readonly partitions: readonly number[] };

async function join(link: Link, options: GroupOptions, sessionTimeout: number, memberId: string): Promise<Joined> {
  const { groupId, topic } = options;
  const partitions = [...(await link.leaders(topic)).keys()];
  return link.coordinator(groupId, GROUP_COORDINATOR, async (broker) => {
    const joined = await broker.joinGroup({
      groupId,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout,
      memberId,
      groupProtocols: [{ name: STRATEGY, metadata: encodeSubscription(topic) }],
    });
    const isLeader = joined.leaderId === joined.memberId;
    const dealt = isLeader
      ? dealPartitions(
          joined.members.map((member) => member.memberId),
          partitions,
        )
      : new Map<string, readonly number[]>();
    const synced = await broker.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: [...dealt].map(([member, share]) => ({
        memberId: member,
        memberAssignment: encodeAssignment(topic, share),
      })),
    });
    return {
      generationId: joined.generationId,
      memberId: joined.memberId,
      partitions: decodeAssignment(topic, synced.memberAssignment),
    };
  });
}

const beat = (link: Link, groupId: string, { generationId, memberId }: Membership): Promise<unknown> =>
  link.coordinator(groupId, GROUP_COORDINATOR, (broker) =>
    broker.heartbeat({ groupId, groupGenerationId: generationId, memberId }),
  );

/** Without it the others wait for the session to end; nothing more depends on it. */
async function sayGoodbye(link: Link, groupId: string, { memberId }: Membership): Promise<void> {
  await link
    .coordinator(groupId, GROUP_COORDINATOR, (broker) => broker.leaveGroup({ groupId, memberId }))
    .catch(() => undefined);
}

async function commit(
  link: Link,
  { groupId, topic }: GroupOptions,
  { generationId, memberId }: Membership,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
  await link.coordinator(groupId, GROUP_COORDINATOR, (broker) =>
    broker.offsetCommit({ groupId, groupGenerationId: generationId, memberId, topics: [{ topic, partitions }] }),
  );
}
