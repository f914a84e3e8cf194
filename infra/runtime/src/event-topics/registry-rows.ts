import type { PoolClient, Queryable, Statement, TenantScope } from '@flowplane/plumbing/postgres';
import { holderOf, metricName, namesFor } from './topic-names.js';

/** Who claims a topic: a publish with a trigger on it, or the task `events.publish`. */
export type TopicUser = 'trigger' | 'task';

/** A topic that a trigger in force listens to. */
export type ListenedTopic = TenantScope & { readonly plainName: string; readonly topic: string };

/** All changes take turns. They are rare, and a name may be wanted by any two workspaces. */
export const LOCK: Statement = {
  text: `SELECT pg_advisory_xact_lock(hashtextextended('event_topics', 0))`,
};

/** A name that somebody else holds ($1: metric name, $2: the one who asks) and has not registered any more. */
export const FREE = `
   WHERE metric_name = $1 AND holder <> $2
     AND NOT EXISTS (SELECT 1 FROM event_topics.registered r WHERE r.topic = names.topic)`;

/** Registers what triggers in force listen to, unless it is. $1: JSON of `adoptedRows` */
export const ADOPT = `
  WITH listened AS (
    SELECT DISTINCT ON (topic) * FROM json_to_recordset($1)
        AS r("tenantId" text, "workspaceId" text, "plainName" text, topic text, "metricName" text, holder text)
     ORDER BY topic, "tenantId", "workspaceId"
  ), named AS (
    INSERT INTO event_topics.names (metric_name, topic, holder)
    SELECT "metricName", topic, holder FROM listened ON CONFLICT DO NOTHING
  ), added AS (
    INSERT INTO event_topics.registered (tenant_id, workspace_id, plain_name, topic, claimed_by, is_listened_to)
    SELECT "tenantId", "workspaceId", "plainName", topic, 'trigger', true FROM listened ON CONFLICT DO NOTHING
  )
  UPDATE event_topics.registered r SET is_listened_to = true
    FROM listened l
   WHERE r.tenant_id = l."tenantId" AND r.workspace_id = l."workspaceId" AND r.topic = l.topic AND NOT r.is_listened_to`;

export const adoptedRows = (topics: readonly ListenedTopic[]): string =>
  JSON.stringify(
    topics.map((one) => ({ ...one, metricName: metricName(one.topic), holder: holderOf(one, one.plainName) })),
  );

/**
 * Lets go of what no trigger in force listens to. $1, $2: the workspace, $3: topics that triggers listen to, $4: plain
 * names of claims whose outcome is known, $5: seconds after which a claim without an outcome counts as refused.
 */
export const LET_GO = `
  DELETE FROM event_topics.registered
   WHERE tenant_id = $1 AND workspace_id = $2 AND NOT topic = ANY ($3::text[])
     AND (is_listened_to
          OR (claimed_by = 'trigger' AND (plain_name = ANY ($4::text[])
                                          OR claimed_at < now() - make_interval(secs => $5))))`;

export async function find(
  db: Queryable,
  { tenantId, workspaceId }: TenantScope,
  plainName: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ topic: string }>(
    'SELECT topic FROM event_topics.registered WHERE tenant_id = $1 AND workspace_id = $2 AND plain_name = $3',
    [tenantId, workspaceId, plainName],
  );
  return rows[0]?.topic;
}

type Claim = {
  readonly scope: TenantScope;
  readonly plainName: string;
  readonly user: TopicUser;
  /** Names that the brokers do not take. */
  readonly refused: readonly string[];
  readonly limit: number;
};

/**
 * Registers a topic under the best name that is free, unless it is registered. Under `LOCK`.
 *
 * @returns its name; a number: the workspace has so many topics already
 */
export async function take(client: PoolClient, claim: Claim): Promise<string | number> {
  const { scope, plainName, refused, limit } = claim;
  const where = [scope.tenantId, scope.workspaceId];
  const known = await find(client, scope, plainName);
  if (known !== undefined && !refused.includes(known)) return known;
  if (known === undefined) {
    const { rows } = await client.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM event_topics.registered WHERE tenant_id = $1 AND workspace_id = $2',
      where,
    );
    const usage = rows[0]?.n ?? 0;
    if (usage >= limit) return usage;
  }
  const topic = await reserve(client, claim);
  const sql =
    known === undefined
      ? `INSERT INTO event_topics.registered (tenant_id, workspace_id, plain_name, topic, claimed_by)
         VALUES ($1, $2, $3, $4, $5)`
      : `UPDATE event_topics.registered SET topic = $4, claimed_by = $5
          WHERE tenant_id = $1 AND workspace_id = $2 AND plain_name = $3`;
  await client.query(sql, [...where, plainName, topic, claim.user]);
  return topic;
}

/** The name that is one's own already, else the first that nobody holds. */
async function reserve(client: PoolClient, { scope, plainName, refused }: Claim): Promise<string> {
  const holder = holderOf(scope, plainName);
  await client.query('DELETE FROM event_topics.names WHERE holder = $1 AND topic = ANY ($2)', [holder, refused]);
  const own = await client.query<{ topic: string }>('SELECT topic FROM event_topics.names WHERE holder = $1 LIMIT 1', [
    holder,
  ]);
  if (own.rows[0] !== undefined) return own.rows[0].topic;
  for (const topic of namesFor(scope, plainName).filter((name) => !refused.includes(name))) {
    const { rowCount } = await client.query(
      `INSERT INTO event_topics.names (metric_name, topic, holder)
       SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM event_topics.registered WHERE topic = $2)
       ON CONFLICT DO NOTHING`,
      [metricName(topic), topic, holder],
    );
    if (rowCount === 1) return topic;
  }
  throw new Error(`every name for the topic ${plainName} is taken`);
}
