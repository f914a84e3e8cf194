import { platformEventTopic } from '@flowplane/contracts';
import { KafkaFault } from '@flowplane/plumbing/kafka';
import { migrate, type Pool, type TenantScope } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeEventTopics, TooManyEventTopics } from './event-topics.js';
import type { ListenedTopic, TopicUser } from './registry-rows.js';
import { EVENT_TOPIC_MIGRATIONS } from './open-event-topics.js';
import { metricName } from './topic-names.js';

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase();
  pool = database.pool;
  await migrate(pool, EVENT_TOPIC_MIGRATIONS);
});
afterAll(() => database.end());

/** Topics that the brokers have. They refuse one that their metrics cannot tell from another. */
const brokers = new Set<string>();
/** Triggers in force, as the read models have them. */
let inForce: ListenedTopic[] = [];
beforeEach(async () => {
  brokers.clear();
  inForce = [];
  await pool.query('TRUNCATE event_topics.registered, event_topics.names');
});

const topicsOf = (limit = 100) =>
  makeEventTopics({
    ...{ pool, limit },
    existing: (names) => Promise.resolve(new Set(names.filter((name) => brokers.has(name)))),
    listenedTo: (scope) =>
      Promise.resolve(
        scope === undefined
          ? inForce
          : inForce.filter((one) => one.tenantId === scope.tenantId && one.workspaceId === scope.workspaceId),
      ),
  });
const scopeOf = (workspaceId: string, tenantId = 'T'): TenantScope => ({ tenantId, workspaceId });

/** Makes the topic as a publish or a task does. @returns its name */
async function made(scope: TenantScope, type: string, user: TopicUser = 'trigger', limit?: number): Promise<string> {
  return topicsOf(limit).use(scope, platformEventTopic(scope.workspaceId, type), user, ({ name }) => {
    const other = [...brokers].find((one) => one !== name && metricName(one) === metricName(name));
    if (other !== undefined) throw new KafkaFault('INVALID_TOPIC_EXCEPTION', false, `collides with ${other}`);
    brokers.add(name);
    return Promise.resolve(name);
  });
}
const plain = (scope: TenantScope, type: string): string => platformEventTopic(scope.workspaceId, type).name;
/** A publish: made, in force, and settled. */
async function published(scope: TenantScope, type: string, limit?: number): Promise<string> {
  const topic = await made(scope, type, 'trigger', limit);
  inForce.push({ ...scope, plainName: plain(scope, type), topic });
  await topicsOf().settle(scope, [plain(scope, type)]);
  return topic;
}
async function dropped(scope: TenantScope, type: string): Promise<void> {
  inForce = inForce.filter((one) => one.plainName !== plain(scope, type));
  await topicsOf().settle(scope);
}
const registered = async (): Promise<readonly string[]> =>
  (await pool.query<{ topic: string }>('SELECT topic FROM event_topics.registered ORDER BY 1')).rows.map(
    ({ topic }) => topic,
  );
const SUFFIXED = /-[0-9a-f]{10}$/;

describe('the name of a topic', () => {
  it('is the plain one, or another where the brokers cannot tell it from one of the same workspace', async () => {
    const scope = scopeOf('W');
    expect(await made(scope, 'pay.done')).toBe('evt.W.pay.done');
    const other = await made(scope, 'pay_done');
    expect(other).toMatch(/^evt\.W\.pay_done-[0-9a-f]{10}$/);
    expect(await made(scope, 'pay.done')).toBe('evt.W.pay.done');
    expect(await made(scope, 'pay_done', 'task')).toBe(other);
  });

  it('is not blocked by another tenant’s topic', async () => {
    expect(await made(scopeOf('w_x', 'T'), 'order')).toBe('evt.w_x.order');
    expect(await made(scopeOf('w', 'U'), 'x.order')).toMatch(/^evt\.w\.x\.order-[0-9a-f]{10}$/);
  });

  it('is not another tenant’s in a workspace id that both have', async () => {
    expect(await made(scopeOf('W', 'T'), 'order')).toBe('evt.W.order');
    const other = await made(scopeOf('W', 'U'), 'order');
    expect(other).toMatch(SUFFIXED);
    expect(await made(scopeOf('W', 'U'), 'order')).toBe(other);
  });

  it('gives way to a topic that somebody else has made, and stays what it was for those who find it', async () => {
    brokers.add('evt.W.pay_done');
    const first = await made(scopeOf('W'), 'pay.done');
    expect(first).toMatch(/^evt\.W\.pay\.done-[0-9a-f]{10}$/);
    expect(await made(scopeOf('W'), 'pay_done')).toBe('evt.W.pay_done');
    expect(await made(scopeOf('W'), 'pay.done')).toBe(first);
  });

  it('is the same for all who ask at once, and different for different topics', async () => {
    const types = ['a.b.c', 'a_b.c', 'a.b_c', 'a_b_c'];
    const names = await Promise.all([...types, ...types].map((type) => made(scopeOf('W'), type)));
    expect(names.slice(0, 4)).toEqual(names.slice(4));
    expect(new Set(names.map(metricName)).size).toBe(4);
  });

  it('is given up on where the brokers take none', async () => {
    const refused = new KafkaFault('INVALID_TOPIC_EXCEPTION', false, 'never');
    const tried: string[] = [];
    const work = topicsOf().use(scopeOf('W'), platformEventTopic('W', 'a'), 'trigger', ({ name }) => {
      tried.push(name);
      return Promise.reject(refused);
    });
    await expect(work).rejects.toBe(refused);
    expect(new Set(tried).size).toBe(tried.length);
    expect(tried.length).toBeGreaterThan(1);
  });
});

