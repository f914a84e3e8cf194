import { platformEventTopic } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { holderOf, metricName, namesFor } from './topic-names.js';

const scope = { tenantId: 'T', workspaceId: 'W' };

it('the brokers cannot tell names apart that differ in dots and underscores only', () => {
  expect(metricName('evt.w_x.order')).toBe(metricName('evt.w.x.order'));
  expect(metricName('evt.w-x.order')).not.toBe(metricName('evt.w.x.order'));
});

it('a topic has its plain name where it can, else one of a few that are always the same and its own', () => {
  const names = namesFor(scope, 'evt.W.pay_done');
  expect(names).toEqual(namesFor({ ...scope }, 'evt.W.pay_done'));
  expect(names[0]).toBe('evt.W.pay_done');
  for (const name of names.slice(1)) expect(name).toMatch(/^evt\.W\.pay_done-[0-9a-f]{10}$/);
  const suffixed = [
    ...names.slice(1),
    ...namesFor(scope, 'evt.W.pay.done').slice(1),
    ...namesFor({ ...scope, tenantId: 'U' }, 'evt.W.pay_done').slice(1),
  ];
  expect(new Set(suffixed.map(metricName)).size).toBe(suffixed.length);
});

it('the longest name is one that Kafka takes', () => {
  const { name } = platformEventTopic('w'.repeat(64), 't'.repeat(160));
  for (const one of namesFor({ tenantId: 't'.repeat(64), workspaceId: 'w'.repeat(64) }, name)) {
    expect(one.length).toBeLessThanOrEqual(249);
    expect(one).toMatch(/^[a-zA-Z0-9._-]+$/);
  }
});

it('a holder is the tenant’s workspace and the plain name together', () => {
  const holders = [
    holderOf(scope, 'evt.W.a'),
    holderOf(scope, 'evt.W.b'),
    holderOf({ ...scope, tenantId: 'U' }, 'evt.W.a'),
    holderOf({ ...scope, workspaceId: 'V' }, 'evt.W.a'),
  ];
  expect(new Set(holders).size).toBe(holders.length);
});
