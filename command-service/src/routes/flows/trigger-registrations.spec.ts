import { detailOf, problemBody, type TopicSpec } from '@flowplane/contracts';
import type { Refusal } from '@flowplane/plumbing/http';
import { KafkaFault } from '@flowplane/plumbing/kafka';
import type { Call } from '@flowplane/runtime/api';
import type { Draft } from '@flowplane/runtime/read-model';
import { TooManyEventTopics } from '@flowplane/runtime/event-topics';
import { describe, expect, it } from 'vitest';
import { registrationsOf, type RegistrationPorts } from './trigger-registrations.js';

type UseTopic = (spec: TopicSpec) => unknown;
const call = { tenantId: 'T', workspaceId: 'W' } as Call;
const SECRET = { secretId: 's', keyId: 'k', ciphertext: 'c' };
const ports = (changed: object = {}): RegistrationPorts =>
  ({
    webhooksOf: () => Promise.resolve(new Set()),
    secrets: { keyId: 'k', make: () => SECRET },
    logger: { warn: () => undefined },
    topicEnds: () => Promise.resolve({ topicId: 'id', endOffsets: [3, 4] }),
    eventTopics: { use: (_scope: unknown, spec: TopicSpec, _user: unknown, work: UseTopic) => work(spec) },
    ...changed,
  }) as unknown as RegistrationPorts;
const register = (triggers: readonly object[], changed?: object) =>
  registrationsOf(ports(changed), call, 'F', { definition: JSON.stringify({ triggers }) } as Draft);
const refusalOf = async (work: Promise<unknown>) => ((await work.catch((cause: unknown) => cause)) as Refusal).problem;

const EVENT = { kind: 'platform-event', eventType: 'pay_done' };
const WEBHOOK = { kind: 'webhook', path: 'orders' };

describe('registering triggers', () => {
  it('says what each of them listens to', async () => {
    const registered = await register([EVENT, WEBHOOK, { kind: 'cron', schedule: '0 9 * * *' }]);
    expect(registered.map(detailOf)).toMatchObject([
      { topic: 'evt.W.pay_done', topicId: 'id', startOffsets: [3, 4] },
      { path: 'orders', secret: SECRET },
      { schedule: '0 9 * * *' },
    ]);
  });

  it('names the topic that stands for the event type', async () => {
    const use = (_scope: unknown, spec: TopicSpec, user: string, work: UseTopic) =>
      work({ ...spec, name: `${spec.name}-${user}` });
    const [registered] = await register([EVENT], { eventTopics: { use } });
    expect(registered === undefined ? {} : detailOf(registered)).toMatchObject({ topic: 'evt.W.pay_done-trigger' });
  });

  it('refuses the publish where the workspace uses as many topics as it may', async () => {
    const use = () => Promise.reject(new TooManyEventTopics(100, 100));
    const refused = await refusalOf(register([EVENT], { eventTopics: { use } }));
    expect(refused).toMatchObject({ status: 429, code: 'QUOTA_EXCEEDED', dimension: 'max_event_topics' });
    expect(problemBody(refused)).toMatchObject({ scope: 'workspace', limit: 100, usage: 100 });
  });

  it('is over, whatever fails, when all that was begun is', async () => {
    let ended = 0;
    const use = async (_scope: unknown, { name }: TopicSpec) => {
      if (name === 'evt.W.first') throw new TooManyEventTopics(1, 1);
      await new Promise((resolve) => setImmediate(resolve));
      ended++;
      throw new TooManyEventTopics(1, 1);
    };
    const events = ['first', 'second', 'third'].map((eventType) => ({ ...EVENT, eventType }));
    await refusalOf(register(events, { eventTopics: { use } }));
    expect(ended).toBe(2);
  });

  it('refuses the publish, so that no version is made, where the brokers refuse a topic for good', async () => {
    const collides = new KafkaFault('INVALID_TOPIC_EXCEPTION', false, 'collides with evt.W.pay.done');
    const refused = await refusalOf(register([WEBHOOK, EVENT], { topicEnds: () => Promise.reject(collides) }));
    expect(refused).toMatchObject({ status: 502, code: 'TRIGGER_REGISTRATION_FAILED' });
  });

  it('refuses it for now while the brokers cannot be asked', async () => {
    const away = new KafkaFault('BROKER_NOT_AVAILABLE', true, 'away');
    const refused = await refusalOf(register([EVENT], { topicEnds: () => Promise.reject(away) }));
    expect(refused).toMatchObject({ status: 503, code: 'LOG_UNAVAILABLE' });
  });

  it('refuses it for now while the registry of topics cannot be asked', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const refused = await refusalOf(register([EVENT], { eventTopics: { use: () => Promise.reject(away) } }));
    expect(refused).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
  });

  it('refuses it where secrets cannot be encrypted, whether or not the trigger has one already', async () => {
    for (const known of [[], ['F:webhook:orders']]) {
      const webhooksOf = () => Promise.resolve(new Set(known));
      const secrets = { keyId: undefined, make: () => undefined };
      const refused = await refusalOf(register([WEBHOOK], { webhooksOf, secrets }));
      expect(refused).toMatchObject({ status: 502, code: 'TRIGGER_REGISTRATION_FAILED' });
    }
  });
});