describe('a registration', () => {
  it('ends with the last trigger on the topic, whose name stays reserved while there is the topic', async () => {
    const first = await published(scopeOf('w_x'), 'order');
    await dropped(scopeOf('w_x'), 'order');
    expect(await registered()).toEqual([]);
    const other = await published(scopeOf('w', 'U'), 'x.order');
    expect(other).toMatch(SUFFIXED);
    expect(await published(scopeOf('w_x'), 'order')).toBe(first);
  });

  it('leaves its name to others once the topic is gone', async () => {
    await published(scopeOf('w_x'), 'order');
    brokers.delete('evt.w_x.order');
    expect(await made(scopeOf('v', 'U'), 'x.order')).toBe('evt.v.x.order');
    // Still listened to, for when the topic comes back.
    expect(await made(scopeOf('w', 'U'), 'x.order')).toMatch(SUFFIXED);
    await dropped(scopeOf('w_x'), 'order');
    expect(await made(scopeOf('w', 'V'), 'x.order')).toBe('evt.w.x.order');
  });

  it('is let go of where the publish was refused, unless another trigger listens', async () => {
    const scope = scopeOf('W');
    await published(scope, 'kept');
    await made(scope, 'kept');
    await made(scope, 'refused');
    await topicsOf().settle(scope, [plain(scope, 'kept'), plain(scope, 'refused')]);
    expect(await registered()).toEqual(['evt.W.kept']);
  });

  it('outlives a change of the workspace while the outcome of its publish is not known, for ten minutes', async () => {
    const scope = scopeOf('W');
    await made(scope, 'pending');
    await topicsOf().settle(scope);
    expect(await registered()).toEqual(['evt.W.pending']);
    await pool.query(`UPDATE event_topics.registered SET claimed_at = now() - interval '11 minutes'`);
    await topicsOf().settle(scope);
    expect(await registered()).toEqual([]);
  });

  it('comes back where a trigger in force has none, as after an upgrade', async () => {
    const scope = scopeOf('W');
    inForce.push({ ...scope, plainName: 'evt.W.old', topic: 'evt.W.old' });
    inForce.push({ ...scopeOf('W', 'U'), plainName: 'evt.W.old', topic: 'evt.W.old' });
    brokers.add('evt.W.old');
    await topicsOf().adopt();
    await topicsOf().adopt();
    expect(await registered()).toEqual(['evt.W.old']);
    expect(await made(scope, 'old')).toBe('evt.W.old');
    expect(await made(scopeOf('W', 'U'), 'old')).toMatch(SUFFIXED);
  });
});

describe('the number of topics of a workspace', () => {
  const exhausted = (work: Promise<unknown>) => work.then(() => undefined).catch((cause: unknown) => cause);

  it('is bounded, for triggers and tasks together; those it has stay usable', async () => {
    const scope = scopeOf('W');
    await published(scope, 'a', 2);
    await made(scope, 'b', 'task', 2);
    expect(await exhausted(made(scope, 'c', 'trigger', 2))).toMatchObject({ limit: 2, usage: 2 });
    expect(await exhausted(made(scope, 'c', 'task', 2))).toBeInstanceOf(TooManyEventTopics);
    expect(brokers).toEqual(new Set(['evt.W.a', 'evt.W.b']));
    expect(await made(scope, 'a', 'task', 2)).toBe('evt.W.a');
    expect(await made(scopeOf('V'), 'c', 'trigger', 2)).toBe('evt.V.c');
  });

  it('is counted exactly when many are claimed at once', async () => {
    const claims = Array.from({ length: 12 }, (_, index) => made(scopeOf('W'), `t${index}`, 'trigger', 5));
    const settled = await Promise.allSettled(claims);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(brokers.size).toBe(5);
  });

  it('goes down when a trigger goes, although nobody has settled that', async () => {
    const scope = scopeOf('W');
    await published(scope, 'a', 1);
    inForce = [];
    expect(await made(scope, 'b', 'trigger', 1)).toBe('evt.W.b');
  });

  it('goes down when an operator has deleted a topic that only tasks write to', async () => {
    const scope = scopeOf('W');
    await made(scope, 'a', 'task', 1);
    await pool.query(`UPDATE event_topics.registered SET claimed_at = now() - interval '11 minutes'`);
    expect(await exhausted(made(scope, 'b', 'task', 1))).toBeInstanceOf(TooManyEventTopics);
    brokers.delete('evt.W.a');
    expect(await made(scope, 'b', 'task', 1)).toBe('evt.W.b');
  });
});
