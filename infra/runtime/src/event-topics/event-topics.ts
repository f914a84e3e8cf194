import type { TopicSpec } from '@flowplane/contracts';
import { KafkaFault } from '@flowplane/plumbing/kafka';
import { inTransaction, type Pool, type TenantScope } from '@flowplane/plumbing/postgres';
import { holderOf, metricName, namesFor } from './topic-names.js';
import {
  ADOPT,
  adoptedRows,
  find,
  FREE,
  LET_GO,
  LOCK,
  take,
  type ListenedTopic,
  type TopicUser,
} from './registry-rows.js';

/** A workspace uses as many topics as it may (`max_event_topics`). */
export class TooManyEventTopics extends Error {
  override readonly name = 'TooManyEventTopics';
  constructor(
    readonly limit: number,
    readonly usage: number,
  ) {
    super(`the workspace uses ${usage} topics of platform events; at most ${limit} are allowed`);
  }
}

export type EventTopicsPorts = {
  /** Of the state database; schema `event_topics` is migrated. */
  readonly pool: Pool;
  /** FLOWS_MAX_EVENT_TOPICS, of a workspace. */
  readonly limit: number;
  /** Those of the topics that the brokers have. @throws KafkaFault */
  readonly existing: (topics: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Topics that triggers in force listen to, of a workspace or of all. */
  readonly listenedTo: (scope?: TenantScope) => Promise<readonly ListenedTopic[]>;
};

/** Which topic stands for a logical name of a workspace. One registry for publishes and for tasks (flows-api 11.1). */
export type EventTopics = {
  /**
   * Does work on a topic under the name that it has, claimed now unless it was before. Where the brokers refuse a name
   * as too like another topic's, the work is done again under the next one.
   *
   * @param spec with the plain name
   * @throws TooManyEventTopics; what the work or the database throws
   */
  readonly use: <T>(
    scope: TenantScope,
    spec: TopicSpec,
    user: TopicUser,
    work: (named: TopicSpec) => Promise<T>,
  ) => Promise<T>;
  /**
   * Lets go of topics that the workspace's last trigger has left, as the read models have it now.
   *
   * @param claimed plain names that a publish has claimed whose outcome is known: without a trigger they go too
   */
  readonly settle: (scope: TenantScope, claimed?: readonly string[]) => Promise<void>;
  /** Takes in the topics that releases before this registry have registered. */
  readonly adopt: () => Promise<void>;
};

/** A claim whose publish never came to an outcome, and a topic that a task never made, are let go after that time. */
const CLAIM_GRACE_MS = 600_000;

export function makeEventTopics(ports: EventTopicsPorts): EventTopics {
  const { pool, limit } = ports;

  /** Another's name is free once nobody has it registered and its topic is gone. */
  const freeUnused = async (scope: TenantScope, plainName: string): Promise<void> => {
    const where = [metricName(plainName), holderOf(scope, plainName)];
    const { rows } = await pool.query<{ topic: string }>(`SELECT topic FROM event_topics.names ${FREE}`, where);
    const [held] = rows;
    if (held === undefined || (await ports.existing([held.topic])).has(held.topic)) return;
    await inTransaction(pool, (client) => client.query(`DELETE FROM event_topics.names ${FREE}`, where), [LOCK]);
  };
  const settle: EventTopics['settle'] = async (scope, claimed = []) => {
    const { tenantId, workspaceId } = scope;
    const where = 'tenant_id = $1 AND workspace_id = $2';
    const { rowCount } = await pool.query(`SELECT 1 FROM event_topics.registered WHERE ${where} LIMIT 1`, [
      ...[tenantId, workspaceId],
    ]);
    if (rowCount === 0 && claimed.length === 0) return;
    const listened = await ports.listenedTo(scope);
    const topics = listened.map(({ topic }) => topic);
    await inTransaction(
      pool,
      async (client) => {
        await client.query(ADOPT, [adoptedRows(listened)]);
        await client.query(LET_GO, [tenantId, workspaceId, topics, claimed, CLAIM_GRACE_MS / 1000]);
      },
      [LOCK],
    );
  };
  /** Makes room in a workspace that has as many topics as it may. */
  const tidy = async (scope: TenantScope): Promise<void> => {
    await settle(scope);
    const { rows } = await pool.query<{ topic: string }>(
      `SELECT topic FROM event_topics.registered
        WHERE tenant_id = $1 AND workspace_id = $2 AND claimed_by = 'task' AND NOT is_listened_to
          AND claimed_at < now() - make_interval(secs => $3)`,
      [scope.tenantId, scope.workspaceId, CLAIM_GRACE_MS / 1000],
    );
    if (rows.length === 0) return;
    const there = await ports.existing(rows.map(({ topic }) => topic));
    const gone = rows.map(({ topic }) => topic).filter((topic) => !there.has(topic));
    const sql = 'DELETE FROM event_topics.registered WHERE topic = ANY ($1) AND NOT is_listened_to';
    await inTransaction(pool, (client) => client.query(sql, [gone]), [LOCK]);
  };
  /** @param refused names that the brokers do not take */
  const claim = async (
    scope: TenantScope,
    plainName: string,
    user: TopicUser,
    refused: readonly string[],
  ): Promise<string> => {
    const known = await find(pool, scope, plainName);
    if (known !== undefined && !refused.includes(known)) return known;
    await freeUnused(scope, plainName);
    const taken = () =>
      inTransaction(pool, (client) => take(client, { scope, plainName, user, refused, limit }), [LOCK]);
    const first = await taken();
    if (typeof first === 'string') return first;
    await tidy(scope);
    const second = await taken();
    if (typeof second === 'string') return second;
    throw new TooManyEventTopics(limit, second);
  };

  return {
    use: async (scope, spec, user, work) => {
      const last = namesFor(scope, spec.name).length - 1;
      const refused: string[] = [];
      for (;;) {
        const name = await claim(scope, spec.name, user, refused);
        try {
          return await work({ ...spec, name });
        } catch (cause) {
          if (!isTooLikeAnother(cause) || refused.length === last) throw cause;
          refused.push(name);
        }
      }
    },
    settle,
    adopt: async () => {
      const rows = adoptedRows(await ports.listenedTo());
      await inTransaction(pool, (client) => client.query(ADOPT, [rows]), [LOCK]);
    },
  };
}

/** Names here are legal, so that is the only reason for which the brokers refuse one. */
const isTooLikeAnother = (cause: unknown): boolean =>
  cause instanceof KafkaFault && cause.code === 'INVALID_TOPIC_EXCEPTION';
