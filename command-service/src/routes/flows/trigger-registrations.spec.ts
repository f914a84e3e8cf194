import { detailOf } from '@flowplane/contracts';
import type { Refusal } from '@flowplane/plumbing/http';
import { KafkaFault } from '@flowplane/plumbing/kafka';
import type { Call } from '@flowplane/runtime/api';
import type { Draft } from '@flowplane/runtime/read-model';
import { describe, expect, it } from 'vitest';
import { registrationsOf, type RegistrationPorts } from './trigger-registrations.js';

const call = { tenantId: 'T', workspaceId: 'W' } as Call;
const SECRET = { secretId: 's', keyId: 'k', ciphertext: 'c' };
const ports = (changed: object = {}): RegistrationPorts =>
  ({
    webhooksOf: () => Promise.resolve(new Set()),
    secrets: { keyId: 'k', make: () => SECRET },
    logger: { warn: () => undefined },
    topicEnds: () => Promise.resolve({ topicId: 'id', endOffsets: [3, 4] }),
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

  it('refuses it where secrets cannot be encrypted, whether or not the trigger has one already', async () => {
    for (const known of [[], ['F:webhook:orders']]) {
      const webhooksOf = () => Promise.resolve(new Set(known));
      const secrets = { keyId: undefined, make: () => undefined };
      const refused = await refusalOf(register([WEBHOOK], { webhooksOf, secrets }));
      expect(refused).toMatchObject({ status: 502, code: 'TRIGGER_REGISTRATION_FAILED' });
    }
  });
});
