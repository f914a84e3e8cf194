import { registration, type Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { makeEvents, T0, versionPublished } from '../../test/sample-events.js';
import { flowsWithChangedWebhooks, foldWebhooks, type WebhookRow } from './fold-webhooks.js';

const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
const sealed = (secretId: string, keyId = 'k1') => ({ secretId, keyId, ciphertext: `${secretId} by ${keyId}` });
const webhook = (path: string, secretId: string | null, more: object = {}) =>
  registration(`F:webhook:${path}`, {
    ...{ kind: 'webhook', path, secret: secretId === null ? null : sealed(secretId) },
    ...more,
  });
function published(version: number, ...triggers: readonly ReturnType<typeof webhook>[]): Event {
  const event = versionPublished(events, 'F', version) as Extract<Event, { readonly type: 'FlowVersionPublished' }>;
  return { ...event, data: { ...event.data, triggers } };
}
const rotated = (triggerId: string, secretId: string, previousValidUntil: number | null): Event =>
  events.next('WebhookSecretRotated', 'RotateWebhookSecret', {
    ...{ flowId: 'F', triggerId, secret: sealed(secretId), previousValidUntil },
  });

function fold(...all: readonly Event[]): readonly WebhookRow[] {
  const state = { rows: new Map<string, readonly WebhookRow[]>(), changed: new Set<string>() };
  for (const event of all) {
    foldWebhooks(state, event);
    for (const key of state.changed) expect(key).toBe('T:W:F');
    expect(state.changed.size === 0 || flowsWithChangedWebhooks(event).includes('T:W:F')).toBe(true);
  }
  return state.rows.get('T:W:F') ?? [];
}

it('a version replaces the triggers of the one before; those it keeps keep their secrets', () => {
  const rows = fold(
    published(1, webhook('a', 's1'), webhook('b', 's2')),
    published(2, webhook('a', null, { filter: 'true' }), webhook('c', 's3')),
  );
  expect(rows).toMatchObject([
    { triggerId: 'F:webhook:a', version: 2, secretId: 's1', filter: 'true' },
    { triggerId: 'F:webhook:c', version: 2, secretId: 's3', filter: null },
  ]);
});

it('what could not be registered is no trigger, and what is deleted neither', () => {
  expect(fold(published(1, webhook('a', null, { failed: true })))).toEqual([]);
  const deleted = events.next('FlowDeleted', 'DeleteFlow', { flowId: 'F', revision: 3 });
  expect(fold(published(1, webhook('a', 's1')), deleted)).toEqual([]);
});

it('a rotation keeps the secret before for the grace, and none without', () => {
  const first = published(1, webhook('a', 's1'));
  expect(fold(first, rotated('F:webhook:a', 's2', T0))).toMatchObject([
    { secretId: 's2', previousSecretId: 's1', previousCiphertext: 's1 by k1', previousValidUntil: T0 },
  ]);
  const now = fold(first, rotated('F:webhook:a', 's2', T0), rotated('F:webhook:a', 's3', null));
  expect(now).toMatchObject([{ secretId: 's3', previousSecretId: null, previousValidUntil: null }]);
});

it('a rewrap changes key and ciphertext of the secrets it names', () => {
  const rewrapped = events.next('WebhookSecretsRewrapped', 'RewrapWebhookSecrets', {
    secrets: ['s1', 's2', 's9'].map((id) => ({ flowId: 'F', triggerId: 'F:webhook:a', secret: sealed(id, 'k2') })),
  });
  const rows = fold(published(1, webhook('a', 's1')), rotated('F:webhook:a', 's2', T0), rewrapped);
  expect(rows).toMatchObject([{ secretId: 's2', ciphertext: 's2 by k2', previousCiphertext: 's1 by k2', keyId: 'k2' }]);
});
